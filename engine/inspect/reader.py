"""Read a transition log, also one that was cut off in mid-line, and as it grows."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import orjson

from engine.codec import FORMAT, OLDEST, Record
from states.errors import JournalError


class Readable(Protocol):
    """A journal as far as it could be read. ``lines`` are its transitions; of a stream they come once.

    ``note`` says where and why reading stopped early, else empty. ``damaged``: it stopped at a line that no crash can
    have left so, for it is not the last. Of a stream both are true once ``lines`` have come to their end.
    """

    @property
    def path(self) -> Path: ...
    @property
    def head(self) -> Record: ...
    @property
    def lines(self) -> Iterable[Record]: ...
    @property
    def note(self) -> str: ...
    @property
    def damaged(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Log:
    """A journal in memory; see ``Readable``."""

    path: Path
    head: Record
    lines: tuple[Record, ...]
    note: str
    damaged: bool = False


_STEP: tuple[tuple[str, type], ...] = (
    ("seq", int),
    ("t_us", int),
    ("source", str),
    ("dest", str),
    ("outcome", str),
    ("reason", str),
    ("heard_samples", int),
    ("commands", list),
    ("on", dict),
)
"""What every transition has, as far as readers of the log rely on it."""

_HEAD_BYTES = 1 << 26
"""A head may hold the history of the session before; beyond this it is none."""


def journal_path(path: Path) -> Path:
    """The journal itself: ``path``, or ``transitions.jsonl`` in that folder."""
    return path / "transitions.jsonl" if path.is_dir() else path


def read_log(path: Path) -> Log:
    """Read ``transitions.jsonl``, or that of a session folder. Raises ``JournalError`` where nothing can be read."""
    stream = stream_log(path)
    lines = tuple(stream.lines)
    return Log(stream.path, stream.head, lines, stream.note, stream.damaged)


def stream_log(path: Path) -> "Stream":
    """The same, line by line: takes no more memory for a log of a day. Raises ``JournalError`` likewise."""
    return Stream(journal_path(path))


class Stream:
    """A log that is being read: its head is, its ``lines`` come once, as they are asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.note = ""
        self.damaged = False
        with _opened(path) as file:
            first = file.readline(_HEAD_BYTES)
        self.head = head_of(path, first)
        self.lines = self._read(len(first))

    def _read(self, start: int) -> Iterator[Record]:
        with _opened(self.path) as file:
            file.seek(start)
            for number, line in enumerate(file, 2):
                record = record_of(line)
                if record is None:
                    self.damaged = bool(file.read(1))
                    what = "is damaged" if self.damaged else "is cut off or damaged"
                    self.note = f"line {number} {what}; read as far as line {number - 1}"
                    return
                if record["event"] == "transition":
                    yield record


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from error


def head_of(path: Path, line: bytes) -> Record:
    """The head of a log. Raises ``JournalError`` where this is none, or of a version that is not known."""
    head = record_of(line)
    if head is None or head["event"] != "session":
        raise JournalError(f"{path}: not a transition log: it has no head")
    version = head.get("format")
    if type(version) is not int or not OLDEST <= version <= FORMAT:
        raise JournalError(f"{path}: format {version} is not known; this version reads {OLDEST} to {FORMAT}")
    return head


def record_of(line: bytes) -> Record | None:
    """A line as a record; None where it is none, or a transition without what every one has."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        record = _half_a_pair(line)
    if not isinstance(record, dict) or "event" not in record:
        return None
    if record["event"] == "transition":
        for name, kind in _STEP:
            if type(record.get(name)) is not kind:
                return None
        if "type" not in record["on"]:
            return None
        for command in record["commands"]:
            if not isinstance(command, dict) or "type" not in command:
                return None
    return record


def _half_a_pair(line: bytes) -> object:
    """What orjson does not read and ``json`` does: half a surrogate pair, which a model may have yielded."""
    if b"\\ud" not in line and b"\\uD" not in line:
        return None
    try:
        return json.loads(line.decode())  # as text: from bytes it would guess other encodings
    except (ValueError, RecursionError):
        return None
