"""Actions on the user's side: adopting speech, weighing it, having it recognised."""

from states.commands import (
    AssessUtterance,
    CancelTranscription,
    ClearDeadline,
    DuckPlayout,
    HoldPlayout,
    ResumePlayout,
    SetDeadline,
    Slot,
    TranscribeUtterance,
)
from states.conversation import Candidate, Conversation, Utterance
from states.events import (
    DeadlineExpired,
    Event,
    SpeechContinued,
    SpeechDropped,
    SpeechEnded,
    SpeechEvent,
    SpeechPaused,
    SpeechSustained,
    TranscriptionFailed,
    UtteranceAssessed,
)
from states.guards import judgement, own_words
from states.step import Draft

# --- deadlines -------------------------------------------------------------------------------------------


def arm(c: Conversation, d: Draft, slot: Slot, after_ms: int) -> None:
    """Set the deadline of a slot, in place of the one before."""
    c.last_deadline += 1
    c.deadlines[slot] = c.last_deadline
    d.emit(SetDeadline(slot, c.last_deadline, after_ms))


def disarm(c: Conversation, d: Draft, slot: Slot) -> None:
    """Clear the deadline of a slot where one is set."""
    if c.deadlines.pop(slot, None) is not None:
        d.emit(ClearDeadline(slot))


# --- the utterance that has the floor --------------------------------------------------------------------


def nothing(c: Conversation, e: Event, d: Draft) -> None:
    """Take note, and do nothing."""


