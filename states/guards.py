"""Conditions of transitions: adjectival, pure, told the conversation, the event and what was heard."""

from states.claim import judgement
from states.conversation import Conversation
from states.events import (
    ChunkSynthesized,
    DeadlineExpired,
    Event,
    GenerationFailed,
    PlayoutDrained,
    ReplyGenerated,
    SpeechDropped,
    SpeechEvent,
    SpeechSustained,
    SynthesisFailed,
    ToolUsed,
    UtteranceTranscribed,
)
from states.judge import Verdict, is_stop_command, is_unlike_voice, rejection
from states.step import Draft

# --- whose speech is it? ---------------------------------------------------------------------------------


def is_newer_utterance(c: Conversation, e: SpeechEvent, d: Draft) -> bool:
    """Not the adopted utterance but one begun after it."""
    return c.utterance is None or e.utterance > c.utterance.id


def is_adopted_utterance(c: Conversation, e: SpeechEvent, d: Draft) -> bool:
    """The utterance that has the floor, still open."""
    return c.utterance is not None and e.utterance == c.utterance.id and not c.utterance.ended


def is_candidate(c: Conversation, e: SpeechEvent, d: Draft) -> bool:
    """The utterance whose claim to the floor is being weighed."""
    return c.candidate is not None and e.utterance == c.candidate.id


def is_sustained_candidate(c: Conversation, e: SpeechEvent, d: Draft) -> bool:
    """The candidate, past its first stage."""
    return is_candidate(c, e, d) and c.candidate is not None and c.candidate.sustained


def has_sustained_candidate(c: Conversation, e: Event, d: Draft) -> bool:
    """A verdict is pending."""
    return c.candidate is not None and c.candidate.sustained


def is_whole(c: Conversation, e: SpeechDropped, d: Draft) -> bool:
    """The adopted utterance goes on from no earlier one, so dropping it loses nothing."""
    return c.utterance is not None and c.utterance.since == c.utterance.id


# --- verdicts --------------------------------------------------------------------------------------------


def rejected(c: Conversation, e: UtteranceTranscribed) -> str | None:
    """Why these words are no turn, or None where they are one."""
    at = c.utterance
    assert at is not None
    return rejection(e, c.settings, overlapped=at.overlapped, own=at.own, suspicious=c.echo_suspected)


def is_interruption(c: Conversation, e: Event, d: Draft) -> bool:
    """With this event the evidence says that the user takes the floor."""
    may_claim = c.candidate is not None or isinstance(e, SpeechSustained)
    return may_claim and judgement(c, e, d).verdict is Verdict.INTERRUPT


def is_undecided(c: Conversation, e: DeadlineExpired, d: Draft) -> bool:
    """The verdict is due, and cannot be drawn yet."""
    return is_about_candidate(c, e, d) and judgement(c, e, d).verdict is Verdict.UNDECIDED


def is_dismissed(c: Conversation, e: Event, d: Draft) -> bool:
    """With this event the evidence says that the user does not want the floor."""
    return c.candidate is not None and judgement(c, e, d).verdict is Verdict.DISMISS


# --- words -----------------------------------------------------------------------------------------------


def has_words(c: Conversation, e: UtteranceTranscribed, d: Draft) -> bool:
    """The words are a turn."""
    return rejected(c, e) is None


def has_only_stop_words(c: Conversation, e: UtteranceTranscribed, d: Draft) -> bool:
    """The user asked for silence and nothing else."""
    return is_stop_command(e.text, c.settings)


def is_after_hard_stop(c: Conversation, e: UtteranceTranscribed, d: Draft) -> bool:
    """Silence was demanded by key, so nothing is to be said without new words."""
    return c.utterance is not None and c.utterance.hard


def has_ended_candidate(c: Conversation, e: Event, d: Draft) -> bool:
    """More speech is being weighed, and it is over."""
    return c.candidate is not None and c.candidate.ended


def has_history(c: Conversation, e: Event, d: Draft) -> bool:
    """There is something to answer or to go on with."""
    return len(c.history) > 0


