"""Actions on the assistant's side: opening, growing, finishing and cutting a reply."""

from states.actions_speech import adopt_candidate, arm, disarm, forget_speech, hold_for_candidate, note_reason
from states.commands import (
    CancelReply,
    CancelTranscription,
    CloseSession,
    GenerateReply,
    OpenReply,
    StopPlayout,
    SynthesizeClause,
)
from states.conversation import Conversation
from states.events import (
    ChunkSynthesized,
    ClauseGenerated,
    DeadlineExpired,
    Event,
    GenerationFailed,
    PlayoutDrained,
    ReplyGenerated,
    StopRequested,
    SynthesisFailed,
    ToolUsed,
    TranscriptionFailed,
    TurnTyped,
    UtteranceAssessed,
    UtteranceTranscribed,
)
from states.guards import GrowthEvent, judgement, own_words, rejected
from states.history import Message, ToolUse
from states.judge import tokens
from states.own_words import played_since
from states.reply import Reply
from states.step import Draft

EndingEvent = GrowthEvent | PlayoutDrained | DeadlineExpired
"""What may find a reply heard to its end."""

# --- opening ---------------------------------------------------------------------------------------------


def answer(c: Conversation, e: UtteranceTranscribed, d: Draft) -> None:
    """The words are a turn: into the history with them, and answer it."""
    _take_turn(c, d, e.text)


def answer_typed(c: Conversation, e: TurnTyped, d: Draft) -> None:
    """A typed turn takes the floor from everybody: from a reply, which is cut, and from speech not yet understood."""
    if c.reply is not None:
        close_reply(c, d)
    forget_speech(c, d)
    _take_turn(c, d, e.text)


def answer_anew(c: Conversation, e: UtteranceTranscribed, d: Draft) -> None:
    """The user took the floor and said nothing that counts: go on from what was heard."""
    _note_rejection(c, e, d)
    _generate(c, d)


def apologise_not_understood(c: Conversation, e: UtteranceTranscribed, d: Draft) -> None:
    """Speech, but no words."""
    _note_rejection(c, e, d)
    _apologise(c, d, c.settings.not_understood)


def apologise_not_heard(c: Conversation, e: TranscriptionFailed | DeadlineExpired, d: Draft) -> None:
    """The recogniser failed or is too late."""
    if c.utterance is not None and isinstance(e, DeadlineExpired):
        d.emit(CancelTranscription(c.utterance.id))
    _apologise(c, d, c.settings.recognition_failed)


def apologise_no_answer(
    c: Conversation, e: GenerationFailed | ReplyGenerated | SynthesisFailed | DeadlineExpired, d: Draft
) -> None:
    """No answer came, or none that can be spoken: close that reply and say so."""
    close_reply(c, d)
    _apologise(c, d, c.settings.generation_failed)


def reject_words(c: Conversation, e: UtteranceTranscribed, d: Draft) -> None:
    """The words are no turn; nothing else has the floor."""
    _note_rejection(c, e, d)
    c.utterance = None
    disarm(c, d, "state")


def reject_words_for_candidate(c: Conversation, e: UtteranceTranscribed, d: Draft) -> None:
    """The words are no turn, but the user speaks again already."""
    _note_rejection(c, e, d)
    adopt_candidate(c, e, d)


def _note_rejection(c: Conversation, e: UtteranceTranscribed, d: Draft) -> None:
    note_reason(c, d, rejected(c, e) or d.reason)


def _take_turn(c: Conversation, d: Draft, text: str) -> None:
    c.history.add(Message("user", text))
    c.turn += 1
    c.own_in_a_row = 0
    d.said = text
    _generate(c, d)


def _generate(c: Conversation, d: Draft) -> None:
    reply = _open_reply(c)
    d.emit(GenerateReply(reply.id, c.history.messages))
    _await_first_sound(c, d)


def _apologise(c: Conversation, d: Draft, text: str) -> None:
    reply = _open_reply(c, apology=True)
    reply.add_clause(text)
    reply.generated = True
    d.emit(OpenReply(reply.id), SynthesizeClause(reply.id, 0, text))
    _await_first_sound(c, d)


def _open_reply(c: Conversation, *, apology: bool = False) -> Reply:
    c.last_reply += 1
    c.reply = Reply(c.last_reply, apology=apology)
    c.utterance = None
    return c.reply


def _await_first_sound(c: Conversation, d: Draft) -> None:
    if c.candidate is not None:
        c.candidate.held = False
        hold_for_candidate(c, d)
    arm(c, d, "state", c.settings.reply_ms)


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


def end_generation(c: Conversation, e: ReplyGenerated | GenerationFailed, d: Draft) -> None:
    """No further clause will come."""
    assert c.reply is not None
    c.reply.generated = True


def end_before_clause(c: Conversation, e: SynthesisFailed, d: Draft) -> None:
    """A later clause cannot be spoken: the reply ends before it, and work on the rest stops."""
    assert c.reply is not None
    c.reply.end_before(e.clause)
    d.emit(CancelReply(e.reply))


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


def interrupt(c: Conversation, e: UtteranceAssessed | TranscriptionFailed | DeadlineExpired, d: Draft) -> None:
    """Stage three: the user takes the floor. Close, abort, cut; all in this step."""
    found = judgement(c, e, d)
    d.verdict, d.reason = found.verdict.value, found.reason
    close_reply(c, d)
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


def _settle(c: Conversation, d: Draft) -> None:
    reply = c.reply
    assert reply is not None
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
