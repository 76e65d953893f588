"""Actions that open a reply, and take one back that nobody has heard."""

from states.actions_reply import close_reply, withdraw_reply
from states.actions_speech import hold_for_candidate, note_reason
from states.actions_turn import await_turn_end, commit_turn, enter_turn, left_ms
from states.actions_utterance import (
    adopt_candidate,
    arm,
    continue_with,
    disarm,
    forget_speech,
    go_on_listening,
    transcribe_longer,
)
from states.commands import CancelTranscription, GenerateReply, HoldPlayout, OpenReply, SynthesizeClause
from states.conversation import Conversation, Prepared
from states.events import (
    DeadlineExpired,
    GenerationFailed,
    ReplyGenerated,
    SpeechEnded,
    SpeechEvent,
    SpeechPaused,
    StopRequested,
    SynthesisFailed,
    TranscriptionFailed,
    TurnTyped,
    UtteranceTranscribed,
)
from states.guards import rejected
from states.history import Entry, Message
from states.reply import Reply
from states.step import Draft
from states.turn_end import silence_that_ends


def answer(c: Conversation, e: UtteranceTranscribed, d: Draft) -> None:
    """The words are a turn, or will be once the silence is long enough: answer it, in silence until then."""
    at = c.utterance
    assert at is not None
    c.prepared = Prepared(at, e.text, 0)
    if c.settings.prepare:
        c.prepared.wait_ms, d.wait_why = silence_that_ends(e.text, e.final_pct, c.own_pauses_ms, c.settings.turn_end)
        d.wait_ms = c.prepared.wait_ms
    if not c.settings.prepare or (left_ms(c, d) <= 0 and c.candidate is None):
        commit_turn(c, d)
    _generate(c, d)
    await_turn_end(c, d)


def answer_typed(c: Conversation, e: TurnTyped, d: Draft) -> None:
    """A typed turn takes the floor from everybody: from a reply, which is cut, and from speech not yet understood."""
    if c.reply is not None:
        close_reply(c, d)
    forget_speech(c, d)
    enter_turn(c, d, e.text)
    _generate(c, d)


def take_back(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """The user goes on: the answer that was prepared is none, and the utterance goes on as one."""
    _withdraw(c, d)
    go_on_listening(c, e, d)


def take_back_to_transcribe(c: Conversation, e: SpeechPaused | SpeechEnded, d: Draft) -> None:
    """The user said a little more, and pauses again."""
    _withdraw(c, d)
    transcribe_longer(c, e, d)


def take_back_by_key(c: Conversation, e: StopRequested, d: Draft) -> None:
    """The key, while the user seems to go on: the answer that was prepared will not be heard."""
    candidate = c.candidate
    assert candidate is not None
    _withdraw(c, d)
    continue_with(c, d, candidate.id)
    arm(c, d, "state", c.settings.utterance_ms)


def _withdraw(c: Conversation, d: Draft) -> None:
    prepared = c.prepared
    assert prepared is not None
    withdraw_reply(c, d)
    disarm(c, d, "turn")
    c.prepared, c.utterance = None, prepared.utterance
    c.utterance.ended = False


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
    if c.prepared is not None:
        withdraw_reply(c, d)
    else:
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


def _generate(c: Conversation, d: Draft) -> None:
    reply, messages, turn = _open_reply(c), c.history.messages, c.turn
    if c.prepared is not None:
        messages, turn = c.history.followed_by(Message("user", c.prepared.text)), turn + 1
    backchannels = c.backchannels if c.backed_turn == turn - 1 else 0
    note = c.settings.backchannel_note if backchannels else ""
    d.emit(GenerateReply(reply.id, _with_note(messages, note), backchannels))
    _await_first_sound(c, d)


def _with_note(messages: tuple[Entry, ...], note: str) -> tuple[Entry, ...]:
    """The note goes with the user's turn, for this answer only."""
    *earlier, turn = messages
    return (*earlier, Message("user", f"{turn.text} {note}")) if note else messages


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
    if c.prepared is not None:
        assert c.reply is not None
        d.emit(HoldPlayout(c.reply.id))
    elif c.candidate is not None:
        c.candidate.held = False
        hold_for_candidate(c, d)
    arm(c, d, "state", c.settings.reply_ms)
