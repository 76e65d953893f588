"""Generation and transcription, driven by hand: what they yield, in what order, and what they leave behind."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stages.generation import Generation
from engine.stages.transcription import assess, transcribe
from engine.work import WAITING, Worker
from models.ports import Audio, Transcript
from models.scripted import ScriptedAnswer, ScriptedLanguageModel
from states.errors import BackendError
from states.events import (
    ClauseGenerated,
    Event,
    ReplyGenerated,
    UtteranceAssessed,
    UtteranceTranscribed,
)
from states.history import Message
from tests.engine.speaker import Speaker
from tests.engine.unhurried import unhurried

ASKED = (Message("user", "tell me"),)
AUDIO = Audio(np.zeros(1600, np.float32))


class Plain:
    """An iterator without ``close``, as a third party's may be."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._pieces)

    def stream(self, _: Sequence[Message]) -> Iterator[str]:
        return self


def events_of(worker: Worker) -> list[Event]:
    return [item for item in worker if isinstance(item, Event)]


# Generation.


def test_clauses_as_soon_as_they_are_complete() -> None:
    model = Speaker(["Yes, ", "of course. ", "It ", "is ", "late."])
    found = list(Generation(model, max_pieces=100).answer(4, ASKED))
    assert found == [
        None,
        None,
        ClauseGenerated(4, 0, "Yes, of course. "),
        None,
        None,
        ClauseGenerated(4, 1, "It is late."),
        ReplyGenerated(4, 2),
    ]
    assert model.asked == [ASKED]
    assert (model.given, model.closed) == (5, 1)


@unhurried
@given(text=st.text("ab .,!\n", max_size=60), cut=st.lists(st.integers(1, 5), min_size=1))
def test_clauses_joined_are_the_pieces_joined(text: str, cut: list[int]) -> None:
    pieces, at = list[str](), 0
    while at < len(text):
        size = cut[len(pieces) % len(cut)]
        pieces.append(text[at : at + size])
        at += size
    items = list(Generation(Speaker(pieces), max_pieces=1000).answer(1, ASKED))
    *clauses, end = [item for item in items if isinstance(item, Event)]
    assert all(isinstance(clause, ClauseGenerated) for clause in clauses)
    assert [c.clause for c in clauses if isinstance(c, ClauseGenerated)] == list(range(len(clauses)))
    assert "".join(c.text for c in clauses if isinstance(c, ClauseGenerated)) == text
    assert end == ReplyGenerated(1, len(clauses))
    assert items[-1] is end
    assert len(items) >= len(pieces), "a point to be cancelled at, at least once a piece"


def test_an_empty_answer() -> None:
    assert list(Generation(Speaker([]), max_pieces=9).answer(1, ASKED)) == [ReplyGenerated(1, 0)]
    assert events_of(Generation(Speaker(["", ""]), max_pieces=9).answer(1, ASKED)) == [ReplyGenerated(1, 0)]


@pytest.mark.parametrize("steps", [0, 1, 2, 4])
def test_closing_in_the_middle_closes_the_models_stream(steps: int) -> None:
    model = Speaker(["One. ", "Two. ", "Three. ", "Four. ", "Five. "])
    worker = Generation(model, max_pieces=100).answer(1, ASKED)
    for _ in range(steps):
        next(worker)
    worker.close()
    assert model.closed == (steps > 0), "what was never begun is not closed"
    assert model.given == steps


def test_a_stream_that_cannot_be_closed_will_do() -> None:
    worker = Generation(Plain(["One. ", "Two."]), max_pieces=100).answer(1, ASKED)
    assert events_of(worker)[-1] == ReplyGenerated(1, 2)
    worker = Generation(Plain(["One. ", "Two."]), max_pieces=100).answer(1, ASKED)
    next(worker)
    worker.close()


