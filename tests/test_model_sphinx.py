"""The closed-grammar recogniser: what it hears, and above all what it does not.

The numbers asserted are looser than those measured (in the comments), because espeak never says a thing twice alike,
and so that another release of it or of pocketsphinx does not break the build for a word or two. The thresholds were
chosen on these very sounds. On others, kept apart until then: 0 of 160 made coughs, made typing and stretches of
kitchen and office were taken for a command; 1 of 80 sentences by four voices of espeak; 4 of 116 pieces of recorded
speech. Of these 40 commands, voices not used in choosing got 31 (f2), 32 (f5) and 14 (m7) through, the others mostly
as nothing.
"""

import json
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pytest

from models import stt_sphinx
from models.companion_grammar import BACKCHANNELS, COMPANION_GRAMMAR
from models.jsgf import accepts, sentence_pattern
from models.ports import MIC_HZ, Audio, Samples, Transcript
from models.stt_sphinx import SphinxRecognizer
from states.errors import BackendUnavailable, ConfigError
from tests.model_audio import hush, made_coughs, made_typing, recording, spoken
from tests.shared_data import SHARED, needs_shared

COMMANDS = (
    "count to ten", "count to twenty", "count to forty two", "count up to one hundred", "go on", "go on counting",
    "continue", "keep going", "tell me a story", "tell me another story", "what was the last number you said",
    "what was the last thing you said", "what did you say", "what did i ask", "shorter", "make it shorter",
    "repeat that", "say that again", "what time is it", "what is seven plus five", "what is thirty minus twelve",
    "what is six times nine", "stop", "be quiet", "help", "what can you do", "hello", "thank you", "goodbye", "yes",
    "no", "stop what was the last number you said", "stop go on counting", "stop tell me a story", "mm-hm", "uh-huh",
    "yeah", "okay", "right", "wait",
)  # fmt: skip
"""All kinds of request, also those that espeak says too unlike a person to be heard ("stop", "help", "hello")."""

OTHER_SENTENCES = (
    "the weather is nice today", "i would like a large coffee with milk", "where is the nearest train station",
    "my brother bought a new car last week", "please turn on the kitchen lights", "how far is the moon",
    "can you play some music", "do you like chocolate ice cream", "the quick brown fox jumps over the lazy dog",
    "she sells sea shells on the sea shore", "i have no idea", "let us have dinner at eight", "open the window",
    "who won the football match", "what is the capital of france", "translate this into german",
    "my name is peter", "i am very tired", "remind me to call my mother tomorrow", "that is not what i wanted",
    "banana", "elephant", "umbrella", "because", "somebody left the door open", "give me the number of the bank",
    "we should leave before it rains", "interesting", "really", "never mind",
)  # fmt: skip

DEVICES = """#JSGF V1.0;
grammar devices;
public <x> = turn (on | off) the (office | kitchen | bathroom) (lights | lamp) | computer | <card> [<card>] [<card>];
<card> = <rank> [<rank>] [of <suits>];
<suits> = clubs | hearts | diamonds | spades;
<rank> = ace | two | three | four | five | six | seven | eight | nine | ten | jack | queen | king;
"""


@lru_cache
def companion() -> SphinxRecognizer:
    return SphinxRecognizer()


def heard(samples: Samples, recognizer: SphinxRecognizer | None = None) -> Transcript:
    *_, last = (recognizer or companion()).recognize(Audio(samples))
    return last


def accepted(sounds: Iterable[Samples]) -> list[str]:
    """Which of them were taken for a command; backchannels never become a turn and do not count."""
    return [text for sound in sounds if (text := heard(sound).text) and text not in BACKCHANNELS]


def test_commands_of_a_made_voice_are_heard() -> None:
    results = {command: heard(spoken(command)).text for command in COMMANDS}
    right = [command for command, text in results.items() if text == command]
    wrong = {command: text for command, text in results.items() if text not in (command, "")}
    assert len(right) >= 22, results  # measured: 27 to 29 of 40
    assert len(wrong) <= 4, wrong  # measured: 1 to 2; the others are withheld


def test_other_sentences_are_not_taken_for_commands() -> None:
    assert len(accepted(map(spoken, OTHER_SENTENCES[::2]))) <= 1  # measured: none of 30


