"""Actions on speech that may take the floor: weighing it, in three stages."""

from states.actions_utterance import arm, disarm
from states.commands import (
    AssessUtterance,
    DuckPlayout,
    HoldPlayout,
    ResumePlayout,
)
from states.conversation import Candidate, Conversation
from states.events import (
    DeadlineExpired,
    Event,
    SpeechContinued,
    SpeechEnded,
    SpeechEvent,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSustained,
    TranscriptionFailed,
    UtteranceAssessed,
)
from states.guards import judgement
from states.step import Draft


def consider(c: Conversation, e: SpeechStarted | SpeechResumed, d: Draft) -> None:
    """Speech while no reply is playing: remember that it may go on."""
    at = c.prepared.utterance if c.prepared is not None else c.utterance
    c.candidate = Candidate(e.utterance, since=e.utterance, onset=d.heard, pause_ms=e.silent_ms)
    if at is not None and at.id == e.utterance:  # it goes on after a pause
        c.candidate.since, c.candidate.earlier_ms = at.since, at.earlier_ms
        c.candidate.voiced_ms, c.candidate.own = at.voiced_ms, at.own
    arm(c, d, "candidate", c.settings.onset_ms)


def duck_for(c: Conversation, e: SpeechStarted | SpeechResumed, d: Draft) -> None:
    """Stage one while a reply plays: turn it down."""
    assert c.reply is not None
    consider(c, e, d)
    d.emit(DuckPlayout(c.reply.id))


def wait_for(c: Conversation, e: SpeechStarted | SpeechResumed, d: Draft) -> None:
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
        if old is not None and old.id == e.utterance:
            c.candidate.pause_ms = old.pause_ms
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
