"""The door: what cannot happen raises and changes nothing; what comes late is told apart by its id."""

from collections.abc import Callable

import pytest

from states import events as ev
from states.dialogue import Dialogue
from states.errors import UnexpectedEvent
from states.state import State
from tests.core.snapshot import view, whole_view


def speaking() -> Dialogue:
    """Reply 1 is playing its first of two clauses; the user said utterance 1."""
    d = Dialogue()
    for event in (
        ev.SpeechStarted(1),
        ev.SpeechEnded(1, 700),
        ev.UtteranceTranscribed(1, "tell me", 90, 700),
        ev.ClauseGenerated(1, 0, "One two."),
        ev.ClauseGenerated(1, 1, " Three."),
        ev.ChunkSynthesized(1, 0, 0, 100, ((0, 3, 0, 50), (4, 7, 50, 100)), True, False),
        ev.PlayoutStarted(1),
    ):
        d.handle(event, now=1000, heard=0)
    assert d.state is State.SPEAKING
    return d


def verifying() -> Dialogue:
    """The same, with utterance 2 being weighed."""
    d = speaking()
    d.handle(ev.SpeechStarted(2), now=1000, heard=10)
    d.handle(ev.SpeechSustained(2, 300), now=1000, heard=10)
    return d


def interrupted() -> Dialogue:
    """Utterance 2 has taken the floor and goes on."""
    d = verifying()
    d.handle(ev.UtteranceAssessed(2, "so what", 90, 300, False), now=1000, heard=10)
    assert d.state is State.INTERRUPTED
    return d


def listening() -> Dialogue:
    """The user has begun utterance 1."""
    d = Dialogue()
    d.handle(ev.SpeechStarted(1), now=1000, heard=0)
    return d


def idle() -> Dialogue:
    """Nothing has happened yet."""
    return Dialogue()


IMPOSSIBLE: list[tuple[Callable[[], Dialogue], ev.Event, str]] = [
    (idle, ev.SpeechStarted(0), "count from 1"),
    (idle, ev.SpeechStarted(-1), "negative"),
    (idle, ev.SpeechEnded(1, -5), "negative"),
    (idle, ev.CaptureOverflowed(0), "nothing was dropped"),
    (idle, ev.CaptureOverflowed(-1), "negative"),
    (idle, ev.UtteranceAssessed(1, "hi", 50, 300, False), "never opened"),
    (idle, ev.UtteranceTranscribed(1, "hi", 50, 300), "never opened"),
    (idle, ev.TranscriptionFailed(1, "broken"), "never opened"),
    (idle, ev.DeadlineExpired(1), "never opened"),
    (idle, ev.ClauseGenerated(1, 0, "Hi."), "never opened"),
    (idle, ev.ReplyGenerated(1, 0), "never opened"),
    (idle, ev.ChunkSynthesized(1, 0, 0, 10, (), True, False), "never opened"),
    (idle, ev.PlayoutStarted(1), "never opened"),
    (idle, ev.PlayoutDrained(1), "never opened"),
    (idle, ev.GenerationFailed(1, "broken"), "never opened"),
    (idle, ev.SynthesisFailed(1, 0, "broken"), "never opened"),
    (speaking, ev.UtteranceTranscribed(0, "hi", 50, 300), "never opened"),
    (speaking, ev.UtteranceTranscribed(2, "hi", 50, 300), "never opened"),
    (speaking, ev.UtteranceTranscribed(1, "hi", -2, 300), "negative"),
    (speaking, ev.DeadlineExpired(0), "never opened"),
    (speaking, ev.DeadlineExpired(99), "never opened"),
    (speaking, ev.PlayoutDrained(2), "never opened"),
    (speaking, ev.ClauseGenerated(1, 3, "Four."), "clause 2 comes next"),
    (speaking, ev.ReplyGenerated(1, 1), "2 clauses came"),
    (speaking, ev.ReplyGenerated(1, 3), "2 clauses came"),
    (speaking, ev.ChunkSynthesized(1, 2, 100, 10, (), True, False), "only 2 clauses"),
    (speaking, ev.ChunkSynthesized(1, 1, 100, -1, (), True, False), "negative"),
    (speaking, ev.SynthesisFailed(1, 2, "broken"), "only 2 clauses"),
    (speaking, ev.SynthesisFailed(1, -1, "broken"), "negative"),
]


