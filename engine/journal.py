"""The journal: one wide line a step, the same bytes for the same steps."""

from collections.abc import Callable, Mapping
from typing import TextIO

import structlog

from engine.codec import as_line, header, step_record
from engine.line_file import LineFile
from states.history import Entry
from states.settings import DialogueSettings
from states.step import Step


class Journal:
    """Writes ``transitions.jsonl``. Called by the loop only; in a ``live`` session it never waits for the disk.

    Sorted keys, integers, fixed separators, no wall clock; each line is flushed. Where writing fails (a full disk),
    ``warn`` is told once and the session goes on without.
    """

    def __init__(self, file: TextIO, warn: Callable[[str], None], *, live: bool = False) -> None:
        self._lines = LineFile(file, "the transition log ends here", warn, live=live)
        renderer = structlog.processors.JSONRenderer(serializer=lambda record, **_: as_line(record))
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(self._lines),  # type: ignore[arg-type]  # of a file it takes write and flush
            processors=[renderer],
            wrapper_class=structlog.BoundLogger,
        )

    def open(
        self,
        settings: DialogueSettings,
        history: tuple[Entry, ...],
        rate_hz: int,
        models: Mapping[str, str],
        earlier: Mapping[str, object] | None = None,
    ) -> None:
        """Write the head; ``earlier`` is what it says of the session that this one goes on from."""
        self._write({**header(settings, history, rate_hz, models), **(earlier or {})})

    def write(self, step: Step) -> None:
        """Write one step."""
        self._write(step_record(step))

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _write(self, record: dict[str, object]) -> None:
        self._log.msg(record.pop("event"), **record)
