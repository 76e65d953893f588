"""What a session knows of the one that it goes on from."""

from dataclasses import dataclass
from typing import Any

from engine.codec import Record, history_of
from states.errors import JournalError
from states.history import Entry


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was said before, and the number of the last turn. ``session``: the folder's name; empty where none was.

    ``lines``: how many steps of its journal were whole. Ids of utterances and replies begin anew: they fence the work
    of one process, and each journal names its own.
    """

    history: tuple[Entry, ...] = ()
    turn: int = 0
    session: str = ""
    lines: int = 0

    def record(self) -> Record:
        """What the head of a journal says of it, beside the history; empty where there is nothing to say."""
        found: Record = {"turn": self.turn} if self.turn else {}
        if self.session:
            found["resumes"] = {"session": self.session, "lines": self.lines}
        return found


NOTHING_EARLIER = Earlier()


def earlier_of(head: Record) -> Earlier:
    """What the session with this head began with. Raises ``JournalError`` for a damaged head."""
    turn, resumes = head.get("turn", 0), head.get("resumes", {"session": "", "lines": 0})
    if not (type(turn) is int and turn >= 0 and _is_resumes(resumes)):
        raise JournalError("the head of the journal does not tell which session it goes on from")
    return Earlier(history_of(head), turn, resumes["session"], resumes["lines"])


def _is_resumes(value: Any) -> bool:
    return isinstance(value, dict) and type(value.get("session")) is str and type(value.get("lines")) is int
