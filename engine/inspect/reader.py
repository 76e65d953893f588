"""Read a transition log, also one that was cut off in mid-line."""

import json
from dataclasses import dataclass
from pathlib import Path

from engine.codec import FORMAT, Record
from states.errors import JournalError


@dataclass(frozen=True, slots=True)
class Log:
    """A journal as far as it could be read. ``note`` says where and why reading stopped early, else empty."""

    path: Path
    head: Record
    lines: tuple[Record, ...]
    note: str


def read_log(path: Path) -> Log:
    """Read ``transitions.jsonl``, or that of a session folder. Raises ``JournalError`` where nothing can be read."""
    if path.is_dir():
        path = path / "transitions.jsonl"
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from error
    records: list[Record] = []
    note = ""
    for number, line in enumerate(text.splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            record = None
        if not isinstance(record, dict) or "event" not in record:
            note = f"line {number} is cut off or damaged; read as far as line {number - 1}"
            break
        records.append(record)
    if not records or records[0]["event"] != "session":
        raise JournalError(f"{path}: not a transition log: it has no head")
    if records[0].get("format") != FORMAT:
        raise JournalError(f"{path}: format {records[0].get('format')} is not known; this version reads {FORMAT}")
    lines = tuple(record for record in records[1:] if record["event"] == "transition")
    return Log(path, records[0], lines, note)