def listen(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """Give the floor to a new utterance."""
    may_be_echo = c.last_reply > 0 and d.now_us - c.reply_ended_us <= c.settings.echo_tail_ms * 1000
    c.utterance = Utterance(e.utterance, since=e.utterance, own=c.last_own if may_be_echo else ())
    arm(c, d, "state", c.settings.utterance_ms)


def go_on_listening(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """The user goes on: the new utterance continues the one before, from whose start it will be recognised."""
    _continue_with(c, d, e.utterance)
    arm(c, d, "state", c.settings.utterance_ms)


def transcribe(c: Conversation, e: Event, d: Draft) -> None:
    """Have the adopted utterance recognised."""
    assert c.utterance is not None
    if isinstance(e, SpeechEnded | SpeechDropped):
        c.utterance.voiced_ms = e.voiced_ms
    c.utterance.ended = True
    voiced_ms = c.utterance.earlier_ms + c.utterance.voiced_ms
    d.emit(TranscribeUtterance(c.utterance.id, c.utterance.since, voiced_ms))
    arm(c, d, "state", c.settings.transcription_ms)


def transcribe_longer(c: Conversation, e: SpeechEnded, d: Draft) -> None:
    """The user said a little more after what was taken for the end: recognise all of it."""
    _continue_with(c, d, e.utterance)
    transcribe(c, e, d)


def drop_utterance(c: Conversation, e: Event, d: Draft) -> None:
    """Give the floor back: the adopted utterance is not a turn."""
    c.utterance = None
    disarm(c, d, "state")
    disarm(c, d, "candidate")
    c.candidate = None


def cancel_utterance(c: Conversation, e: Event, d: Draft) -> None:
    """Give the floor back before the words are known."""
    assert c.utterance is not None
    forget_speech(c, d)
    disarm(c, d, "state")


def forget_speech(c: Conversation, d: Draft) -> None:
    """What the user said and is saying is no turn; what goes on may still become one."""
    if c.utterance is not None and c.utterance.ended:
        d.emit(CancelTranscription(c.utterance.id))
    c.utterance = c.candidate = None
    disarm(c, d, "candidate")


def adopt_candidate(c: Conversation, e: Event, d: Draft) -> None:
    """Give the floor to the speech that was being weighed."""
    candidate = c.candidate
    assert candidate is not None
    overlapped = c.reply is not None or (c.utterance is not None and c.utterance.overlapped)
    c.utterance = Utterance(
        candidate.id,
        since=candidate.since,
        earlier_ms=candidate.earlier_ms,
        voiced_ms=candidate.voiced_ms,
        ended=candidate.ended,
        overlapped=overlapped,
        hard=c.utterance is not None and c.utterance.hard,
        own=candidate.own or own_words(c, d),
    )
    c.candidate = None
    disarm(c, d, "candidate")
    if candidate.ended:
        transcribe(c, e, d)
    else:
        arm(c, d, "state", c.settings.utterance_ms)


def _continue_with(c: Conversation, d: Draft, utterance: int) -> None:
    old = c.utterance
    assert old is not None
    if old.ended:
        d.emit(CancelTranscription(old.id))
    c.utterance = Utterance(
        utterance,
        since=old.since,
        earlier_ms=old.earlier_ms + old.voiced_ms,
        overlapped=old.overlapped,
        hard=old.hard,
        own=old.own,
    )
    c.candidate = None
    disarm(c, d, "candidate")


# --- the candidate, in three stages ----------------------------------------------------------------------


def consider(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """Speech while no reply is playing: remember that it may go on."""
    c.candidate = Candidate(e.utterance, since=e.utterance, onset=d.heard)
    arm(c, d, "candidate", c.settings.onset_ms)


def duck_for(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """Stage one while a reply plays: turn it down."""
    assert c.reply is not None
    consider(c, e, d)
    d.emit(DuckPlayout(c.reply.id))


def wait_for(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """Stage one before a reply plays: it does not begin. Silence can be held without being heard."""
    assert c.reply is not None
    consider(c, e, d)
    hold_for_candidate(c, d)


def hold_for_candidate(c: Conversation, d: Draft) -> None:
    """Hold the reply at this sample while there is a candidate."""
    if c.candidate is not None and c.reply is not None and not c.candidate.held:
        c.candidate.held = True
        d.emit(HoldPlayout(c.reply.id))


def verify(c: Conversation, e: SpeechSustained | SpeechContinued, d: Draft) -> None:
    """Stage two: hold the reply at this sample and gather evidence.

    Speech that follows before the verdict on the speech before it goes on with that claim.
    """
    old = c.candidate
    if old is None or not old.sustained:
        onset = d.heard if old is None else old.onset
        c.candidate = Candidate(e.utterance, since=e.utterance, held=old is not None and old.held, onset=onset)
    elif old.id != e.utterance:
        earlier_ms = old.earlier_ms + old.voiced_ms
        c.candidate = Candidate(e.utterance, since=old.since, earlier_ms=earlier_ms, held=old.held, onset=old.onset)
    assert c.candidate is not None
    c.candidate.sustained = True
    hold_for_candidate(c, d)
    _assess(c, d, e.voiced_ms, silent=False)
    arm(c, d, "candidate", c.settings.verification_ms)


def verify_more(c: Conversation, e: SpeechContinued, d: Draft) -> None:
    """Stage two goes on: gather evidence anew, unless some is on its way."""
    assert c.candidate is not None
    c.candidate.voiced_ms = e.voiced_ms
    if not c.candidate.assessing:
        _assess(c, d, e.voiced_ms, silent=False)


def verify_in_pause(c: Conversation, e: SpeechPaused, d: Draft) -> None:
    """The user has fallen silent: gather evidence that says so."""
    _assess(c, d, e.voiced_ms, silent=True)


def verify_at_end(c: Conversation, e: SpeechEnded, d: Draft) -> None:
    """The candidate is over: if the pause was not assessed already, gather the last evidence."""
    assert c.candidate is not None
    c.candidate.ended = True
    if not c.candidate.silent:
        _assess(c, d, e.voiced_ms, silent=True)


def note_going_on(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """The candidate speaks again after a pause."""
    assert c.candidate is not None
    c.candidate.silent = False


def note_undecided(c: Conversation, e: UtteranceAssessed | TranscriptionFailed, d: Draft) -> None:
    """The evidence does not do: wait for more."""
    assert c.candidate is not None
    found = judgement(c, e, d)
    c.candidate.assessing = False
    c.candidate.doubt = found.reason
    d.verdict, d.reason = found.verdict.value, found.reason


def verify_longer(c: Conversation, e: DeadlineExpired, d: Draft) -> None:
    """The verdict is due, but what was said so far asks for no turn and still goes on: keep listening."""
    assert c.candidate is not None
    found = judgement(c, e, d)
    d.verdict, d.reason = found.verdict.value, found.reason
    c.candidate.voiced_at_deadline_ms = c.candidate.earlier_ms + c.candidate.voiced_ms
    arm(c, d, "candidate", c.settings.verification_ms)


def dismiss(c: Conversation, e: UtteranceAssessed | TranscriptionFailed | DeadlineExpired, d: Draft) -> None:
    """The verdict is no: go on from the very sample."""
    found = judgement(c, e, d)
    d.verdict = found.verdict.value
    note_reason(c, d, found.reason)
    forget_candidate(c, e, d)


def note_reason(c: Conversation, d: Draft, reason: str) -> None:
    """Say why speech was refused; own words time and again are told as what they suggest."""
    d.reason = reason
    if reason == "own_words":
        c.own_in_a_row += 1
        if c.own_in_a_row == c.settings.echo_turns:
            d.reason = "echo_suspected"


def dismiss_short(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """The speech ended in its first stage: go on at full level."""
    d.verdict = "dismiss"
    forget_candidate(c, e, d)


def forget_candidate(c: Conversation, e: Event, d: Draft) -> None:
    """Stop weighing; a reply that waited goes on."""
    assert c.candidate is not None
    d.utterance = c.candidate.id
    c.candidate = None
    disarm(c, d, "candidate")
    if c.reply is not None:
        d.emit(ResumePlayout(c.reply.id))


def _assess(c: Conversation, d: Draft, voiced_ms: int, *, silent: bool) -> None:
    assert c.candidate is not None
    c.candidate.voiced_ms = voiced_ms
    c.candidate.silent = silent
    c.candidate.assessing = True
    d.emit(AssessUtterance(c.candidate.id, c.candidate.since, c.candidate.earlier_ms + voiced_ms, silent))
