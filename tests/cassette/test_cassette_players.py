"""Recording and playing backends by themselves: exact where asked the same, near where asked near, else clear."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cassette import RecordingLanguageModel, RecordingRecognizer, RecordingSynthesizer, RecordingVad, Tape
from models.cassette_player import PlayingLanguageModel, PlayingRecognizer, PlayingSynthesizer, PlayingVad
from models.cassette_reading import Cassette, read_cassette
from models.ports import FRAME_SAMPLES, Audio, RecognizedWord, Samples, SpeechChunk, Transcript
from states.errors import BackendError
from states.history import Message, ToolUse

HEAD = {"clock": "virtual", "rate_hz": 22_050, "source_samples": None}
FRAME: Samples = np.zeros(FRAME_SAMPLES, dtype=np.float32)


class Inner:
    """Every role at once: does what ``does`` says, and tells whether it was closed."""

    rate_hz = 22_050

    def __init__(self, *does: Any) -> None:
        self.does = list(does)
        self.closed = False
        self.streams_closed = 0

    def _answers(self) -> Iterator[Any]:
        try:
            for answer in self.does:
                if isinstance(answer, Exception):
                    raise answer
                yield answer
        finally:
            self.streams_closed += 1

    def recognize(self, _audio: Audio) -> Iterator[Transcript]:
        return self._answers()

    def stream(self, _messages: Any) -> Iterator[str]:
        return self._answers()

    def synthesize(self, _text: str) -> Iterator[SpeechChunk]:
        return self._answers()

    def probability(self, _frame: Samples) -> float:
        return float(self.does.pop(0))

    def reset(self) -> None:
        self.does.insert(0, 0.25)

    def close(self) -> None:
        self.closed = True


def told(warning: str) -> None:
    raise AssertionError(warning)


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    return Tape(tmp_path / "cassette", HEAD, warn=told)


def played(tape: Tape) -> Cassette:
    tape.close()
    found = read_cassette(tape.folder)
    assert found.note == ""
    return found


def sound(first: int, samples: int) -> Audio:
    return Audio(np.zeros(samples, dtype=np.float32), first)


def test_probabilities_are_rounded_for_both(tape: Tape) -> None:
    inner = Inner(0.12345, 1.0, 0.0, float("nan"), 0.9996, 7.0)
    vad = RecordingVad(inner, tape)
    live = [vad.probability(FRAME) for _ in range(6)]
    vad.reset()
    live.append(vad.probability(FRAME))
    assert live == [0.123, 1.0, 0.0, 0.0, 1.0, 1.0, 0.25]
    vad.close()
    assert inner.closed
    player = PlayingVad(played(tape))
    player.reset()
    assert [player.probability(FRAME) for _ in range(9)] == [*live, 0.0, 0.0]


def test_transcripts_come_back_whole(tape: Tape) -> None:
    full = Transcript("two words", 81, (RecognizedWord("two", np.int64(0), 5, 90),), -0.25, 1e-9, 1.1)  # type: ignore[arg-type]
    live = list(RecordingRecognizer(Inner(Transcript("two"), full), tape).recognize(sound(100, 50)))
    assert live == list(PlayingRecognizer(played(tape)).recognize(sound(100, 50)))


def test_what_is_no_news_is_passed_on_and_not_kept(tape: Tape) -> None:
    nothing, one, two = Transcript(""), Transcript("one"), Transcript("one two", 70, avg_logprob=-0.1)
    said = [nothing, nothing, one, one, two, two]
    assert list(RecordingRecognizer(Inner(*said), tape).recognize(sound(0, 9))) == said
    assert list(RecordingRecognizer(Inner(nothing, nothing), tape).recognize(sound(9, 9))) == [nothing] * 2
    empty, mute = SpeechChunk(FRAME[:0]), SpeechChunk(FRAME[:0], ((0, 1, 0, 0),))
    chunks = [empty, SpeechChunk(FRAME), empty, mute, empty]
    assert list(RecordingSynthesizer(Inner(*chunks), tape).synthesize("x")) != []
    cassette = played(tape)
    assert [call.answers for call in cassette.heard] == [(one, two), ()]
    assert [answer[0] for answer in cassette.spoken[0].answers] == [FRAME_SAMPLES, 0]
    player = PlayingRecognizer(cassette)
    assert list(player.recognize(sound(0, 9))) == [one, two]
    assert list(player.recognize(sound(9, 9))) == [nothing], "it still says that it heard nothing"


def test_uses_of_functions_come_back_and_call_nothing(tape: Tape) -> None:
    use = ToolUse("buy", '{"item": "milk \ud800"}', "error: sold out", failed=True)
    answer = ["A moment. ", "", use, "", "There is ", "none."]
    hello = (Message("user", "milk?"),)
    assert list(RecordingLanguageModel(Inner(*answer), tape).stream(hello)) == answer
    cut = RecordingLanguageModel(Inner(use, "never"), tape).stream((Message("user", "cut"),))
    assert next(cut) == use
    cut.close()  # type: ignore[attr-defined]
    player = PlayingLanguageModel(played(tape))
    assert list(player.stream(hello)) == [piece for piece in answer if piece != ""]
    again = player.stream((Message("user", "cut"),))
    assert next(again) == use, "what was done is on the cassette, also where nobody heard of it"


def test_the_same_sound_first_then_the_nearest(tape: Tape) -> None:
    for text, span in (("a", (0, 100)), ("b", (0, 200)), ("c", (0, 200)), ("d", (500, 100))):
        assert list(RecordingRecognizer(Inner(Transcript(text)), tape).recognize(sound(*span)))
    cut = RecordingRecognizer(Inner(Transcript("half"), Transcript("whole")), tape).recognize(sound(1000, 10))
    assert next(cut).text == "half"
    cut.close()  # type: ignore[attr-defined]
    player = PlayingRecognizer(played(tape))

    def heard(first: int, samples: int) -> str:
        return list(player.recognize(sound(first, samples)))[-1].text

    assert [heard(0, 200) for _ in range(3)] == ["b", "c", "c"], "in their order, then the last again"
    assert heard(0, 90) == "a", "of those that share as much, the shorter"
    assert heard(50, 140) == "c"
    assert heard(560, 300) == "d"
    with pytest.raises(BackendError, match=r"no transcript of the sound from 0\.019 s to 0\.025 s"):
        heard(300, 100)
    again = player.recognize(sound(1000, 10))
    assert next(again).text == "half"
    with pytest.raises(BackendError, match="cut short"):
        next(again)


def test_answers_by_messages_then_by_the_last_words(tape: Tape) -> None:
    hello, other = Message("user", "hello"), Message("assistant", "hm", cut=True)
    for messages, text in (((hello,), "Hi \ud800"), ((other, hello), "Hi again")):
        assert "".join(RecordingLanguageModel(Inner(text[:2], "", text[2:]), tape).stream(messages)) == text
    player = PlayingLanguageModel(played(tape))
    assert list(player.stream((other, hello))) == ["Hi", " again"], "empty pieces are no answer"
    assert list(player.stream((hello,))) == ["Hi", " \ud800"]
    assert "".join(player.stream((hello, other, hello))) == "Hi again"
    with pytest.raises(BackendError, match="no answer to 'goodbye'"):
        list(player.stream((Message("user", "goodbye"),)))


def test_an_error_comes_back_under_its_name(tape: Tape) -> None:
    class LibraryError(Exception):
        pass

    inner = Inner("One ", LibraryError("line 1\nline 2"))
    with pytest.raises(LibraryError):
        list(RecordingLanguageModel(inner, tape).stream((Message("user", "x"),)))
    assert inner.streams_closed == 1
    again = PlayingLanguageModel(played(tape)).stream((Message("user", "x"),))
    assert next(again) == "One "
    with pytest.raises(BackendError, match="line 1\nline 2") as raised:
        next(again)
    assert type(raised.value).__name__ == "LibraryError"


def test_a_stream_is_closed_with_its_recording_one(tape: Tape) -> None:
    inner = Inner("a", "b")
    model = RecordingLanguageModel(inner, tape)
    stream = model.stream(())
    assert next(stream) == "a"
    stream.close()  # type: ignore[attr-defined]
    assert inner.streams_closed == 1
    model.close()
    assert inner.closed
    assert played(tape).answered[0].answers == ("a",)


def test_a_call_that_never_ended_is_kept_as_far_as_it_came(tape: Tape) -> None:
    stream = RecordingLanguageModel(Inner("a", "b"), tape).stream(())
    assert next(stream) == "a"
    found = played(tape)
    assert (found.answered[0].answers, found.answered[0].end) == (("a",), "closed")
    assert list(stream) == ["b"], "a model that returns after all does no harm"


@given(levels=st.lists(st.floats(-2, 2, width=32), max_size=60), cut=st.integers(0, 60))
def test_speech_is_the_same_to_the_bit(
    levels: list[float], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tape = Tape(tmp_path_factory.mktemp("tape"), HEAD, warn=told)
    samples = np.array(levels, dtype=np.float32)
    chunks = [SpeechChunk(samples[:cut], ((0, 1, 0, np.int64(3)),), True), SpeechChunk(samples[cut:])]  # type: ignore[arg-type]
    recording = RecordingSynthesizer(Inner(*chunks), tape)
    live = list(recording.synthesize("x"))
    player = PlayingSynthesizer(played(tape))
    again = list(player.synthesize("x"))
    assert player.rate_hz == recording.rate_hz == 22_050
    assert [len(c.samples) for c in live] == [len(c.samples) for c in chunks]
    for mine, theirs in zip((c for c in live if len(c.samples) or c.words), again, strict=True):
        assert mine.samples.dtype == theirs.samples.dtype == np.float32
        assert (mine.samples == theirs.samples).all()
        assert (mine.words, mine.estimated) == (theirs.words, theirs.estimated)
    spoken = np.concatenate([c.samples for c in live])
    assert np.abs(spoken - np.clip(samples, -1, 1)).max(initial=0) <= 1 / 32768


def test_speech_by_its_text_and_in_its_order(tape: Tape) -> None:
    for level in (0.25, 0.5):
        chunk = SpeechChunk(np.full(8, level, dtype=np.float32))
        assert list(RecordingSynthesizer(Inner(chunk), tape).synthesize("again"))
    player = PlayingSynthesizer(played(tape))
    assert [float(next(player.synthesize("again")).samples[0]) for _ in range(3)] == [0.25, 0.5, 0.5]
    with pytest.raises(BackendError, match="no sound of 'new'"):
        list(player.synthesize("new"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_disk_is_told_once_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").symlink_to("/dev/full")
    warnings: list[str] = []
    tape = Tape(tmp_path, HEAD, warn=warnings.append)
    model = RecordingLanguageModel(Inner("a"), tape)
    assert [list(model.stream(())) for _ in range(3)] == [["a"]] * 3
    tape.close()
    assert warnings == ["the cassette ends here: No space left on device"]


def test_lines_are_json_and_name_what_was_asked(tape: Tape) -> None:
    list(RecordingLanguageModel(Inner("Hi"), tape).stream((Message("user", "hello"),)))
    tape.close()
    assert json.loads((tape.folder / "calls.jsonl").read_text(encoding="utf-8")) == {
        "n": 0,
        "role": "llm",
        "messages": [{"role": "user", "text": "hello", "cut": False}],
        "answers": ["Hi"],
        "end": "complete",
    }
