"""Playing backends: they answer from a cassette what the real ones answered when it was recorded.

Where the session asks what it asked then, the answers are the same to the bit. Where it asks something near (another
cut of the same sound, another history before the same last words), the nearest answer is given; where nothing is
near, ``BackendError`` names what is not on the cassette. Nothing is ever made up.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from models.cassette import FORMAT, FULL_SCALE
from models.ports import MIC_HZ, Audio, RecognizedWord, Samples, SpeechChunk, Transcript
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
    """What is on a cassette, calls in the order in which they began. ``note`` tells where reading stopped early."""

    clock: str
    rate_hz: int
    source_samples: int | None
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
    return Cassette(head["clock"], head["rate_hz"], head["source_samples"], per_mille, heard, answered, spoken, note)


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
    return {"source_samples": None, **head}


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


class _Once:
    """Chooses among equally fitting calls: the first that was not given yet, else the last of them again."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def choose(self, fitting: Sequence[int]) -> int:
        chosen = next((index for index in fitting if index not in self._given), fitting[-1])
        self._given.add(chosen)
        return chosen


def _finish(call: Heard | Answered | Spoken, what: str) -> None:
    """End as the recorded call ended."""
    if call.end == "failed":
        # Of the same name, for the journal has it. The class itself may be another library's.
        raise type(call.error[0], (BackendError,), {})(call.error[1])
    if call.end != "complete":
        raise BackendError(f"the cassette has no more of {what}: it was cut short when this was recorded")


class PlayingVad:
    """Recorded probabilities by the place of the frame; silence after the last. Frames are counted from the start."""

    def __init__(self, cassette: Cassette) -> None:
        self._per_mille = cassette.per_mille
        self._frames = 0

    def probability(self, frame: Samples) -> float:  # noqa: ARG002 - its sound was judged when it was recorded
        """What was said of the frame at this place."""
        place = self._frames
        self._frames += 1
        return self._per_mille[place] / 1000 if place < len(self._per_mille) else 0.0

    def reset(self) -> None:
        """Nothing to forget: the place on the cassette stays."""


class PlayingRecognizer:
    """Recorded transcripts of the same sound, else of the complete call that shares most of it."""

    def __init__(self, cassette: Cassette) -> None:
        self._calls = cassette.heard
        self._once = _Once()

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield what was heard there. Raises ``BackendError`` as recorded, or where nothing near was recorded."""
        first, end = audio.first_sample, audio.first_sample + len(audio.samples)
        span = f"the sound from {first / MIC_HZ:.3f} s to {end / MIC_HZ:.3f} s"
        call = self._calls[self._choose(first, end, span)]
        # A recogniser that hears nothing says so; that is no news, and not on the cassette.
        yield from call.answers or (Transcript(""),)
        _finish(call, span)

    def _choose(self, first: int, end: int, span: str) -> int:
        same = [i for i, c in enumerate(self._calls) if (c.first_sample, c.first_sample + c.samples) == (first, end)]
        if same:
            return self._once.choose(same)
        # Of two that share as much, the shorter one: it holds fewer words from elsewhere.
        near = [
            (min(end, c.first_sample + c.samples) - max(first, c.first_sample), -c.samples, i)
            for i, c in enumerate(self._calls)
            if c.end == "complete"
        ]
        best = max(near, default=(0, 0, 0))
        if best[0] <= 0:
            raise BackendError(f"the cassette has no transcript of {span}")
        return best[2]


class PlayingLanguageModel:
    """Recorded pieces for the same messages, else for the same last words of the user. It calls no function."""

    def __init__(self, cassette: Cassette) -> None:
        self._calls = cassette.answered
        self._once = _Once()

    def stream(self, messages: Sequence[Entry]) -> Iterator[str | ToolUse]:
        """Yield what was answered. Raises ``BackendError`` as recorded, or where nothing near was recorded."""
        asked = _last_words(messages)
        same = [i for i, call in enumerate(self._calls) if call.messages == tuple(messages)]
        near = same or [i for i, call in enumerate(self._calls) if asked and _last_words(call.messages) == asked]
        if not near:
            raise BackendError(f"the cassette has no answer to {asked!r}")
        call = self._calls[self._once.choose(near)]
        yield from call.answers
        _finish(call, f"the answer to {asked!r}")


def _piece(kept: Any) -> str | ToolUse:
    return kept if isinstance(kept, str) else ToolUse(**{k: v for k, v in kept.items() if k != "role"})


def _last_words(messages: Sequence[Entry]) -> str:
    return next((message.text for message in reversed(messages) if message.role == "user"), "")


class PlayingSynthesizer:
    """Recorded sound of the same text; where a text was spoken more than once, in that order."""

    def __init__(self, cassette: Cassette) -> None:
        self._calls = cassette.spoken
        self._rate_hz = cassette.rate_hz
        self._once = _Once()

    @property
    def rate_hz(self) -> int:
        """That of the recorded voice."""
        return self._rate_hz

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield what was spoken. Raises ``BackendError`` as recorded, or where the text was not spoken then."""
        same = [i for i, call in enumerate(self._calls) if call.text == text]
        if not same:
            raise BackendError(f"the cassette has no sound of {text!r}")
        call = self._calls[self._once.choose(same)]
        samples = _sound(call)
        done = 0
        for length, words, estimated in call.answers:
            yield SpeechChunk(samples[done : done + length], words, estimated)
            done += length
        _finish(call, f"the sound of {text!r}")


def _sound(call: Spoken) -> Samples:
    needed = sum(length for length, _, _ in call.answers)
    if not needed:
        return np.zeros(0, dtype=np.float32)
    if call.sound is None:
        raise BackendError(f"the cassette has lost the sound of {call.text!r}")
    try:
        levels, _ = soundfile.read(call.sound, dtype="int16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise BackendError(f"{call.sound}: cannot be read or is damaged: {error}") from error
    if levels.ndim != 1 or len(levels) < needed:
        raise BackendError(f"{call.sound}: is damaged: {len(levels)} of {needed} samples")
    samples: Samples = (levels / np.float32(FULL_SCALE)).astype(np.float32)
    return samples