def test_made_coughs_and_typing_are_nothing() -> None:
    sounds = [*made_coughs(12), *made_typing(5), hush(1500)]
    assert accepted(sounds) == []


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(16_000, np.float32), np.ones(700, np.float32)])
def test_nothing_in_nothing(samples: Samples) -> None:
    assert heard(samples) == Transcript("", -1)


def test_barge_in_is_heard_before_it_ends() -> None:
    whole = spoken("stop what was the last number you said")
    texts = [heard(whole[: (300 + ms) * MIC_HZ // 1000]).text for ms in (600, 800, 1000)]
    assert sum(text.startswith("stop") for text in texts) >= 2, texts  # measured: all three
    assert all(text == "" or text.startswith("stop") for text in texts), texts


def test_confidence_goes_with_the_text() -> None:
    for sound in (spoken("what time is it"), spoken("banana"), made_coughs(1)[0]):
        transcript = heard(sound)
        assert -1 <= transcript.confidence_pct <= 100
        assert (transcript.confidence_pct >= 50) == bool(transcript.text)


def test_nothing_is_carried_from_one_sound_to_the_next() -> None:
    sound = spoken("count to ten")
    first = companion().weigh(sound)
    heard(spoken("she sells sea shells"))
    assert companion().weigh(sound) == first
    stream = companion().recognize(Audio(sound))
    stream.close()  # type: ignore[attr-defined]  # it is a generator; closed before it began
    assert companion().weigh(sound) == first


def test_loud_samples_are_clipped_not_wrapped() -> None:
    assert heard(spoken("what was the last number you said") * 3).text.startswith("what was the last")


def test_no_output_of_the_library(capfd: pytest.CaptureFixture[str]) -> None:
    heard(spoken("go on"), SphinxRecognizer())
    with pytest.raises(ConfigError):
        SphinxRecognizer(grammar="#JSGF V1.0;\ngrammar g;\npublic <x> = xyzzyx;")
    assert capfd.readouterr() == ("", "")


def test_missing_package_names_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stt_sphinx, "find_spec", lambda _: None)
    with pytest.raises(BackendUnavailable) as caught:
        SphinxRecognizer()
    assert caught.value.remedy == "pip install 'is2s[embedded]'"


def test_grammar_accepts_its_sentences_and_no_others() -> None:
    pattern = sentence_pattern(COMPANION_GRAMMAR)
    assert all(accepts(pattern, command) for command in (*COMMANDS, "count up to one hundred", "stop", "mm-hm"))
    assert not any(accepts(pattern, text) for text in ("", "what", "count to", "stop stop", "tell me a", "twenty"))
    for bad in ("public <a> = <b>;", "public <a> = x <a>;", "<a> = x;"):
        with pytest.raises(ConfigError):
            sentence_pattern(bad)


@needs_shared
def test_human_commands_are_heard_through_another_grammar() -> None:
    recognizer = SphinxRecognizer(grammar=DEVICES)
    lights = sorted((SHARED / "wakeword" / "openwakeword_lights" / "positive").glob("*.wav"))[:10]
    texts = [heard(recording(path), recognizer).text for path in lights]
    assert sum(text == "turn on the office lights" for text in texts) >= 8, texts  # measured: 19 of all 20
    words = json.loads((SHARED / "transcripts.json").read_text(encoding="utf-8"))
    cards = sorted((SHARED / "speech" / "cards").glob("*.wav"))
    right = sum(heard(recording(p), recognizer).text == words[f"speech/cards/{p.name}"]["text"] for p in cards)
    assert right >= 4  # measured: 5 of 5


@needs_shared
def test_human_talk_and_recorded_noise_are_not_commands() -> None:
    talk = [
        *sorted((SHARED / "conversation" / "vap_phrases").glob("*.wav"))[::9],
        *sorted((SHARED / "speech" / "speechbrain").glob("spk*.wav"))[::3],
        *sorted((SHARED / "emotion" / "emodb").glob("*.wav"))[::4],
    ]
    noise = [
        *sorted((SHARED / "noise" / "tau2").rglob("*.wav")),
        *sorted((SHARED / "noise" / "esc50").rglob("*.wav")),
    ]
    assert len(talk) > 8
    assert len(noise) > 8
    assert len(accepted(map(recording, talk))) <= 1  # measured: none
    pieces = [recording(path)[start : start + 24_000] for path in noise for start in (0, 24_000)]
    assert len(accepted(piece for piece in pieces if len(piece))) <= 1  # measured: none
