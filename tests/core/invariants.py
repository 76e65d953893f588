"""What must hold in every step (I1 to I7 of the design), checked from outside.

``Watch`` is told each step with the dialogue before and after it and the world as it was when the step was taken and
as the commands left it. Every failure is an ``AssertionError`` that names the invariant and shows the step.
"""

from itertools import pairwise
from typing import Any

from states import commands as do
from states import events as ev
from states.conversation import Candidate, Conversation
from states.dialogue import Dialogue
from states.history import Entry, History, Message, ToolUse
from states.judge import AGAINST_A_TURN, is_unlike_voice
from states.policies import policy_named
from states.state import State
from states.step import Step
from tests.core.model import World
from tests.core.snapshot import view

REPLYING = (State.THINKING, State.SPEAKING)
ADOPTING = (State.LISTENING, State.TRANSCRIBING, State.INTERRUPTED)
REPLY_COMMANDS = (
    do.GenerateReply,
    do.OpenReply,
    do.SynthesizeClause,
    do.CancelReply,
    do.DuckPlayout,
    do.HoldPlayout,
    do.ResumePlayout,
    do.StopPlayout,
)
REJECTIONS = frozenset(
    {
        "no_words",
        "low_confidence",
        "backchannel",
        "stop_command",
        "recognition_failed",
        "recognition_overdue",
        "hallucination_phrase",
        "own_words",
        "echo_suspected",
        "typed",
        "too_short",
        "stop_key",
        "session_stopped",
    }
)
"""The reasons by which an adopted utterance may end without being a turn."""


class Heard:
    """What a listener knows of the live reply at the moment of the event. ``all``: there is no sound to come."""

    __slots__ = ("all", "text")

    def __init__(self, world: World) -> None:
        self.text = world.oracle_text()
        self.all = world.heard >= world.samples


class Before:
    """The dialogue as it was when the event came."""

    __slots__ = (
        "candidate",
        "candidate_since",
        "history",
        "reply",
        "sustained",
        "text",
        "turn",
        "utterance",
        "utterance_since",
        "view",
        "written",
    )

    def __init__(self, dialogue: Dialogue) -> None:
        m = dialogue.memory
        self.view = view(dialogue)
        self.history = m.history.messages
        self.turn = m.turn
        self.written = m.reply is not None and m.reply.generated
        self.reply = m.reply.id if m.reply else 0
        self.text = m.reply.text if m.reply else ""
        asked = m.prepared.utterance if m.prepared is not None else m.utterance
        self.utterance = asked.id if asked else 0
        self.utterance_since = asked.since if asked else 0
        self.candidate = m.candidate.id if m.candidate else 0
        self.sustained = m.candidate is not None and m.candidate.sustained


def check_step(before: Before, dialogue: Dialogue, step: Step, heard: Heard, world: World) -> None:
    """All invariants of one step. ``heard`` is from before the commands, ``world`` obeyed them."""
    try:
        _check(before, dialogue, step, heard, world)
    except AssertionError as error:
        raise AssertionError(
            f"{error}\n  step: {step}\n  before: {before.view}\n  after: {view(dialogue)}"
        ) from error


def _check(before: Before, dialogue: Dialogue, step: Step, heard: Heard, world: World) -> None:
    m = dialogue.memory
    if step.outcome in ("stale", "declined"):
        assert before.view == view(dialogue), f"I6: a {step.outcome} event changed something"
        assert not step.commands, f"I6: a {step.outcome} event had commands"
    assert step.dest is dialogue.state, "the step names another state than the dialogue is in"
    assert (step.outcome == "moved") == (step.source is not step.dest), "moved without moving, or the reverse"
    assert step.reason, "a step without a reason"
    after_reply = m.reply.id if m.reply else 0
    _check_reply_commands(step, before.reply, after_reply)
    assert (dialogue.state in REPLYING) == bool(after_reply), "I2: a reply is live exactly in THINKING and SPEAKING"
    _check_closing(before, step, after_reply, heard)
    _check_history(before, step, m.history.messages)
    _check_user_side(dialogue.state, m)
    _check_claims(before, step, m)
    _check_outside(dialogue.state, m, world)


