"""Conditions about the end of the user's turn: adjectival and pure, like those in ``guards``."""

from states.conversation import Conversation, Utterance
from states.events import DeadlineExpired, Event, SpeechEnded, SpeechEvent, SpeechPaused
from states.step import Draft


def prepares(c: Conversation, e: Event, d: Draft) -> bool:
    """Answers are prepared in pauses."""
    return c.settings.prepare


def is_prepared(c: Conversation, e: Event, d: Draft) -> bool:
    """An answer is being prepared, and its turn is not taken."""
    return c.prepared is not None


def is_of_turn(c: Conversation, e: SpeechEvent, d: Draft) -> bool:
    """The utterance whose words are awaited or known, and which may go on."""
    at = _asked(c)
    return at is not None and not at.over and e.utterance == at.id


def is_more_of_turn(c: Conversation, e: SpeechPaused | SpeechEnded, d: Draft) -> bool:
    """The user said enough after the words that were asked for to ask for them anew."""
    at, more = _asked(c), c.candidate
    if at is None or more is None or more.id != e.utterance:
        return False
    return e.utterance != at.id or e.voiced_ms - at.voiced_ms >= c.settings.more_voiced_ms


def is_open(c: Conversation, e: Event, d: Draft) -> bool:
    """The words were asked for in a pause, after which more may come."""
    return c.utterance is not None and not c.utterance.over


def is_turn_deadline(c: Conversation, e: DeadlineExpired, d: Draft) -> bool:
    """The silence has been long enough."""
    return e.deadline == c.deadlines.get("turn")


def is_silent_answer(c: Conversation, e: Event, d: Draft) -> bool:
    """All of the answer is there, and it has no sound."""
    return c.reply is not None and c.reply.is_finished(d.heard)


def _asked(c: Conversation) -> Utterance | None:
    if c.prepared is not None:
        return c.prepared.utterance
    return c.utterance if c.utterance is not None and c.utterance.ended else None
