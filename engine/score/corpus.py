"""The corpus: trials of every class in a split, the same for the same seed, numbers and recordings."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.score.classes import CLASSES, EventClass, ScoreError, event_class
from engine.score.clip import Clip
from engine.score.making import Script, make
from engine.score.phrases import Split
from engine.score.trial import TAIL_MS, Conditions, Trial
from models.ports import MIC_HZ, Samples

SNRS_DB = (None, 20, 10, 5)
ROOMS_MS = (0, 0, 250, 450)
ECHOES_DB = (None, None, None, -30, -20)
BACKGROUNDS = ("fan", "hiss", "music")
GHOST_S = 30
"""Length of a trial in which nothing happens but noise."""

_PER_MS = MIC_HZ // 1000


@dataclass(frozen=True, slots=True)
class Corpus:
    """``digest``: sixteen hex digits of every label in it."""

    split: Split
    seed: int
    trials: tuple[Trial, ...]
    story: Script
    second: Script
    opening: Clip
    digest: str


def build(
    split: Split,
    *,
    seed: int = 1,
    unit: int = 20,
    classes: Iterable[str] = (),
    recorded: Sequence[Clip] = (),
    rooms: Sequence[Samples] = (),
    echo: bool = True,
) -> Corpus:
    """``unit`` trials of each class, times its weight, of only these classes where any are named.

    Recorded clips (of this split) are taken first, each once, and at most half of a class where it has made clips
    too. Without ``echo`` nobody hears the loudspeaker. Raises ``ScoreError`` for a class that does not exist.
    """
    if unit < 1:
        raise ScoreError(f"trials must be 1 or more, not {unit}")
    wanted = {event_class(name).name for name in classes} or {each.name for each in CLASSES}
    chosen = [each for each in CLASSES if each.name in wanted]
    human = {each.name: _share(recorded, each, unit, seed) for each in chosen}
    counts = {each.name: each.weight * unit - len(human[each.name]) for each in chosen}
    made = make(split, seed, counts)
    trials = [
        _trial(each, split, number, clip, seed, rooms, echo=echo)
        for each in chosen
        for number, clip in enumerate([*human[each.name], *made.clips[each.name]])
    ]
    digest = _digest(trials, made.story)
    return Corpus(split, seed, tuple(trials), made.story, made.second, made.opening, digest)


def _share(recorded: Sequence[Clip], kind: EventClass, unit: int, seed: int) -> list[Clip]:
    """The recordings that a class takes: those of its own, in an order of the seed's."""
    own = [clip for clip in recorded if clip.kind == kind.name]
    order = np.random.default_rng([seed, zlib.crc32(kind.name.encode()), 5]).permutation(len(own))
    return [own[int(place)] for place in order[: max(1, kind.weight * unit // 2)]]


def _trial(
    kind: EventClass, split: Split, number: int, clip: Clip, seed: int, rooms: Sequence[Samples], *, echo: bool
) -> Trial:
    own = zlib.crc32(f"{split} {seed} {kind.name} {number}".encode())
    rng = np.random.default_rng(own)
    snr_db = SNRS_DB[number % len(SNRS_DB)]
    recorded_room = rooms[int(rng.integers(len(rooms)))] if len(rooms) and rng.random() < 0.25 else None
    conditions = Conditions(
        snr_db=snr_db,
        background=BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))],
        rt60_ms=ROOMS_MS[int(rng.integers(len(ROOMS_MS)))],
        echo_db=ECHOES_DB[number % len(ECHOES_DB)] if echo and kind.expected in ("yield", "hold") else None,
        room=recorded_room,
    )
    at_ms = int(rng.integers(1500, 4000)) if kind.expected in ("yield", "hold") else int(rng.integers(900, 1400))
    at = at_ms * _PER_MS + int(rng.integers(_PER_MS))  # anywhere in a detector's frame
    length = at + len(clip.samples) + TAIL_MS[kind.expected] * _PER_MS
    if kind.expected == "nothing":
        at, length = 0, GHOST_S * MIC_HZ
    return Trial(f"{kind.name}-{number}", kind.name, clip, conditions, at, own, length)


def _digest(trials: Iterable[Trial], story: Script) -> str:
    """Of labels, not of samples: those may differ in a last bit between machines, and tell the same."""
    whole = hashlib.sha256(f"{story.text} {story.spans}".encode())
    for trial in trials:
        clip, conditions = trial.clip, trial.conditions
        heard = (conditions.snr_db, conditions.background, conditions.rt60_ms, conditions.echo_db)
        whole.update(
            f"{trial.name} {clip.name} {clip.origin} {trial.onset} {trial.end} {trial.words} {heard}".encode()
        )
    return whole.hexdigest()[:16]