def _check_reply_commands(step: Step, before: int, after: int) -> None:
    closed = False
    for command in step.commands:
        if not isinstance(command, REPLY_COMMANDS):
            continue
        if isinstance(command, do.GenerateReply | do.OpenReply):
            assert command.reply > before, "I1: a reply id was used before"
            assert command.reply == after, "I1: the reply opened is not the live one"
            before, closed = command.reply, False
        assert command.reply == before, f"I1: {command} names a reply that is not live"
        assert not closed, f"I1: {command} names a reply already stopped"
        closed = isinstance(command, do.StopPlayout)


def _check_closing(before: Before, step: Step, after: int, heard: Heard) -> None:
    aborts = sum(isinstance(c, do.CancelReply) for c in step.commands)
    stops = [i for i, c in enumerate(step.commands) if isinstance(c, do.StopPlayout)]
    if not before.reply or before.reply == after:
        assert (step.kept, step.dropped) == (None, None), "I3: a reply was cut and lives on"
        assert not stops, "I3: a reply was silenced and lives on"
        assert step.dest is not State.INTERRUPTED or step.source is State.INTERRUPTED, "I3: nothing was interrupted"
        return
    assert step.kept is not None, "I3: a reply was closed and not cut"
    assert step.kept == heard.text.rstrip(), f"I4: kept {step.kept!r}, but {heard.text!r} was heard"
    text = before.text
    assert text.startswith(step.kept), f"I4: kept {step.kept!r} is no prefix of {text!r}"
    assert step.dropped == text[len(step.kept) :].strip(), "I4: kept and dropped are not all that was written"
    whole = not step.dropped and (before.written or step.reason == "reply_finished")
    assert step.cut == (not whole), "I4: cut is what was not heard, or not even written"
    inside = step.kept[-1:].isalnum() and text[len(step.kept) :][:1].isalnum()
    assert not inside, "I4: kept ends inside a word"
    if step.reason == "reply_finished":
        assert not stops, "I3: a finished reply was stopped"
        assert heard.all, "a reply was called finished with sound to come"
    else:
        assert (aborts, stops) == (1, [1]), "I3/I9: not exactly one abort and, right after it, one stop"
    if step.dest is State.INTERRUPTED:
        assert (step.outcome, aborts, len(stops)) == ("moved", 1, 1), "I3: a barge-in is one abort and one stop"


def _check_history(before: Before, step: Step, after: tuple[Entry, ...]) -> None:
    assert all(a.role != b.role or a.role == "tool" for a, b in pairwise(after)), "I5: neighbours of one role"
    assert all(message.text for message in after), "I5: an empty message"
    assert told_by(step, before.history) == after, "I10: the step's words are not what entered the history"
    assert step.turn == before.turn + (step.said is not None), "a turn is counted when words enter the history"


