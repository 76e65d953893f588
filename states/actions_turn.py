"""Actions on the user's turn, from its words to the moment it is taken.

A turn whose words are known is *prepared*: its answer is generated and spoken into a playout that is held. It is
*taken*, into the history and out of the user's reach, once the silence has been long enough; until then speech that
goes on gives the floor back, and nothing has been heard or written down.
"""

from states.actions_speech import consider
from states.actions_utterance import arm, disarm
from states.commands import EndUtterance
from states.conversation import Conversation
from states.events import DeadlineExpired, SpeechDropped, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from states.history import Message
from states.step import Draft


def await_turn_end(c: Conversation, d: Draft) -> None:
    """Set the deadline at which the prepared turn is taken, unless the user seems to speak again."""
    if c.prepared is not None and c.candidate is None:
        arm(c, d, "turn", max(0, left_ms(c, d)))


def left_ms(c: Conversation, d: Draft) -> int:
    """What is left of the silence that ends the prepared turn."""
    assert c.prepared is not None
    return c.prepared.wait_ms - (d.now_us - c.prepared.utterance.quiet_us) // 1000


def consider_more(c: Conversation, e: SpeechStarted | SpeechResumed, d: Draft) -> None:
    """The user may go on with the prepared turn: it is not taken meanwhile."""
    consider(c, e, d)
    disarm(c, d, "turn")


def forget_more(c: Conversation, e: SpeechPaused | SpeechEnded | SpeechDropped | DeadlineExpired, d: Draft) -> None:
    """That was nothing: wait for the end of the prepared turn as before."""
    assert c.candidate is not None
    d.utterance = c.candidate.id
    c.candidate = None
    disarm(c, d, "candidate")
    await_turn_end(c, d)


def note_end(c: Conversation, e: SpeechEnded, d: Draft) -> None:
    """No more will come of this utterance; its words, asked for in a pause, are those of all of it."""
    at = c.prepared.utterance if c.prepared is not None else c.utterance
    assert at is not None
    at.over = True
    if c.candidate is not None and c.candidate.id == at.id:
        forget_more(c, e, d)


def commit_turn(c: Conversation, d: Draft) -> None:
    """Take the prepared turn: into the history with it, and what is said from now on is something new."""
    assert c.prepared is not None
    at, text = c.prepared.utterance, c.prepared.text
    c.prepared = None
    disarm(c, d, "turn")
    if c.candidate is not None and c.candidate.id == at.id:  # told of anew, under another id
        c.candidate = None
        disarm(c, d, "candidate")
    c.taken_utterance = at.id
    if not at.over:
        d.emit(EndUtterance(at.id))
    d.utterance = at.id
    learn_level(c, d, at.voice.level_db)
    enter_turn(c, d, text)


def learn_level(c: Conversation, d: Draft, level_db: int) -> None:
    """An accepted turn tells how loud this user is; -1: it was not measured."""
    if level_db < 0:
        return
    usual_db = c.usual_level_db
    follow = (level_db - usual_db) * c.settings.level_follow_pct
    c.usual_level_db = level_db if usual_db < 0 else usual_db + (follow + 50) // 100
    d.usual_level_db = c.usual_level_db


def enter_turn(c: Conversation, d: Draft, text: str) -> None:
    """User words into the history; all that enter in one step are one turn."""
    c.history.add(Message("user", text))
    c.turn += d.said is None
    c.own_in_a_row = 0
    d.said = text if d.said is None else f"{d.said} {text}"