def has_candidate(c: Conversation, e: Event, d: Draft) -> bool:
    """More speech is being weighed."""
    return c.candidate is not None


NOT_UNDERSTOOD = ("no_words", "low_confidence", "low_logprob", "repetition", "too_fast")
"""Why words are no turn although somebody may well have spoken; the other doubts say that it was no speech."""


def deserves_apology(c: Conversation, e: UtteranceTranscribed, d: Draft) -> bool:
    """The user spoke long enough to expect an answer, and no word was understood. A cough expects none."""
    at = c.utterance
    if at is None or is_unlike_voice(at.voice, c.settings) or e.voiced_ms < c.settings.apology_voiced_ms:
        return False
    reason = rejection(e, c.settings, overlapped=at.overlapped)
    return reason in NOT_UNDERSTOOD and bool(c.settings.not_understood)


def can_say_recognition_failed(c: Conversation, e: Event, d: Draft) -> bool:
    """An apology for lost words is set."""
    return bool(c.settings.recognition_failed)


def can_say_generation_failed(c: Conversation, e: Event, d: Draft) -> bool:
    """An apology for a lost answer is set, and the lost answer is not itself one."""
    return bool(c.settings.generation_failed) and c.reply is not None and not c.reply.apology


GrowthEvent = ReplyGenerated | GenerationFailed | ChunkSynthesized | SynthesisFailed
"""What may turn out to be the last of a reply."""

# --- the reply -------------------------------------------------------------------------------------------


def is_live_reply(c: Conversation, e: ToolUsed, d: Draft) -> bool:
    """The reply is still to be heard."""
    return c.reply is not None and e.reply == c.reply.id


def has_no_clauses(c: Conversation, e: Event, d: Draft) -> bool:
    """The model wrote nothing."""
    return c.reply is not None and not c.reply.clauses


def is_empty_answer(c: Conversation, e: ReplyGenerated, d: Draft) -> bool:
    """The model ended without a word."""
    return e.clauses == 0


def is_first_clause(c: Conversation, e: SynthesisFailed, d: Draft) -> bool:
    """Nothing of the reply can be spoken."""
    return e.clause == 0


def is_finished(c: Conversation, e: PlayoutDrained | DeadlineExpired, d: Draft) -> bool:
    """All of the reply is written, spoken and heard."""
    return c.reply is not None and c.prepared is None and c.reply.is_finished(d.heard)


def will_be_finished(c: Conversation, e: GrowthEvent, d: Draft) -> bool:
    """With this event nothing more is to come, and all there is has been heard already."""
    reply = c.reply
    assert reply is not None
    total, generated = reply.samples, reply.generated
    unspoken = [i for i, clause in enumerate(reply.clauses) if not clause.complete]
    match e:
        case ChunkSynthesized():
            total = e.first_sample + e.samples
            unspoken = [i for i in unspoken if i != e.clause or not e.final]
        case SynthesisFailed():
            generated = True
            unspoken = [i for i in unspoken if i < e.clause]
        case _:
            generated = True
    return generated and not unspoken and d.heard >= total and c.prepared is None


def is_advancing(c: Conversation, e: DeadlineExpired, d: Draft) -> bool:
    """Sound was heard since the watch was set, or is held back on purpose."""
    return d.heard > c.heard_at_watch or c.candidate is not None


# --- deadlines -------------------------------------------------------------------------------------------


def is_about_candidate(c: Conversation, e: DeadlineExpired, d: Draft) -> bool:
    """The deadline of the speech being weighed."""
    return e.deadline == c.deadlines.get("candidate")


def is_overdue_interruption(c: Conversation, e: DeadlineExpired, d: Draft) -> bool:
    """The verdict is due, and the voice alone says that the user takes the floor."""
    return is_about_candidate(c, e, d) and c.candidate is not None and judgement(c, e, d).verdict is Verdict.INTERRUPT


def is_unended(c: Conversation, e: DeadlineExpired, d: Draft) -> bool:
    """The adopted utterance has no end yet."""
    return c.utterance is not None and not c.utterance.ended
