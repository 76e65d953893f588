"""Re-execute a journal: the events it holds, through a fresh core, must give the lines it holds."""

import json
from dataclasses import dataclass

from engine.codec import event_of, history_of, settings_of, step_record
from engine.inspect.reader import Log
from states.dialogue import Dialogue
from states.errors import JournalError, UnexpectedEvent
from states.history import Entry


@dataclass(frozen=True, slots=True)
class Verification:
    """``mismatch`` is empty where all lines came out the same. ``history`` is the conversation, rebuilt."""

    lines: int
    mismatch: str
    history: tuple[Entry, ...]


def verify(log: Log) -> Verification:
    """Run the core over a log, as far as it could be read; a line cut off at its very end is no mismatch.

    Raises ``JournalError`` for a line that tells of no known event.
    """
    dialogue = Dialogue(settings_of(log.head), history_of(log.head))
    for number, line in enumerate(log.lines, 2):
        try:
            step = dialogue.handle(event_of(line), now=line["t_us"], heard=line["heard_samples"])
        except (UnexpectedEvent, KeyError) as error:
            raise JournalError(f"{log.path}: line {number} cannot be re-executed: {error}") from error
        again = json.loads(json.dumps(step_record(step)))
        if _plain(again) != _plain(line):
            keys = sorted(key for key in {*again, *line} if _plain(again.get(key)) != _plain(line.get(key)))
            found = "; ".join(f"{key}: logged {line.get(key)!r}, now {again.get(key)!r}" for key in keys)
            return Verification(number - 1, f"line {number} differs: {found}", dialogue.history.messages)
    mismatch = log.note if log.damaged else ""
    return Verification(len(log.lines), mismatch, dialogue.history.messages)


def _plain(value: object) -> str:
    """As JSON: to Python, 1 and true are equal."""
    return json.dumps(value, sort_keys=True)
