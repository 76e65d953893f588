"""Read a transition log, also one that was cut off in mid-line."""

import json
from dataclasses import dataclass
from pathlib import Path

from engine.codec import FORMAT, Record
from states.errors import JournalError


@dataclass(frozen=True, slots=True)
class Log:
    """A journal as far as it could be read. ``note`` says where and why reading stopped early, else empty.

    ``damaged``: it stopped at a line that no crash can have left so, for it is not the last.
    """

    path: Path
    head: Record
    lines: tuple[Record, ...]
    note: str
    damaged: bool = False


_STEP: dict[str, type] = {
    "seq": int,
    "t_us": int,
    "source": str,
    "dest": str,
    "outcome": str,
    "reason": str,
    "heard_samples": int,
    "commands": list,
    "on": dict,
}
"""What every transition has, as far as readers of the log rely on it."""


def read_log(path: Path) -> Log:
    """Read ``transitions.jsonl``, or that of a session folder. Raises ``JournalError`` where nothing can be read."""
    if path.is_dir():
        path = path / "transitions.jsonl"
    try:
        lines = path.read_bytes().split(b"\n")  # not splitlines: words may hold what Unicode calls a line's end
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from error
    if not lines[-1]:
        lines.pop()
    records: list[Record] = []
    note, damaged = "", False
    for number, line in enumerate(lines, 1):
        record = _record(line)
        if record is None:
            damaged = number < len(lines)
            what = "is damaged" if damaged else "is cut off or damaged"
            note = f"line {number} {what}; read as far as line {number - 1}"
            break
        records.append(record)
    if not records or records[0]["event"] != "session":
        raise JournalError(f"{path}: not a transition log: it has no head")
    if records[0].get("format") != FORMAT:
        raise JournalError(f"{path}: format {records[0].get('format')} is not known; this version reads {FORMAT}")
    steps = tuple(record for record in records[1:] if record["event"] == "transition")
    return Log(path, records[0], steps, note, damaged)


def _record(line: bytes) -> Record | None:
    """A line as a record; None where it is none, or a transition without what every one has."""
    try:
        record = json.loads(line.decode())  # as text: from bytes it would guess other encodings
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or "event" not in record:
        return None
    if record["event"] == "transition":
        whole = all(type(record.get(name)) is kind for name, kind in _STEP.items())
        if not (
            whole and all(isinstance(part, dict) and "type" in part for part in (record["on"], *record["commands"]))
        ):
            return None
    return record
