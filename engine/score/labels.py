"""Labels of what is heard in an ``input.wav``, for any engine's ``output.wav`` beside it.

A folder holds ``labels.toml`` and either ``input.wav`` and ``output.wav``, or a ``conversation.wav`` with the
microphone left and the assistant right. Both sides begin at the same moment; samples count at 16 kHz::

    [[event]]
    class = "yeah_but"
    onset_sample = 51200
    end_sample = 70400
    take_over_sample = 58800      # optional: where the floor is taken, for a "yeah, but"
    origin = "recorded"           # or "made"

``control.wav``, where there is one, is what the same engine says where nothing is heard at the microphone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import soundfile
import soxr

from engine.audio.wav_source import read_audio
from engine.config import read_toml
from engine.score.classes import EventClass, ScoreError, event_class
from models.ports import MIC_HZ, Samples

LABELS = "labels.toml"
_UNEQUAL_S = 1.0
_RISES_DB, _STAYS_DB = 20.0, 3.0
_KEYS = {"class", "onset_sample", "end_sample", "take_over_sample", "origin", "text"}


@dataclass(frozen=True, slots=True)
class Label:
    """An event on the timeline, in samples."""

    event: EventClass
    onset: int
    end: int
    take_over: int
    origin: Literal["made", "recorded"] = "made"


@dataclass(frozen=True, slots=True)
class Session:
    """Both sides of a session, equally long, and what is in the one."""

    name: str
    mic: Samples
    out: Samples
    labels: tuple[Label, ...]
    control: Samples | None = None


def read_session(folder: Path) -> Session:
    """Read a folder. Raises ``ScoreError`` or ``AudioFileError``, one line."""
    if not folder.is_dir():
        raise ScoreError(f"{folder}: there is no such folder")
    if not (folder / LABELS).is_file():
        raise ScoreError(f"{folder / LABELS}: there are no labels")
    mic, out = _sides(folder)
    if abs(len(mic) - len(out)) > _UNEQUAL_S * MIC_HZ:
        lengths = f"{len(mic) / MIC_HZ:.1f} s of input and {len(out) / MIC_HZ:.1f} s of output"
        raise ScoreError(f"{folder}: {lengths}; both must begin and end together")
    length = max(len(mic), len(out))
    mic, out = (np.pad(side, (0, length - len(side))) for side in (mic, out))
    labels = read_labels(folder / LABELS, length)
    if not any(np.any(mic[label.onset : label.end]) for label in labels):
        raise ScoreError(f"{folder}: the input is silent at every event; are input and output swapped?")
    if all(_rise_db(out, label) >= _RISES_DB and _rise_db(mic, label) < _STAYS_DB for label in labels):
        raise ScoreError(f"{folder}: the output begins at every event and the input does not: are they swapped?")
    control = read_audio(folder / "control.wav") if (folder / "control.wav").is_file() else None
    return Session(folder.name, mic, out, labels, control)


def _rise_db(side: Samples, label: Label) -> float:
    """How much louder 0.2 s from the onset on are than 0.2 s before it."""
    reach = MIC_HZ // 5
    before, after = side[max(0, label.onset - reach) : label.onset], side[label.onset : label.onset + reach]
    powers = [float(np.mean(np.square(part, dtype=np.float64))) if len(part) else 0.0 for part in (before, after)]
    return 10 * float(np.log10((powers[1] + 1e-10) / (powers[0] + 1e-10)))


def read_labels(path: Path, length: int) -> tuple[Label, ...]:
    """The events in a file of labels; each must lie within ``length`` samples. Raises ``ScoreError``."""
    entries = read_toml(path).get("event", [])
    if not entries:
        raise ScoreError(f"{path}: names no [[event]]")
    return tuple(_label(entry, length, f"{path}: event {number}") for number, entry in enumerate(entries, 1))


def _label(entry: Mapping[str, Any], length: int, place: str) -> Label:
    if unknown := set(entry) - _KEYS:
        raise ScoreError(f"{place}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(_KEYS))}")
    if missing := {"class", "onset_sample", "end_sample"} - set(entry):
        raise ScoreError(f"{place}: has no {sorted(missing)[0]}")
    try:
        event = event_class(str(entry["class"]))
    except ScoreError as error:
        raise ScoreError(f"{place}: {error}") from error
    onset, end = entry["onset_sample"], entry["end_sample"]
    take_over = entry.get("take_over_sample", onset)
    if not all(type(sample) is int for sample in (onset, end, take_over)):
        raise ScoreError(f"{place}: samples must be whole numbers")
    if not 0 <= onset <= take_over < end <= length:
        order = f"onset {onset}, take-over {take_over}, end {end}"
        raise ScoreError(f"{place}: {order}: must be in this order and within the {length} samples there are")
    return Label(event, onset, end, take_over, "recorded" if entry.get("origin") == "recorded" else "made")


def _sides(folder: Path) -> tuple[Samples, Samples]:
    both = folder / "conversation.wav"
    if not both.is_file():
        return read_audio(folder / "input.wav"), read_audio(folder / "output.wav")
    read_audio(both)  # says what is wrong with it
    sound, rate_hz = soundfile.read(both, dtype="float32", always_2d=True)
    if sound.shape[1] != 2:
        raise ScoreError(f"{both}: must have two channels, the microphone left and the assistant right")
    left, right = (np.ascontiguousarray(sound[:, side]) for side in (0, 1))
    if rate_hz != MIC_HZ:
        left, right = (soxr.resample(side, rate_hz, MIC_HZ, quality="HQ") for side in (left, right))
    return left, right
