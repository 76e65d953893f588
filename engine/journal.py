"""The journal: one wide line a step, the same bytes for the same steps."""

from collections.abc import Callable, Mapping
from typing import TextIO

import structlog

from engine.codec import header, step_record
from states.history import Entry
from states.settings import DialogueSettings
from states.step import Step


class Journal:
    """Writes ``transitions.jsonl``. Called by the loop only.

    Sorted keys, integers, fixed separators, no wall clock; each line is flushed. Where writing fails (a full disk),
    ``warn`` is told once and the session goes on without.
    """

    def __init__(self, file: TextIO, warn: Callable[[str], None]) -> None:
        self._file = file
        self._warn = warn
        self._failed = False
        renderer = structlog.processors.JSONRenderer(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(file), processors=[renderer], wrapper_class=structlog.BoundLogger
        )

    def open(
        self, settings: DialogueSettings, history: tuple[Entry, ...], rate_hz: int, models: Mapping[str, str]
    ) -> None:
        """Write the head."""
        self._write(header(settings, history, rate_hz, models))

    def write(self, step: Step) -> None:
        """Write one step."""
        self._write(step_record(step))

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            self._fail(error)

    def _write(self, record: dict[str, object]) -> None:
        if self._failed:
            return
        try:
            self._log.msg(record.pop("event"), **record)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        if not self._failed:
            self._warn(f"the transition log ends here: {error.strerror or error}")
        self._failed = True
