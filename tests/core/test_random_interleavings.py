"""Random walks, shrunk by Hypothesis, and seeded ones by the thousand steps; a million of them in the soak."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states import events as ev
from states.commands import CancelReply, GenerateReply, StopPlayout
from states.history import Message
from states.state import State
from tests.core.chaos import Walk
from tests.core.exploration import SILENT
from tests.core.soak import soak
from tests.core.talk import Talk


@given(st.lists(st.integers(0, 1999), min_size=100, max_size=600), st.booleans())
@settings(derandomize=True, max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_interleaving_breaks_an_invariant(choices: list[int], silent: bool) -> None:
    left = iter(choices)
    walk = Walk(lambda n: next(left, 0) % n, SILENT if silent else None)
    for _ in range(len(choices) // 4):
        walk.go()
    walk.finish()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thousands_of_seeded_steps_break_no_invariant(seed: int) -> None:
    outcomes = soak(3000, seed)
    assert set(outcomes) == {"moved", "stayed", "declined", "stale"}


def test_the_same_seed_walks_the_same_way() -> None:
    one, other = (Walk(random.Random("same").randrange) for _ in range(2))
    for walk in (one, other):
        for _ in range(300):
            walk.go()
    assert one.steps == other.steps


@pytest.mark.soak
def test_a_million_seeded_steps_break_no_invariant() -> None:
    assert soak(1_000_000, 1).total() >= 1_000_000


def test_after_twenty_rapid_barge_ins_a_normal_turn_succeeds() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300), ev.SpeechEnded(1, 700))
    talk.tell(ev.UtteranceTranscribed(1, "question 1", 90, 700))
    for n in range(1, 21):
        talk.start_reply(n)
        onset = (ev.SpeechStarted(n + 1), ev.SpeechSustained(n + 1, 300))
        step = talk.tell(*onset, ev.UtteranceAssessed(n + 1, "but what", 90, 300, False), heard=100)
        assert (step.dest, step.kept) == (State.INTERRUPTED, "Answer")
        assert [type(c) for c in step.commands[:2]] == [CancelReply, StopPlayout]
        talk.tell(ev.SpeechEnded(n + 1, 700), heard=100)
        step = talk.tell(ev.UtteranceTranscribed(n + 1, f"question {n + 1}", 90, 700))
        assert step.dest is State.THINKING
    talk.start_reply(21)
    step = talk.tell(ev.PlayoutDrained(21), heard=500)
    assert (step.dest, step.reason, step.kept) == (State.IDLE, "reply_finished", "Answer number 21 is long.")
    expected = [Message("user", "question 1")]
    for n in range(1, 21):
        expected += [Message("assistant", "Answer", cut=True), Message("user", f"question {n + 1}")]
    assert talk.dialogue.history.messages == (*expected, Message("assistant", "Answer number 21 is long."))
    assert not talk.dialogue.memory.deadlines


def test_after_the_barge_ins_the_model_is_told_what_was_heard_and_no_more() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechEnded(1, 700), ev.UtteranceTranscribed(1, "tell me", 90, 700))
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=140)
    talk.tell(ev.UtteranceAssessed(2, "no wait", 90, 300, False), ev.SpeechEnded(2, 700), heard=149)
    step = talk.tell(ev.UtteranceTranscribed(2, "no wait, why", 90, 700))
    asked = next(c for c in step.commands if isinstance(c, GenerateReply))
    told = (Message("user", "tell me"), Message("assistant", "Answer", cut=True), Message("user", "no wait, why"))
    assert asked.messages == told
