"""Reading a cassette: what every model was asked, and what it answered. ``models.cassette`` wrote it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.cassette import FORMAT
from models.ports import RecognizedWord, Transcript
from states.errors import BackendError
from states.history import Entry, ToolUse, entry_from

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A call of the recogniser. ``end``: ``complete``, ``failed`` with ``error`` (type, message), else cut short."""

    first_sample: int
    samples: int
    answers: tuple[Transcript, ...]
    end: str
    error: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """A call of the language model."""

    messages: tuple[Entry, ...]
    answers: tuple[str | ToolUse, ...]
    end: str
    error: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A call of the synthesiser; each answer is (samples, words, estimated), the sound itself is in ``sound``."""

    text: str
    answers: tuple[tuple[int, tuple[tuple[int, int, int, int], ...], bool], ...]
    end: str
    error: tuple[str, str]
    sound: Path | None


@dataclass(frozen=True, slots=True)
class Cassette:
    """What is on a cassette, calls in the order in which they began.

    ``models``: who was recorded, by role. ``note`` tells where reading stopped early.
    """

    clock: str
    rate_hz: int
    source_samples: int | None
    models: Mapping[str, str]
    per_mille: Sequence[int]
    heard: tuple[Heard, ...]
    answered: tuple[Answered, ...]
    spoken: tuple[Spoken, ...]
    note: str


def read_cassette(folder: Path) -> Cassette:
    """Read a cassette; its sounds are left for later. One that is cut off or damaged is read as far as it goes.

    Raises ``BackendError`` where it is none, or of another version.
    """
    head = _head(folder)
    lines, note = read_lines(folder / "calls.jsonl")
    calls: dict[type, list[tuple[int, Any]]] = {Heard: [], Answered: [], Spoken: []}
    for number, line in enumerate(lines, 1):
        try:
            call = _call(line, folder)
            calls[type(call)].append((int(line["n"]), call))
        except (KeyError, TypeError, ValueError, AttributeError):
            note = f"{folder / 'calls.jsonl'}: line {number} is damaged; read as far as line {number - 1}"
            break
    try:
        raw = (folder / "vad.u16").read_bytes()
    except OSError as error:
        raise BackendError(f"{folder / 'vad.u16'}: {error.strerror}") from error
    per_mille = np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<u2").tolist()
    heard, answered, spoken = (tuple(c for _, c in sorted(of, key=lambda pair: pair[0])) for of in calls.values())
    clock, rate_hz, samples, models = (head[name] for name in ("clock", "rate_hz", "source_samples", "models"))
    return Cassette(clock, rate_hz, samples, models, per_mille, heard, answered, spoken, note)


def read_lines(path: Path) -> tuple[list[Record], str]:
    """The lines of a file of JSON objects as far as they are whole, and a note where that is not to the end."""
    try:
        raw = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BackendError(f"{path}: {error.strerror}") from error
    if not raw[-1]:
        raw.pop()
    records: list[Record] = []
    for number, line in enumerate(raw, 1):
        try:
            record = json.loads(line.decode())
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            what = "is damaged" if number < len(raw) else "is cut off or damaged"
            return records, f"{path}: line {number} {what}; read as far as line {number - 1}"
        records.append(record)
    return records, ""


def _head(folder: Path) -> Record:
    path = folder / "head.json"
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BackendError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BackendError(f"{path}: is damaged: {error}") from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        found = head.get("format") if isinstance(head, dict) else None
        raise BackendError(f"{path}: format {found} is not known; this version plays {FORMAT}")
    length = head.get("source_samples")
    sound = type(head.get("rate_hz")) is int and head["rate_hz"] > 0 and (length is None or type(length) is int)
    if not sound or head.get("clock") not in ("virtual", "monotonic"):
        raise BackendError(f"{path}: is damaged: it must tell clock, rate_hz and source_samples")
    return {"source_samples": None, "models": {}, **head}


def _call(line: Record, folder: Path) -> Heard | Answered | Spoken:
    """A line as a value; ``KeyError``, ``TypeError``, ``ValueError`` or ``AttributeError`` where it is none."""
    role, end = line["role"], str(line["end"])
    kind, message = line.get("error", ("", ""))
    error = (str(kind), str(message))
    if role == "stt":
        transcripts = tuple(
            Transcript(**{**answer, "words": tuple(RecognizedWord(**word) for word in answer["words"])})
            for answer in line["answers"]
        )
        return Heard(int(line["first_sample"]), int(line["samples"]), transcripts, end, error)
    if role == "llm":
        messages = tuple(entry_from(entry) for entry in line["messages"])
        return Answered(messages, tuple(_piece(piece) for piece in line["answers"]), end, error)
    if role == "tts":
        chunks = tuple(
            (
                int(a["samples"]),
                tuple((int(b), int(c), int(d), int(e)) for b, c, d, e in a["words"]),
                bool(a["estimated"]),
            )
            for a in line["answers"]
        )
        sound = folder / Path(line["sound"]).name if "sound" in line else None
        return Spoken(str(line["text"]), chunks, end, error, sound)
    raise ValueError(f"role is {role!r}")


def _piece(kept: Any) -> str | ToolUse:
    return kept if isinstance(kept, str) else ToolUse(**{k: v for k, v in kept.items() if k != "role"})
