"""Actions on a reply that is there: growing, finishing and cutting it."""

from states.actions_speech import claim, note_verdict
from states.actions_turn import commit_turn
from states.actions_utterance import adopt_candidate, arm, disarm, forget_speech
from states.claim import own_words
from states.commands import CancelReply, CloseSession, ResumePlayout, StopPlayout, SynthesizeClause
from states.conversation import Conversation
from states.events import (
    ChunkSynthesized,
    ClauseGenerated,
    DeadlineExpired,
    Event,
    GenerationFailed,
    PlayoutDrained,
    PlayoutStarted,
    ReplyGenerated,
    StopRequested,
    SynthesisFailed,
    ToolUsed,
)
from states.guards import GrowthEvent
from states.history import Message, ToolUse
from states.own_words import played_since
from states.pauses import learn_pause
from states.phrases import tokens
from states.step import Draft

EndingEvent = GrowthEvent | PlayoutDrained | DeadlineExpired
"""What may find a reply heard to its end."""

# --- growing ---------------------------------------------------------------------------------------------


def add_clause(c: Conversation, e: ClauseGenerated, d: Draft) -> None:
    """The next clause is written: have it spoken."""
    assert c.reply is not None
    c.reply.add_clause(e.text)
    d.emit(SynthesizeClause(e.reply, e.clause, e.text))


def add_chunk(c: Conversation, e: ChunkSynthesized, d: Draft) -> None:
    """More sound of a clause is ready."""
    assert c.reply is not None
    c.reply.add_chunk(e)


def note_tool_use(c: Conversation, e: ToolUsed, d: Draft) -> None:
    """A function was called: into the history with it, also where nobody waits for the answer any more."""
    c.history.add(ToolUse(e.name, e.arguments, e.result, e.failed))


def note_tool_use_for_turn(c: Conversation, e: ToolUsed, d: Draft) -> None:
    """A function was called for a turn not yet taken: what was done cannot be taken back, so neither can the turn."""
    assert c.reply is not None
    commit_turn(c, d)
    if c.candidate is None:
        d.emit(ResumePlayout(c.reply.id))
    else:
        c.candidate.held = True
    note_tool_use(c, e, d)


def end_generation(c: Conversation, e: ReplyGenerated | GenerationFailed, d: Draft) -> None:
    """No further clause will come."""
    assert c.reply is not None
    c.reply.generated = True


def end_before_clause(c: Conversation, e: SynthesisFailed, d: Draft) -> None:
    """A later clause cannot be spoken: the reply ends before it, and work on the rest stops."""
    assert c.reply is not None
    c.reply.end_before(e.clause)
    d.emit(CancelReply(e.reply))


def take_turn(c: Conversation, e: DeadlineExpired, d: Draft) -> None:
    """The silence was long enough: the turn is over, and its answer may be heard."""
    assert c.reply is not None
    commit_turn(c, d)
    d.emit(ResumePlayout(c.reply.id))


def begin_speaking(c: Conversation, e: PlayoutStarted, d: Draft) -> None:
    """The reply is heard, so its turn is taken, however that came about."""
    if c.prepared is not None:
        commit_turn(c, d)
    watch(c, e, d)


def watch(c: Conversation, e: Event, d: Draft) -> None:
    """See to it that sound goes on being heard."""
    c.heard_at_watch = d.heard
    arm(c, d, "state", c.settings.stall_ms)


def wait_longer(c: Conversation, e: DeadlineExpired, d: Draft) -> None:
    """The first sound is late because the user speaks."""
    arm(c, d, "state", c.settings.reply_ms)


# --- ending ----------------------------------------------------------------------------------------------


def finish_reply(c: Conversation, e: EndingEvent, d: Draft) -> None:
    """The reply was heard to its end: into the history with it."""
    _take_in(c, e, d)
    _settle(c, d)
    disarm(c, d, "state")


def finish_reply_for_candidate(c: Conversation, e: EndingEvent, d: Draft) -> None:
    """The reply ended while the user had begun to speak: that speech is a turn like any other."""
    _take_in(c, e, d)
    adopt_candidate(c, e, d)
    _settle(c, d)


def _take_in(c: Conversation, e: EndingEvent, d: Draft) -> None:
    match e:
        case ChunkSynthesized():
            add_chunk(c, e, d)
        case ReplyGenerated() | GenerationFailed():
            end_generation(c, e, d)
        case SynthesisFailed():
            end_before_clause(c, e, d)
        case _:
            pass


def interrupt(c: Conversation, e: Event, d: Draft) -> None:
    """Stage three: the user takes the floor. Close, abort, cut; all in this step."""
    note_verdict(c, e, d)
    claim(c, e, d)
    close_reply(c, d)
    if not d.kept and c.candidate is not None:  # nothing was heard, so the user had not ended the turn
        learn_pause(c, d, c.candidate.pause_ms)
    adopt_candidate(c, e, d)
    assert c.utterance is not None
    c.utterance.overlapped = True


def interrupt_by_key(c: Conversation, e: StopRequested, d: Draft) -> None:
    """The user presses the key while speaking: silence at once, whatever the words will be."""
    close_reply(c, d)
    adopt_candidate(c, e, d)
    assert c.utterance is not None
    c.utterance.overlapped = c.utterance.hard = True


def cut_reply(c: Conversation, e: Event, d: Draft) -> None:
    """End the reply here and now, with nobody taking the floor."""
    close_reply(c, d)
    disarm(c, d, "state")


def close_reply(c: Conversation, d: Draft) -> None:
    """Abort work and sound, and keep in the history exactly the words heard."""
    assert c.reply is not None
    d.emit(CancelReply(c.reply.id), StopPlayout(c.reply.id))
    _settle(c, d)


def withdraw_reply(c: Conversation, d: Draft) -> None:
    """Abort a reply that was prepared in silence; the history never knew of it."""
    reply = c.reply
    assert reply is not None
    d.emit(CancelReply(reply.id), StopPlayout(reply.id))
    d.kept, d.dropped, d.reply = "", reply.text.strip(), reply.id
    d.cut = bool(d.dropped) or not reply.generated
    c.reply = None


def _settle(c: Conversation, d: Draft) -> None:
    reply = c.reply
    assert reply is not None
    if c.prepared is not None:
        commit_turn(c, d)
    d.kept = reply.spoken_text(d.heard)
    d.dropped = reply.text[len(d.kept) :].strip()
    d.reply = reply.id
    d.cut = bool(d.dropped) or not reply.generated  # cut off, too, where the model was still writing
    c.history.add(Message("assistant", d.kept, cut=d.cut))
    if c.candidate is not None:
        c.candidate.own = own_words(c, d)
    c.last_own = tokens(played_since(reply, d.heard, d.heard, c.settings))
    c.reply_ended_us = d.now_us
    c.reply = None


def stop_session(c: Conversation, e: Event, d: Draft) -> None:
    """Leave in order, from any state."""
    if c.reply is not None:
        close_reply(c, d)
    forget_speech(c, d)
    disarm(c, d, "state")
    c.stopped = True
    d.emit(CloseSession())