@pytest.mark.parametrize(
    ("start", "event", "why"), IMPOSSIBLE, ids=lambda value: getattr(value, "__name__", str(value))
)
def test_an_impossible_event_raises_and_changes_nothing(
    start: Callable[[], Dialogue], event: ev.Event, why: str
) -> None:
    d = start()
    before = whole_view(d)
    with pytest.raises(UnexpectedEvent, match=why):
        d.handle(event, now=2000, heard=0)
    assert whole_view(d) == before


@pytest.mark.parametrize(("now", "heard", "why"), [(999, 0, "time ran backwards"), (1000, -1, "negative")])
def test_impossible_samples_at_the_door_raise_and_change_nothing(now: int, heard: int, why: str) -> None:
    d = verifying()
    before = whole_view(d)
    with pytest.raises(UnexpectedEvent, match=why):
        d.handle(ev.StopRequested(), now=now, heard=heard)
    assert whole_view(d) == before


LATE: list[tuple[Callable[[], Dialogue], ev.Event, str]] = [
    (speaking, ev.SpeechStarted(1), "turn_taken"),
    (listening, ev.SpeechStarted(1), "already_started"),
    (verifying, ev.SpeechContinued(1, 900), "older_utterance"),
    (verifying, ev.SpeechStarted(1), "older_utterance"),
    (verifying, ev.UtteranceAssessed(1, "hi", 50, 300, False), "not_in_question"),
    (speaking, ev.UtteranceAssessed(1, "hi", 50, 300, False), "not_in_question"),
    (verifying, ev.UtteranceTranscribed(2, "hi", 50, 300), "utterance_closed"),
    (verifying, ev.TranscriptionFailed(1, "broken"), "utterance_closed"),
    (interrupted, ev.UtteranceTranscribed(2, "hi", 50, 300), "utterance_closed"),
    (interrupted, ev.TranscriptionFailed(2, "broken"), "utterance_closed"),
    (speaking, ev.ClauseGenerated(1, 1, " Three."), "clause_already_there"),
    (speaking, ev.ChunkSynthesized(1, 0, 0, 100, (), True, False), "chunk_already_there"),
    (speaking, ev.ChunkSynthesized(1, 1, 50, 100, (), True, False), "chunk_already_there"),
    (speaking, ev.SynthesisFailed(1, 0, "broken"), "clause_already_over"),
    (speaking, ev.PlayoutStarted(1), "already_speaking"),
    (speaking, ev.DeadlineExpired(1), "deadline_replaced"),
]


@pytest.mark.parametrize(("start", "event", "why"), LATE, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_late_event_is_recorded_and_changes_nothing(
    start: Callable[[], Dialogue], event: ev.Event, why: str
) -> None:
    d = start()
    before = view(d)
    step = d.handle(event, now=2000, heard=20)
    assert (step.outcome, step.reason, step.commands) == ("stale", why, ())
    assert view(d) == before


def test_once_all_is_written_no_more_text_is_taken() -> None:
    d = speaking()
    d.handle(ev.ReplyGenerated(1, 2), now=2000, heard=0)
    for event in (ev.ReplyGenerated(1, 2), ev.GenerationFailed(1, "late"), ev.ReplyGenerated(1, 7)):
        assert d.handle(event, now=2000, heard=0).reason == "generation_already_over"
    assert d.handle(ev.ClauseGenerated(1, 2, " Four."), now=2000, heard=0).reason == "clause_already_there"
    assert (
        d.handle(ev.ChunkSynthesized(1, 5, 100, 10, (), True, False), now=2000, heard=0).reason
        == "chunk_already_there"
    )


def test_a_closed_reply_is_closed_to_all_its_workers() -> None:
    d = speaking()
    d.handle(ev.StopRequested(), now=2000, heard=60)
    before = view(d)
    for event in (
        ev.ClauseGenerated(1, 2, " Four."),
        ev.ReplyGenerated(1, 9),
        ev.ChunkSynthesized(1, 7, 0, 1, (), True, False),
        ev.PlayoutStarted(1),
        ev.PlayoutDrained(1),
        ev.GenerationFailed(1, "late"),
        ev.SynthesisFailed(1, 9, "late"),
    ):
        assert d.handle(event, now=2000, heard=0).reason == "reply_closed"
    assert view(d) == before
