"""Piper: the contract of a synthesiser, also when it is closed in the middle of a sentence."""

import threading
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.ports import SpeechChunk
from models.tts_piper import PiperSynthesizer, _EndableRun
from states.errors import BackendError, ConfigError
from states.events import WordSpan

small = pytest.importorskip("piper_small_voice", reason="piper-tts and onnx are not installed")
RATE_HZ, write_voice = small.RATE_HZ, small.write_voice

TEXTS = [
    "I am here.",
    "Dr. Smith has 3.5 pears, and I have 20 apples!",
    "It is 10:30. Then what? State-of-the-art for a day.",
    "**Well** — see [the docs](https://example.com/a), e.g. `x = 1`; 😀 ok",
    "... hello - there -- you ?",
    " leading   double  spaces\nnew line ",
    "[[həlˈoʊ]] & <b>more</b> \0 \ud800 Zażółć",
    "one",
]
SILENT = ["", "   ", "...", "!?", "—", "😀 👍🏽", "***\n---", "\0"]


def spoken(synthesizer: PiperSynthesizer, text: str) -> tuple[np.ndarray, list[WordSpan], list[SpeechChunk]]:
    chunks = [chunk for chunk in synthesizer.synthesize(text) if len(chunk.samples)]
    samples = np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in chunks)])
    return samples, [span for chunk in chunks for span in chunk.words], chunks


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "is2s-piper"]


@pytest.mark.parametrize("text", TEXTS)
def test_samples_and_words_keep_the_contract(piper: PiperSynthesizer, text: str) -> None:
    start = 0
    place = heard = 0
    for chunk in piper.synthesize(text):
        assert isinstance(chunk, SpeechChunk)
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.ndim == 1
        assert np.abs(chunk.samples).max(initial=0.0) <= 1.0
        end = start + len(chunk.samples)
        for first_char, end_char, first, stop in chunk.words:
            assert place <= first_char < end_char <= len(text)
            assert start <= first < stop <= end
            assert heard <= first
            assert not text[first_char].isspace()
            assert not text[end_char - 1].isspace()
            place, heard = end_char, stop
        start = end
    assert start > 0
    assert not text[place:].strip()


@pytest.mark.parametrize("text", SILENT)
def test_nothing_to_say_gives_no_samples(piper: PiperSynthesizer, text: str) -> None:
    assert list(piper.synthesize(text)) == []


def test_rate_is_the_voices(piper: PiperSynthesizer) -> None:
    assert piper.rate_hz == RATE_HZ


def test_the_same_text_gives_the_same_sound(piper: PiperSynthesizer) -> None:
    one, two = spoken(piper, "I am here for a while."), spoken(piper, "I am here for a while.")
    assert np.array_equal(one[0], two[0])
    assert one[1] == two[1]


def test_speed_and_volume(small_voice: Path) -> None:
    text = "A sentence of some length, made to be measured."
    plain = spoken(PiperSynthesizer(str(small_voice)), text)[0]
    slow = spoken(PiperSynthesizer(str(small_voice), speed=0.5), text)[0]
    fast = spoken(PiperSynthesizer(str(small_voice), speed=2), text)[0]
    soft = spoken(PiperSynthesizer(str(small_voice), volume=0.25), text)[0]
    assert len(slow) == 2 * len(plain)
    assert len(fast) < 0.8 * len(plain)
    assert np.abs(plain).max() == pytest.approx(1.0)
    assert np.abs(soft).max() == pytest.approx(0.25)


@pytest.mark.parametrize(
    "options", [{"speed": 0.1}, {"speed": 9.0}, {"volume": -1.0}, {"noise_scale": 3.0}, {"noise_w_scale": -0.1}]
)
def test_values_out_of_range(small_voice: Path, options: dict[str, float]) -> None:
    (name,) = options
    with pytest.raises(ConfigError, match=name):
        PiperSynthesizer(str(small_voice), **options)  # type: ignore[arg-type]


