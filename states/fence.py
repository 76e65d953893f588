"""The door of the dialogue: impossible events raise, late ones are told apart by their ids.

Identity is what keeps a dialogue right: cancelling work is only thrift. Whatever a worker does after its reply or
utterance was closed arrives here with a dead id and changes nothing.
"""

from typing import get_args

from states.conversation import Conversation
from states.errors import UnexpectedEvent
from states.events import (
    CaptureOverflowed,
    ChunkSynthesized,
    ClauseGenerated,
    DeadlineExpired,
    Event,
    GenerationFailed,
    ReplyEvent,
    ReplyGenerated,
    SpeechEvent,
    SpeechStarted,
    SynthesisFailed,
    ToolUsed,
    TranscriptionFailed,
    TurnTyped,
    UtteranceAssessed,
    UtteranceTranscribed,
)

_SPEECH = get_args(SpeechEvent)
_REPLY = get_args(ReplyEvent)


def check(c: Conversation, event: Event, now_us: int, heard: int) -> None:
    """Raise ``UnexpectedEvent`` for what no lawful shell can send; change nothing."""
    if now_us < c.now_us:
        _reject(event, f"time ran backwards from {c.now_us} to {now_us}")
    if heard < 0:
        _reject(event, f"heard position {heard} is negative")
    for name in event.__dataclass_fields__:
        value = getattr(event, name)
        if isinstance(value, int) and value < (-1 if name.endswith(("_pct", "_db")) else 0):
            _reject(event, f"{name} is negative")
    match event:
        case UtteranceAssessed() | UtteranceTranscribed() | TranscriptionFailed():
            _known(event, "utterance", event.utterance, c.last_utterance)
        case DeadlineExpired():
            _known(event, "deadline", event.deadline, c.last_deadline)
        case ToolUsed():
            _known(event, "reply", event.reply, c.last_reply)
        case CaptureOverflowed():
            if not event.dropped_samples:
                _reject(event, "nothing was dropped")
        case TurnTyped():
            if not event.text.strip():
                _reject(event, "nothing was typed")
        case _ if isinstance(event, _REPLY):
            _known(event, "reply", event.reply, c.last_reply)
            _check_reply(c, event)
        case _ if isinstance(event, _SPEECH):
            if not event.utterance:
                _reject(event, "utterances count from 1")
        case _:
            pass


def _check_reply(c: Conversation, event: Event) -> None:
    """Order within the live reply: clauses follow one another, sound follows text."""
    reply = c.reply
    if reply is None or getattr(event, "reply", 0) != reply.id:
        return
    count = len(reply.clauses)
    match event:
        case ClauseGenerated() if event.clause > count and not reply.generated:
            _reject(event, f"clause {count} comes next")
        case ReplyGenerated() if event.clauses != count and not reply.generated:
            _reject(event, f"{count} clauses came")
        case ChunkSynthesized() | SynthesisFailed() if event.clause >= count and not reply.generated:
            _reject(event, f"only {count} clauses came")
        case _:
            pass


def lateness(c: Conversation, event: Event) -> str | None:
    """Why this event comes too late to matter, or None where it may matter."""
    if c.stopped:
        return "session_over"
    if isinstance(event, _REPLY):
        return _reply_lateness(c, event)
    if isinstance(event, _SPEECH):
        return _speech_lateness(c, event.utterance, started=isinstance(event, SpeechStarted))
    match event:
        case DeadlineExpired():
            return None if event.deadline in c.deadlines.values() else "deadline_replaced"
        case UtteranceAssessed():
            return None if _is_in_question(c, event.utterance) else "not_in_question"
        case UtteranceTranscribed():
            asked = c.utterance is not None and event.voiced_ms == c.utterance.earlier_ms + c.utterance.voiced_ms
            return None if _is_awaited(c, event.utterance) and asked else "utterance_closed"
        case TranscriptionFailed():
            in_question = _is_in_question(c, event.utterance)
            return None if in_question or _is_awaited(c, event.utterance) else "utterance_closed"
        case _:
            return None


def _is_in_question(c: Conversation, utterance: int) -> bool:
    at = c.candidate
    return at is not None and at.sustained and at.since <= utterance <= at.id


def _is_awaited(c: Conversation, utterance: int) -> bool:
    return c.utterance is not None and c.utterance.ended and c.utterance.id == utterance


def _reply_lateness(c: Conversation, event: Event) -> str | None:
    reply = c.reply
    if reply is None or getattr(event, "reply", 0) != reply.id:
        return "reply_closed"
    match event:
        case ClauseGenerated() if reply.generated or event.clause < len(reply.clauses):
            return "clause_already_there"
        case ReplyGenerated() | GenerationFailed() if reply.generated:
            return "generation_already_over"
        case ChunkSynthesized():
            after_end = event.clause >= len(reply.clauses) or reply.clauses[event.clause].complete
            return "chunk_already_there" if after_end or event.first_sample < reply.samples else None
        case SynthesisFailed():
            after_end = event.clause >= len(reply.clauses) or reply.clauses[event.clause].complete
            return "clause_already_over" if after_end else None
        case _:
            return None


def _speech_lateness(c: Conversation, utterance: int, *, started: bool) -> str | None:
    if utterance < c.last_utterance:
        return "older_utterance"
    if utterance <= c.taken_utterance:
        return "turn_taken"
    if started and utterance == c.last_utterance:
        return "already_started"
    return None


def _known(event: Event, kind: str, value: int, last: int) -> None:
    if not 1 <= value <= last:
        _reject(event, f"{kind} {value} was never opened; the last is {last}")


def _reject(event: Event, why: str) -> None:
    raise UnexpectedEvent(f"{event}: {why}")
