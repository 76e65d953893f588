"""Re-execute a journal: the events it holds, through a fresh core, must give the lines it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.codec import Record, as_line, event_of, is_older, settings_of, step_record
from engine.earlier import earlier_of
from engine.inspect.reader import Readable
from states.dialogue import Dialogue
from states.errors import JournalError, UnexpectedEvent
from states.history import Entry

Check = Callable[[Record], str]
"""Says what is wrong with a line by itself, its head included; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Verification:
    """``mismatch`` is empty where all lines came out the same. ``history`` is the conversation, rebuilt.

    ``older``: an older version wrote the log, so a mismatch proves nothing against it: the rules have changed since.
    """

    lines: int
    mismatch: str
    history: tuple[Entry, ...]
    older: bool = False


def verify(log: Readable, check: Check = lambda _: "", *, quote: bool = True) -> Verification:
    """Run the core over a log, as far as it could be read; a line cut off at its very end is no mismatch.

    Of an older log only what it holds is compared: later versions write more. Takes a line at a time, so that the
    log may be a stream. A mismatch quotes what differs, spoken words included, unless told not to. Raises
    ``JournalError`` for a line that tells of no known event.
    """
    older = is_older(log.head)
    settings, earlier = settings_of(log.head), earlier_of(log.head)
    dialogue = Dialogue(settings, earlier.history, turn=earlier.turn)
    count = 0
    mismatch = _by_itself(1, check(log.head))
    for number, line in enumerate(log.lines, 2):
        mismatch = mismatch or _by_itself(number, check(line))
        if mismatch:
            break
        try:
            mismatch = _re_executed(dialogue, line, number, older=older, quote=quote)
        except (UnexpectedEvent, JournalError, KeyError) as error:
            mismatch = f"line {number} cannot be re-executed: {error}"
            if not older:
                raise JournalError(f"{log.path}: {mismatch}") from error
        if mismatch:
            break
        count += 1
    else:
        mismatch = mismatch or (log.note if log.damaged else "")
    return Verification(count, mismatch, dialogue.history.messages, older)


def _by_itself(number: int, wrong: str) -> str:
    return f"line {number} breaks the schema: {wrong}" if wrong else ""


def _re_executed(dialogue: Dialogue, line: Record, number: int, *, older: bool, quote: bool) -> str:
    """How the line of today differs from the one that was logged; empty where it does not."""
    step = dialogue.handle(event_of(line, older=older), now=line["t_us"], heard=line["heard_samples"])
    again = step_record(step)
    if older:
        again = _known_to(line, again)
    if as_line(again) == as_line(line):
        return ""
    keys = sorted(key for key in {*again, *line} if _differs(again, line, key))
    found = "; ".join(f"{key}: logged {line.get(key)!r}, now {again.get(key)!r}" if quote else key for key in keys)
    return f"line {number} differs: {found}"


def _differs(again: Record, line: Record, key: str) -> bool:
    """As JSON: to Python, 1 and true are equal, and a tuple is no list."""
    return as_line({"": again.get(key)}) != as_line({"": line.get(key)})


def _known_to(old: Any, new: Any) -> Any:
    """``new`` without the keys that ``old`` does not have, at any depth."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: _known_to(old[key], value) for key, value in new.items() if key in old}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_known_to(a, b) for a, b in zip(old, new, strict=True)]
    return new
