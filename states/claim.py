"""Speech that claims the floor: what is known about it, and the verdict that an event brings about. Pure."""

from dataclasses import replace

from states.conversation import Candidate, Conversation
from states.events import (
    Event,
    SpeechContinued,
    SpeechEnded,
    SpeechPaused,
    SpeechSustained,
    TranscriptionFailed,
    UtteranceAssessed,
)
from states.judge import AGAINST_A_TURN, Evidence, Judgement, Verdict, Voice, is_worth_a_hold
from states.own_words import played_since
from states.phrases import tokens
from states.policies import POLICIES, Policy, policy_named
from states.step import Draft

VoiceEvent = SpeechSustained | SpeechContinued | SpeechPaused | SpeechEnded
"""Events that tell how the speech sounds."""


def policy_of(c: Conversation, d: Draft) -> Policy:
    """Who may interrupt just now. Before a reply's first sample nobody is interrupted, so nobody has to wait."""
    policy = policy_named(c.settings.policy)
    return policy if policy.yields or d.heard else POLICIES["hybrid"]


def claimed(c: Conversation, e: Event, d: Draft) -> Candidate | None:
    """The candidate as this event makes it; a new value where it changes.

    Speech that follows before the verdict on the speech before it goes on with that claim.
    """
    old = c.candidate
    if not isinstance(e, VoiceEvent):
        return old
    at = e.utterance
    if old is None:
        new = Candidate(at, since=at, onset=d.heard)
    elif not old.sustained:
        pause_ms = old.pause_ms if old.id == at else 0
        new = Candidate(at, since=at, held=old.held, onset=old.onset, pause_ms=pause_ms)
    elif old.id != at:
        earlier_ms = old.earlier_ms + old.voiced_ms
        new = Candidate(at, since=old.since, earlier_ms=earlier_ms, held=old.held, onset=old.onset, sustained=True)
    else:
        new = replace(old)
    if e.steady_pct >= 0 or new.voice.steady_pct < 0:  # what was not measured is as it was last known
        new.voice = voice_of(e)
    new.voiced_ms = e.voiced_ms
    new.silent = isinstance(e, SpeechPaused | SpeechEnded)
    new.ended = isinstance(e, SpeechEnded)
    return new


def voice_of(e: VoiceEvent) -> Voice:
    """How speech sounds, by what an event tells of it."""
    return Voice(e.voiced_ms, e.steady_pct, e.tonal_pct, e.level_db, e.over_floor_db)


def evidence_of(c: Conversation, e: Event, d: Draft) -> Evidence:
    """All that is known with this event about the speech that claims the floor."""
    at = claimed(c, e, d)
    assert at is not None
    known = Evidence(
        replace(at.voice, voiced_ms=at.earlier_ms + at.voiced_ms),
        silent=at.silent,
        usual_level_db=c.usual_level_db if c.usual_level_db >= 0 else c.settings.assumed_level_db or -1,
        suspicious=c.echo_suspected,
        so_far=at.doubt,
    )
    if not isinstance(e, UtteranceAssessed):
        return known
    # Evidence taken in a pause is no end where the user has gone on meanwhile, even to the next pause.
    is_last = e.ended and at.silent and e.utterance == at.id and e.voiced_ms >= known.voice.voiced_ms
    return replace(
        known,
        silent=is_last,
        own=own_words(c, d),
        text=e.text,
        confidence_pct=e.confidence_pct,
        doubt=e.doubt,
        voiced_ms=e.voiced_ms,
    )


def judgement(c: Conversation, e: Event, d: Draft) -> Judgement:
    """The verdict on the candidate that this event brings about."""
    settings, policy, at = c.settings, policy_of(c, d), claimed(c, e, d)
    assert at is not None
    evidence = evidence_of(c, e, d)
    if isinstance(e, UtteranceAssessed):
        return policy.on_words(evidence, settings)
    if isinstance(e, VoiceEvent):
        return policy.on_voice(evidence, settings)
    if isinstance(e, TranscriptionFailed):
        found = policy.in_default(evidence, settings, "recognition_failed")
        given_up = found.verdict is Verdict.INTERRUPT or at.silent
        return found if given_up else Judgement(Verdict.UNDECIDED, found.reason)
    if not at.sustained:
        return Judgement(Verdict.DISMISS, "onset_vanished")
    if at.doubt in AGAINST_A_TURN:
        # What was said is known, so its length says nothing; "yeah, yeah, right" may go on, and yet become more.
        goes_on = not at.silent and evidence.voice.voiced_ms > at.voiced_at_deadline_ms
        return Judgement(Verdict.UNDECIDED if goes_on else Verdict.DISMISS, at.doubt)
    return policy.in_default(evidence, settings, "unverified")


def must_hold(c: Conversation, e: Event, d: Draft) -> bool:
    """Whether the reply is to be held now; before its first sample that costs nothing."""
    if not policy_of(c, d).yields or not d.heard:
        return policy_of(c, d).yields
    return is_worth_a_hold(evidence_of(c, e, d), c.settings)


def own_words(c: Conversation, d: Draft) -> tuple[str, ...]:
    """Words of the live reply that the candidate may be an echo of."""
    if c.reply is None or c.candidate is None:
        return ()
    return tokens(played_since(c.reply, c.candidate.onset, d.heard, c.settings))
