"""Leave out what was said, keep what happened: one rule, for every form in which a log is shown."""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from engine.codec import Record
from states.history import Entry


def redacted(record: Record) -> Record:
    """A line of the journal, its head included, without spoken words; of each text it tells how many words it had.

    Nothing is left of ``text.*``, of the messages of a history, of what an error says (a model's may repeat what it
    was asked) and of where in a clause its words begin and end, from which short words can be guessed. What is empty
    stays empty: that nothing was understood is a fact and no word. Such a line does not re-execute.
    """
    shown = copy.copy(record)
    for name, value in record.items():
        if name.startswith("text."):
            shown[name] = _without_words(value)
    on = record.get("on")
    if isinstance(on, dict):
        shown["on"] = {name: _of_event(name, value) for name, value in on.items()}
    return shown


def redacted_lines(lines: Iterable[Record]) -> Iterator[Record]:
    """The same for each of them."""
    return map(redacted, lines)


def redacted_entries(history: Iterable[Entry]) -> list[tuple[str, str, bool]]:
    """Role, words and cut of a conversation's entries, without the words."""
    return [(entry.role, str(_without_words(entry.text)), entry.cut) for entry in history]


def _of_event(name: str, value: Any) -> Any:
    if name == "error":
        return _without_words(value)
    if name == "words" and isinstance(value, list):
        return [[0, 0, *span[2:]] if isinstance(span, list) else [0, 0, 0, 0] for span in value]
    return value


def _without_words(value: Any) -> Any:
    """Any text in it replaced, at any depth; roles and marks of messages are none."""
    if isinstance(value, str):
        count = len(value.split())
        return f"[{count} word{'s' if count != 1 else ''}]" if count else value
    if isinstance(value, dict):
        return {name: part if name in ("role", "name") else _without_words(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_words(part) for part in value]
    return value
