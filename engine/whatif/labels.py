"""What a recording really holds: ``labels.toml`` beside a session or a scenario, written by a person.

The form is that of ``is2s score``; samples count at 16 kHz from the start of the microphone::

    [[event]]
    class = "interruption"        # backchannel, noise, aside, turn, nothing, or one of its classes
    onset_sample = 51200
    end_sample = 70400

In a scenario whose takes wait for the conversation, ``user = 2`` in place of samples names the second ``[[user]]``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.config import read_toml
from engine.score.classes import CLASSES as FINER
from engine.score.classes import Expected
from models.ports import MIC_HZ
from states.errors import ScenarioError

LABELS = "labels.toml"
_BROAD: dict[str, Expected] = {
    "interruption": "yield",
    "noise": "hold",
    "aside": "hold",
    "turn": "turn",
    "nothing": "nothing",
}
_FINER: dict[str, Expected] = {each.name: each.expected for each in FINER}
CLASSES = _BROAD | _FINER
"""Those that a person tells apart at once, and the finer ones of ``is2s score``."""
_KEYS = {"class", "onset_sample", "end_sample", "take_over_sample", "user", "origin", "text"}


@dataclass(frozen=True, slots=True)
class Label:
    """An event at the microphone. ``take``: the number of the scenario's entry that is it; 0 where samples say when.

    Times count from the microphone's start, and mean nothing where there is a take.
    """

    kind: str
    wanted: Expected
    onset_us: int = 0
    end_us: int = 0
    take: int = 0


def read_labels(folder: Path) -> tuple[Label, ...]:
    """The labels of a session or scenario folder; none where it has no such file. Raises ``ScenarioError``."""
    path = folder / LABELS
    if not path.is_file():
        return ()
    entries = read_toml(path).get("event", [])
    if not isinstance(entries, list) or not entries:
        raise ScenarioError(f"{path}: names no [[event]]")
    return tuple(_label(entry, f"{path}: event {number}") for number, entry in enumerate(entries, 1))


def _label(entry: Mapping[str, Any], place: str) -> Label:
    if unknown := set(entry) - _KEYS:
        raise ScenarioError(f"{place}: unknown key {min(unknown)!r}; known are {', '.join(sorted(_KEYS))}")
    kind = str(entry.get("class", ""))
    if kind not in CLASSES:
        raise ScenarioError(f"{place}: class {kind!r} is none of {', '.join(CLASSES)}")
    if "user" in entry:
        if type(entry["user"]) is not int or entry["user"] < 1:
            raise ScenarioError(f"{place}: user counts entries from 1")
        return Label(kind, CLASSES[kind], take=entry["user"])
    onset, end = entry.get("onset_sample"), entry.get("end_sample")
    if type(onset) is not int or type(end) is not int or not 0 <= onset < end:
        raise ScenarioError(f"{place}: needs onset_sample and a later end_sample, whole numbers, or user")
    return Label(kind, CLASSES[kind], onset * 1_000_000 // MIC_HZ, end * 1_000_000 // MIC_HZ)
