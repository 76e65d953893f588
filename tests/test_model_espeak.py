"""espeak-ng: the contract of a synthesiser, and where it says that its words lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import tts_espeak_library
from models.ports import SpeechChunk
from models.speakable import Spoken, SpokenWord, speakable
from models.tts_espeak import EspeakSynthesizer
from models.tts_espeak_library import END, MARK, PHONEME, SENTENCE, WORD, EspeakEvent, EspeakLibrary
from models.tts_espeak_words import marked_ssml, places_of, word_spans
from states.errors import BackendUnavailable, ConfigError
from states.events import WordSpan

espeak = EspeakSynthesizer()

TEXTS = [
    "I am here.",
    "Where I am.",
    "I have 20 apples, and Dr. Smith has 3.5 pears!",
    "the state-of-the-art well-known thing",
    "Zażółć café naïve “quoted” word — dash … ok",
    "hello 😀 world",
    "... hello - there -- you ?",
    'He said: "Go on" (now). For a while of the day',
    "1234567 items cost $5.20 at 10:30 a.m. on 3/4",
    "U.S.A. NASA e.g. etc. foo@bar.com http://x.org/y",
    "it's don't I'm you've they're",
    "a & b < c > d",
    "Hello. World. How are you? Fine.",
    " leading   double  spaces\nnew line ",
    "for the first time I have been in the house",
    "5 + 3 = 8 and 50% of $4",
    "One, two, three, four, five, six, seven, eight, nine, ten, eleven, ",
    "nul \0 byte and \ud800 surrogate",
    "**Well** — see [the docs](https://example.com/a), e.g. `x = 1`; 😀 ok",
    "# Title\n\n- milk\n- two eggs & <b>more</b>\n",
    "AT&T said 1 < 2 > 0 on the 3rd of May 2024",
]


def spoken(text: str) -> tuple[np.ndarray, list[WordSpan], list[SpeechChunk]]:
    chunks = list(espeak.synthesize(text))
    samples = np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in chunks)])
    return samples, [span for chunk in chunks for span in chunk.words], chunks


def check_spans(text: str, spans: list[WordSpan], samples: int) -> None:
    """Every written word that is said has its characters in one span; spans go forward in characters and samples."""
    heard = 0
    for _, _, start, stop in spans:
        assert heard <= start <= stop <= samples
        heard = stop
    assert [span[:2] for span in spans] == [(word.first, word.end) for word in speakable(text).words]


@pytest.mark.parametrize("text", TEXTS)
def test_every_spoken_word_has_its_place(text: str) -> None:
    samples, spans, chunks = spoken(text)
    check_spans(text, spans, len(samples))
    assert sum(stop > start for _, _, start, stop in spans) == len(spans), "each has some sound"
    assert not any(chunk.estimated for chunk in chunks)


def test_chunks_keep_their_promises() -> None:
    samples, _, chunks = spoken("One two three four. Five six seven, eight nine ten! " * 8)
    assert espeak.rate_hz == 22_050
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 0.2 < np.abs(samples).max() <= 1.0
    begin = 0
    for chunk in chunks:
        end = begin + len(chunk.samples)
        assert 0 < len(chunk.samples) <= 2205
        assert all(begin <= start < end for _, _, start, _ in chunk.words)
        begin = end


@pytest.mark.parametrize("text", ["", " ", "...", "!!! ??? —", "\n\t", "\0"])
def test_nothing_to_say_gives_no_samples(text: str) -> None:
    assert list(espeak.synthesize(text)) == []


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


def test_words_sound_inside_their_spans_and_pauses_do_not() -> None:
    text = "Hello. World. Mine, thank you."
    samples, spans, _ = spoken(text)
    for _, _, start, stop in spans:
        assert level_db(samples[start:stop]) > -30
    hello, world, mine, thank = spans[:4]
    for before, after in ((hello, world), (world, mine), (mine, thank)):
        middle = (before[3] + after[2]) // 2
        assert after[2] - before[3] > 1000, "a pause belongs to no word"
        assert level_db(samples[middle - 300 : middle + 300]) < -45
    # The words after a pause begin with sound at their first sample, within 20 ms.
    for _, _, start, _ in (world, mine):
        assert level_db(samples[start : start + 1500]) > -35
        assert level_db(samples[start - 900 : start - 450]) < -45


def test_a_span_cut_out_is_the_word_said_alone() -> None:
    """The duration of each number in counting is near the one it has alone: no span holds two words."""
    text = "one, two, three, four, five, six, seven, eight, nine, ten"
    _, spans, _ = spoken(text)
    for span, word in zip(spans, text.split(", "), strict=True):
        _, alone, _ = spoken(word)
        assert 0.6 < (span[3] - span[2]) / (alone[0][3] - alone[0][2]) < 1.6, word


def test_merged_words_share_their_sound() -> None:
    _, spans, _ = spoken("I am here.")
    (_, _, _, i_end), (_, _, am_start, am_end), (_, _, here_start, _) = spans
    assert i_end == am_start < am_end == here_start
    _, spans, _ = spoken("Where I am.")
    assert spans[1][3] == spans[2][2] < spans[2][3]


def test_swallowed_mark_is_restored_from_the_sentence() -> None:
    words = places_of(Spoken((SpokenWord("Hi.", 0, 3), SpokenWord("You", 4, 7))))
    events = [
        EspeakEvent(MARK, 0, "0"),
        EspeakEvent(WORD, 0, ""),
        EspeakEvent(PHONEME, 10, "h"),
        EspeakEvent(PHONEME, 400, "_:"),
        EspeakEvent(END, 900, ""),
        EspeakEvent(SENTENCE, 900, ""),
        EspeakEvent(WORD, 900, ""),
        EspeakEvent(PHONEME, 910, "j"),
        EspeakEvent(PHONEME, 1500, "_:"),
    ]
    assert word_spans(words, events, 1600) == ((0, 3, 0, 400), (4, 7, 900, 1500))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab I.,!?'-—&<>5$ \n😀é\"()"), max_size=60))
def test_any_text_is_spoken_with_words_in_place(text: str) -> None:
    samples, spans, _ = spoken(text)
    check_spans(text, spans, len(samples))
    assert (len(samples) > 0) == bool(spans)


def test_closing_early_ends_the_work_and_leaves_the_library_clean() -> None:
    alone = len(spoken("Hello there.")[0])
    for taken in range(4):
        chunks = espeak.synthesize("This is a long sentence that nobody will hear to its end. " * 20)
        for _ in range(taken):
            next(chunks)
        chunks.close()  # type: ignore[attr-defined]  # it is a generator
    assert abs(len(spoken("Hello there.")[0]) - alone) < 500


def test_two_voices_interleave() -> None:
    low, fast = EspeakSynthesizer("en-us+m3", pitch=20), EspeakSynthesizer("en-us+f3", rate_wpm=300)
    text = "Two voices speak in turns. They do not disturb each other."
    slow = sum(len(chunk.samples) for chunk in low.synthesize(text))
    mixed = [0, 0]
    streams = [low.synthesize(text), fast.synthesize(text)]
    for _ in range(100):
        for index, stream in enumerate(streams):
            mixed[index] += sum(len(chunk.samples) for chunk in [next(stream, None)] if chunk)
    assert abs(mixed[0] - slow) < 500
    assert mixed[1] < 0.75 * mixed[0]


def test_options_out_of_range_and_unknown_voices_are_refused() -> None:
    for options in ({"rate_wpm": 20}, {"volume": 201}, {"pitch": -1}):
        with pytest.raises(ConfigError, match=next(iter(options))):
            EspeakSynthesizer(**options)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no voice 'klingon-x'"):
        EspeakSynthesizer("klingon-x")


def test_missing_wheel_names_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tts_espeak_library, "find_spec", lambda _: None)
    with pytest.raises(BackendUnavailable) as caught:
        EspeakLibrary()
    assert caught.value.remedy == "pip install 'is2s[embedded]'"


def test_what_is_written_for_the_eye_is_said_as_by_piper() -> None:
    """As long as its plain reading, nothing spelt out; and heard as the words that were written."""
    readings = {
        "**Dr.** Smith": "Doctor Smith",
        "It costs $5.20 at 10:05": "It costs 5 dollars 20 at 10 oh 5",
        "e.g. https://example.org/x?y=1#z": "for example example dot org slash x",
        "## Title 😀": "Title",
        "`snake_case` & [link](https://x.org/y)": "snake case and link",
    }
    for written, plain in readings.items():
        one, spans, _ = spoken(written)
        other, _, _ = spoken(plain)
        assert abs(len(one) - len(other)) < 0.15 * espeak.rate_hz, written
        words = [written[first:end] for first, end, _, _ in spans]
        assert "".join(" ".join(words).split()) == "".join(written.split()), "silent characters go with a word"


def test_only_english_is_read_as_english() -> None:
    german = EspeakSynthesizer("de")
    said = [span for chunk in german.synthesize("Dr. Müller, 5 €") for span in chunk.words]
    assert [span[:2] for span in said] == [(0, 3), (4, 11), (12, 15)], "the sign goes with the number"


def test_text_cannot_inject_markup() -> None:
    wild = Spoken((SpokenWord('<break time="9s"/>', 0, 18), SpokenWord("a&lt;b", 19, 25)))
    assert marked_ssml(wild.text, places_of(wild)).count("<") == 2, "the marks, and no more"
    assert len(spoken('hello <break time="9s"/> world')[0]) < 8 * espeak.rate_hz