def test_no_more_than_so_many_pieces() -> None:
    model = ScriptedLanguageModel([ScriptedAnswer("on and on", endless=True)])
    found = events_of(Generation(model, max_pieces=7).answer(1, ASKED))
    text = "".join(e.text for e in found if isinstance(e, ClauseGenerated))
    assert text == "on and on on and on on "
    assert isinstance(found[-1], ReplyGenerated)
    counted = Speaker(["a "] * 50)
    events_of(Generation(counted, max_pieces=7).answer(1, ASKED))
    assert (counted.given, counted.closed) == (7, 1)


def test_a_model_that_stalls_can_be_cancelled() -> None:
    model = ScriptedLanguageModel([ScriptedAnswer("I was going to say", stall_after_words=2)])
    worker = Generation(model, max_pieces=10**6).answer(1, ASKED)
    assert [next(worker) for _ in range(3)] == [None, None, WAITING]
    assert [next(worker) for _ in range(1000)] == [WAITING] * 1000
    worker.close()


def test_pieces_that_are_none_are_waiting() -> None:
    found = list(Generation(Speaker(["", "One. ", "", "Two.", ""]), max_pieces=2).answer(1, ASKED))
    assert found == [WAITING, None, WAITING, ClauseGenerated(1, 0, "One. "), ClauseGenerated(1, 1, "Two."),
                     ReplyGenerated(1, 2)]  # fmt: skip


def test_a_model_that_fails_in_the_middle() -> None:
    model = Speaker(["One. ", "Two. ", BackendError("out of memory")])
    worker = Generation(model, max_pieces=100).answer(1, ASKED)
    assert [next(worker), next(worker)] == [None, ClauseGenerated(1, 0, "One. ")]
    with pytest.raises(BackendError, match="out of memory"):
        next(worker)
    assert model.closed == 1


# Transcription.


def test_the_last_transcript_counts() -> None:
    heard = [Transcript("what"), Transcript("what time", 60), Transcript("what time is it", 80)]
    model = Speaker(heard)
    found = list(transcribe(AUDIO, model, utterance=3, voiced_ms=700))
    assert found == [None, None, None, UtteranceTranscribed(3, "what time is it", 80, 700)]
    assert model.asked == [AUDIO]
    found = list(assess(AUDIO, Speaker(heard[:1]), utterance=3, voiced_ms=300, ended=True))
    assert found == [None, UtteranceAssessed(3, "what", -1, 300, True)]
    found = list(assess(AUDIO, Speaker(heard[:2]), utterance=3, voiced_ms=300, ended=False))
    assert found[-1] == UtteranceAssessed(3, "what time", 60, 300, False)


def test_a_recogniser_that_repeats_itself_is_waiting() -> None:
    nothing, what, time = Transcript(""), Transcript("what"), Transcript("what time", 60)
    found = list(transcribe(AUDIO, Speaker([nothing, what, what, time, what]), utterance=1, voiced_ms=90))
    assert found[:-1] == [WAITING, None, WAITING, None, None]
    assert found[-1] == UtteranceTranscribed(1, "what", -1, 90)


def test_nothing_recognised() -> None:
    assert list(transcribe(AUDIO, Speaker([]), utterance=1, voiced_ms=90)) == [UtteranceTranscribed(1, "", -1, 90)]


def test_recognition_that_fails() -> None:
    model = Speaker([Transcript("what"), BackendError("no")])
    worker = transcribe(AUDIO, model, utterance=1, voiced_ms=90)
    assert next(worker) is None
    with pytest.raises(BackendError):
        next(worker)
    assert model.closed == 1


def test_closing_closes_the_recogniser() -> None:
    model = Speaker([Transcript("what"), Transcript("what time")])
    kept = model.recognize(AUDIO)  # so that no garbage collection closes it for us

    class Keeping(Speaker):
        def recognize(self, audio: Audio) -> Iterator[Transcript]:
            assert audio is AUDIO
            return kept

    worker = assess(AUDIO, Keeping([]), utterance=1, voiced_ms=90, ended=False)
    next(worker)
    worker.close()
    assert model.closed == 1