def told_by(step: Step, before: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """What the history must be after the step; most steps leave it as it was, and are not to cost a new one."""
    if step.kept is None and step.said is None and not isinstance(step.event, ev.ToolUsed):
        return before
    rebuilt = History(before)
    add_to(rebuilt, step)
    return rebuilt.messages


def add_to(history: History, step: Step) -> None:
    """Rebuild: what a step tells of the history."""
    if step.kept is not None:
        history.add(Message("assistant", step.kept, cut=step.cut))
    if step.said is not None:
        history.add(Message("user", step.said))
    if isinstance(step.event, ev.ToolUsed) and step.outcome == "stayed":
        history.add(used_by(step.event))


def used_by(event: ev.ToolUsed) -> ToolUse:
    """The entry that the event makes."""
    return ToolUse(event.name, event.arguments, event.result, event.failed)


def _check_user_side(state: State, m: Conversation) -> None:
    assert (m.utterance is not None) == (state in ADOPTING), "an utterance has the floor exactly where the user has"
    ended = m.utterance is not None and m.utterance.ended
    assert ended or state is not State.TRANSCRIBING, "TRANSCRIBING an utterance without an end"
    assert not ended or state is not State.LISTENING, "LISTENING to an utterance that is over"
    asked = m.prepared.utterance if m.prepared is not None else m.utterance
    if m.candidate is not None:
        assert state not in (State.IDLE, State.LISTENING), "a candidate where the floor is free or the user's"
        assert asked is None or m.candidate.id >= asked.id, "a candidate older than the utterance"
        assert asked is None or m.candidate.id > asked.id or asked.ended, "a candidate that has the floor"
    assert m.prepared is None or state is State.THINKING, "a turn not taken, with nothing prepared for it"
    waits = m.prepared is not None and m.candidate is None
    assert ("turn" in m.deadlines) == waits, (
        "a prepared turn has a deadline while the user is quiet, and nothing else"
    )
    assert ("state" in m.deadlines) == (state is not State.IDLE), "every state but IDLE has a deadline, IDLE has none"
    assert ("candidate" in m.deadlines) == (m.candidate is not None), "a candidate has a deadline, and nothing else"


def _check_claims(before: Before, step: Step, m: Conversation) -> None:
    """I7: speech that had or claimed the floor ends in the history, in later speech, or in a logged rejection."""
    asked = m.prepared.utterance if m.prepared is not None else m.utterance
    at = asked.id if asked else 0
    if before.utterance and before.utterance != at:
        continued = asked is not None and asked.since == before.utterance_since
        said = step.said is not None and before.utterance in (step.utterance, m.taken_utterance)
        rejected = step.reason in REJECTIONS and step.utterance == before.utterance
        assert continued or said or rejected, f"I7: utterance {before.utterance} is lost"
    candidate = m.candidate.id if m.candidate else 0
    if before.sustained and before.candidate != candidate:
        adopted = asked is not None and asked.since <= before.candidate <= at
        taken_along = m.candidate is not None and m.candidate.since <= before.candidate
        dismissed = step.verdict == "dismiss" and step.utterance == before.candidate
        over = step.reason in ("session_stopped", "recognition_failed", "recognition_overdue", "stop_key", "typed")
        assert adopted or taken_along or dismissed or over, f"I7: candidate {before.candidate} is lost"


def _check_outside(state: State, m: Conversation, w: World) -> None:
    """The commands made the world what the dialogue takes it for."""
    told: dict[Any, int] = {
        "state": w.state_deadline,
        "candidate": w.candidate_deadline,
        "turn": w.turn_deadline,
    }
    assert {slot: at for slot, at in told.items() if at} == m.deadlines, "deadlines inside and outside differ"
    if m.reply is not None:
        assert w.reply == m.reply.id, "the playout plays another reply"
        if m.prepared is not None:
            assert w.gain == "held", f"the reply is {w.gain} before the turn is taken"
        elif m.candidate is None:
            assert w.gain == "full", f"the reply is {w.gain} for nobody"
        else:
            _check_gain(state, m, m.candidate, w)
    assert w.session_open == (not m.stopped), "CloseSession belongs to the end"


def _check_gain(state: State, m: Conversation, at: Candidate, w: World) -> None:
    """A reply over which somebody speaks: turned down at least, and held where that lasts and may be a turn."""
    if not policy_named(m.settings.policy).yields:
        return
    assert w.gain != "full", f"the reply is {w.gain}, candidate {at}"
    assert not at.held or w.gain == "held", "not held for somebody"
    heard = at.sustained and not at.silent
    against = is_unlike_voice(at.voice, m.settings) or at.doubt in AGAINST_A_TURN
    lasting = at.earlier_ms + at.voiced_ms >= m.settings.hold_ms
    held = (heard and lasting and not against) or (state is State.THINKING and not w.heard)
    assert not held or w.gain == "held", "the reply is not held while it is verified"
    asks_for_nothing = heard and w.heard and at.doubt in AGAINST_A_TURN
    assert not asks_for_nothing or w.gain == "ducked", "the reply is held for a backchannel"