def test_speakers_by_name_and_number(tmp_path: Path) -> None:
    path = str(write_voice(tmp_path, speakers=3))
    for speaker in ("voice2", "2", 2, None):
        assert len(spoken(PiperSynthesizer(path, speaker=speaker), "Hello.")[0])
    for speaker in ("nobody", 3, -1, "3"):
        with pytest.raises(ConfigError, match="voice0, voice1, voice2"):
            PiperSynthesizer(path, speaker=speaker)


@pytest.mark.parametrize("taken", [0, 1, 2, 3])
def test_closing_at_any_point_leaves_nothing_behind(piper: PiperSynthesizer, taken: int) -> None:
    chunks = piper.synthesize("One sentence. Another one! And the third?")
    list(islice(chunks, taken))
    chunks.close()  # type: ignore[attr-defined]
    assert not helpers()
    assert list(chunks) == []
    assert len(spoken(piper, "It goes on.")[0])


def test_closing_inside_a_sentence_ends_the_run(slow_voice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[str] = []
    run = _EndableRun.run

    def watched(self: _EndableRun, outputs: Any, inputs: Any) -> Any:
        try:
            return run(self, outputs, inputs)
        except Exception as error:
            outcomes.append(str(error))
            raise

    monkeypatch.setattr(_EndableRun, "run", watched)
    synthesizer = PiperSynthesizer(str(slow_voice))
    for taken in (1, 2, 5):
        chunks = synthesizer.synthesize("Hello there.")
        assert [len(chunk.samples) for chunk in islice(chunks, taken)] == [0] * taken
        assert len(helpers()) == 1
        chunks.close()  # type: ignore[attr-defined]
        assert not helpers()
    assert len(outcomes) == 3
    assert all("terminate" in outcome for outcome in outcomes)


def test_ending_one_leaves_another_alone(piper: PiperSynthesizer, slow_voice: Path) -> None:
    slow = PiperSynthesizer(str(slow_voice)).synthesize("Hello.")
    next(slow)
    whole = spoken(piper, "I am here.")[0]
    slow.close()  # type: ignore[attr-defined]
    assert np.array_equal(spoken(piper, "I am here.")[0], whole)


def test_failures_are_backend_errors(piper: PiperSynthesizer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr(_EndableRun, "run", broken)
    with pytest.raises(BackendError, match="RuntimeError: out of memory"):
        list(piper.synthesize("Hello."))
    assert not helpers()


def test_works_in_any_thread(piper: PiperSynthesizer) -> None:
    text = "Dr. Smith is here. So am I."
    expected = spoken(piper, text)
    found: list[tuple[np.ndarray, list[WordSpan], list[SpeechChunk]]] = []
    threads = [threading.Thread(target=lambda: found.append(spoken(piper, text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for samples, words, _ in found:
        assert np.array_equal(samples, expected[0])
        assert words == expected[1]


def test_a_voice_without_lengths_says_that_it_guesses(small_voice: Path, tmp_path: Path) -> None:
    text = "Well, I am here for a while."
    samples, words, chunks = spoken(PiperSynthesizer(str(write_voice(tmp_path, durations=False))), text)
    exact_samples, exact, exact_chunks = spoken(PiperSynthesizer(str(small_voice)), text)
    assert all(chunk.estimated for chunk in chunks)
    assert not any(chunk.estimated for chunk in exact_chunks)
    assert len(samples) == len(exact_samples)
    assert [span[:2] for span in words] == [span[:2] for span in exact]
    for guess, truth in zip(words, exact, strict=True):
        assert abs(guess[2] - truth[2]) < RATE_HZ // 4


def test_other_languages_are_not_read_in_english(tmp_path: Path) -> None:
    german = PiperSynthesizer(str(write_voice(tmp_path, espeak="de")))
    assert len(spoken(german, "Es kostet **5** & mehr.")[1]) == 4
