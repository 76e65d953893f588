"""The forms in which other programs read a session; each is a function of the log, imported when it is asked for."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.codec import Record
from engine.inspect.reader import read_log
from engine.inspect.redaction import redacted
from engine.inspect.story import Story, story_of

EXPORTS = {
    "perfetto": "engine.inspect.export_perfetto:render",
    "webvtt": "engine.inspect.export_webvtt:render",
    "mermaid-turn": "engine.inspect.export_mermaid:sequence",
    "mermaid-states": "engine.inspect.export_mermaid:states",
    "csv": "engine.inspect.export_csv:render",
    "otlp": "engine.inspect.export_otlp:render",
}
"""Name and function of each."""


@dataclass(frozen=True, slots=True)
class Told:
    """A session to be exported. ``turn``: the one that is asked for, None for the last.

    ``changed_ns``: when the log was last written to, in ns since 1970; the only wall clock there is.
    """

    path: Path
    head: Record
    lines: tuple[Record, ...]
    story: Story
    turn: int | None = None
    changed_ns: int = 0
    note: str = ""


def read_told(path: Path, *, turn: int | None = None, redact: bool = False) -> Told:
    """A log to be exported, as far as it can be read, which ``note`` tells. Raises ``JournalError``."""
    log = read_log(path)
    lines = tuple(map(redacted, log.lines)) if redact else log.lines
    story = story_of(log.head, lines)
    changed_ns = log.path.stat().st_mtime_ns
    return Told(log.path, log.head, lines, story, turn, changed_ns, log.note)


def export(form: str, told: Told) -> str:
    """The session in this form, as text that ends with a line's end. Raises ``IS2SError``."""
    module, _, name = EXPORTS[form].partition(":")
    render: Callable[[Told], str] = getattr(importlib.import_module(module), name)
    return render(told)
