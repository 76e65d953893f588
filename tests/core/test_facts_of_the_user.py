"""What comes from outside the conversation's own course: functions that were called, turns that were typed."""

import pytest

from states import commands as do
from states import events as ev
from states.errors import UnexpectedEvent
from states.history import Message, ToolUse
from states.state import State
from tests.core.talk import Talk

LIGHT = ToolUse("light", "{}", "on")


def used(reply: int) -> ev.ToolUsed:
    return ev.ToolUsed(reply, "light", "{}", "on", False)


def asked(talk: Talk, *events: ev.Event, heard: int = 0) -> tuple[object, ...]:
    """The messages that the last of these events sends to the language model."""
    step = talk.tell(*events, heard=heard)
    return next(c.messages for c in step.commands if isinstance(c, do.GenerateReply))


def test_a_call_enters_the_history_before_the_words_that_tell_of_it() -> None:
    talk = Talk()
    talk.ask()
    step = talk.tell(used(1))
    assert (step.outcome, step.reason, step.commands) == ("stayed", "tool_used", ())
    talk.start_reply(1)
    talk.tell(ev.PlayoutDrained(1), heard=500)
    told = (Message("user", "question 1"), LIGHT, Message("assistant", "Answer number 1 is long."))
    assert talk.dialogue.history.messages == told


def test_a_call_made_for_a_reply_that_was_cut_off_is_not_orphaned() -> None:
    talk = Talk()
    talk.ask()
    talk.tell(ev.StopRequested())
    assert talk.dialogue.state is State.IDLE
    step = talk.tell(used(1))
    assert (step.outcome, step.reason, step.reply) == ("stayed", "tool_used_by_closed_reply", 1)
    assert talk.dialogue.history.messages == (Message("user", "question 1"), LIGHT)
    again = asked(talk, ev.TurnTyped("and now?"))
    assert again == (Message("user", "question 1"), LIGHT, Message("user", "and now?"))


def test_a_call_for_the_reply_before_is_known_while_the_next_one_is_thought_of() -> None:
    talk = Talk()
    talk.ask()
    assert asked(talk, ev.TurnTyped("hurry")) == (Message("user", "question 1 hurry"),)
    step = talk.tell(used(1))
    assert (step.source, step.reason) == (State.THINKING, "tool_used_by_closed_reply")
    assert talk.dialogue.history.messages == (Message("user", "question 1 hurry"), LIGHT)


def test_a_typed_turn_cuts_a_reply_at_the_word_heard() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    step = talk.tell(ev.TurnTyped("something else"), heard=100)
    assert (step.source, step.dest, step.reason) == (State.SPEAKING, State.THINKING, "typed")
    assert (step.kept, step.said, step.cut) == ("Answer", "something else", True)
    assert [type(c) for c in step.commands[:2]] == [do.CancelReply, do.StopPlayout]
    told = (
        Message("user", "question 1"),
        Message("assistant", "Answer", cut=True),
        Message("user", "something else"),
    )
    assert talk.dialogue.history.messages == told


def test_a_typed_turn_takes_the_place_of_speech_not_yet_understood() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300), ev.SpeechEnded(1, 700))
    step = talk.tell(ev.TurnTyped("never mind"))
    assert (step.source, step.dest, step.utterance) == (State.TRANSCRIBING, State.THINKING, 1)
    assert do.CancelTranscription(1) in step.commands
    late = talk.tell(ev.UtteranceTranscribed(1, "too late", 90, 700))
    assert (late.outcome, late.reason) == ("stale", "utterance_closed")


def test_a_typed_turn_does_not_wait_for_a_verdict_on_speech() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=100)
    step = talk.tell(ev.TurnTyped("next"), heard=100)
    assert (step.dest, step.kept) == (State.THINKING, "Answer")
    assert do.ClearDeadline("candidate") in step.commands
    assert talk.dialogue.memory.candidate is None


def test_nothing_typed_is_no_turn() -> None:
    with pytest.raises(UnexpectedEvent, match="nothing was typed"):
        Talk().tell(ev.TurnTyped("  "))
