"""Actions on speech that claims the floor while a reply lives: the candidate, in three stages."""

from states.actions_utterance import arm, disarm
from states.claim import claimed, evidence_of, judgement, must_hold, policy_of
from states.commands import AssessUtterance, DuckPlayout, HoldPlayout, ResumePlayout
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
from states.judge import Judgement
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
    if policy_of(c, d).yields:
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


def claim(c: Conversation, e: Event, d: Draft) -> None:
    """Take in what this event tells about the speech that claims the floor."""
    c.candidate = claimed(c, e, d)


def verify(c: Conversation, e: SpeechSustained | SpeechContinued, d: Draft) -> None:
    """Stage two: gather evidence, and hold the reply at this sample once the user may well want the floor.

    Where stage one was missed (the reply began while somebody coughed) it is made up for.
    """
    if c.candidate is None and c.reply is not None and policy_of(c, d).yields:
        d.emit(DuckPlayout(c.reply.id))
    claim(c, e, d)
    assert c.candidate is not None
    c.candidate.sustained = True
    _hold_if_likely(c, e, d)
    _assess(c, d)
    arm(c, d, "candidate", c.settings.verification_ms)


def verify_more(c: Conversation, e: SpeechContinued, d: Draft) -> None:
    """Stage two goes on: gather evidence anew, unless some is on its way."""
    assert c.candidate is not None
    busy = c.candidate.assessing
    claim(c, e, d)
    _hold_if_likely(c, e, d)
    if not busy:
        _assess(c, d)


def verify_in_pause(c: Conversation, e: SpeechPaused, d: Draft) -> None:
    """The user has fallen silent: gather evidence that says so."""
    claim(c, e, d)
    _assess(c, d)


def verify_at_end(c: Conversation, e: SpeechEnded, d: Draft) -> None:
    """The candidate is over: if the pause was not assessed already, gather the last evidence."""
    assert c.candidate is not None
    assessed = c.candidate.silent
    claim(c, e, d)
    if not assessed:
        _assess(c, d)


def note_going_on(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """The candidate speaks again after a pause."""
    assert c.candidate is not None
    c.candidate.silent = False
    _hold_if_likely(c, e, d)


def note_undecided(c: Conversation, e: UtteranceAssessed | TranscriptionFailed, d: Draft) -> None:
    """The evidence does not do: wait for more."""
    assert c.candidate is not None
    found = note_verdict(c, e, d)
    c.candidate.assessing = False
    c.candidate.doubt = found.reason
    _go_on_unless_likely(c, e, d)
    _hold_if_likely(c, e, d)


def verify_longer(c: Conversation, e: DeadlineExpired, d: Draft) -> None:
    """The verdict is due, but what was said so far asks for no turn and still goes on: keep listening."""
    assert c.candidate is not None
    note_verdict(c, e, d)
    c.candidate.voiced_at_deadline_ms = c.candidate.earlier_ms + c.candidate.voiced_ms
    arm(c, d, "candidate", c.settings.verification_ms)


def note_verdict(c: Conversation, e: Event, d: Draft) -> Judgement:
    """Write down the verdict, why, and all it was drawn from."""
    found = judgement(c, e, d)
    d.verdict, d.reason, d.evidence = found.verdict.value, found.reason, evidence_of(c, e, d)
    return found


def dismiss(c: Conversation, e: Event, d: Draft) -> None:
    """The verdict is no: go on from the very sample. A backchannel is remembered as one."""
    reason = note_verdict(c, e, d).reason
    if reason == "backchannel":
        c.backchannels = 1 + (c.backchannels if c.backed_turn == c.turn else 0)
        c.backed_turn = c.turn
    note_reason(c, d, reason)
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


def _go_on_unless_likely(c: Conversation, e: Event, d: Draft) -> None:
    """What held the reply asks for no turn, as far as is known: back to stage one."""
    assert c.candidate is not None
    if c.candidate.held and c.reply is not None and not c.candidate.silent and not must_hold(c, e, d):
        c.candidate.held = False
        d.emit(ResumePlayout(c.reply.id), DuckPlayout(c.reply.id))


def _hold_if_likely(c: Conversation, e: Event, d: Draft) -> None:
    if must_hold(c, e, d):
        hold_for_candidate(c, d)


def _assess(c: Conversation, d: Draft) -> None:
    at = c.candidate
    assert at is not None
    if policy_of(c, d).asks:
        at.assessing = True
        d.emit(AssessUtterance(at.id, at.since, at.earlier_ms + at.voiced_ms, at.silent))
