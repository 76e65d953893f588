"""Coughs, laughs, keys and sirens for a corpus: ``scenarios/noises.py`` with seeds and pitches of each split's own.

They are made, not recorded, and a lower bound of the trouble (see there).
"""

import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
import soxr

from engine.score.classes import ScoreError
from engine.score.clip import Clip, audible_span, levelled
from models.ports import MIC_HZ, Samples

NOISES = Path(__file__).resolve().parents[2] / "scenarios" / "noises.py"
LEVELS_DB = {
    "cough": -22.0,
    "laugh": -26.0,
    "sigh": -36.0,
    "throat": -28.0,
    "hum": -28.0,
    "typing": -36.0,
    "fan": -40.0,
}
ROOM_DB = -30.0
_MARGIN = MIC_HZ // 50

Rng = np.random.Generator
_FIXED = {"door": ("door", "knock"), "chair": ("chair", "paper"), "siren": ("siren",), "music": ("music",)}


@lru_cache(maxsize=1)
def makers() -> ModuleType:
    """The module that makes noises, which lies with the scenarios. Raises ``ScoreError`` outside a checkout."""
    spec = importlib.util.spec_from_file_location("is2s_scenario_noises", NOISES)
    if spec is None or spec.loader is None or not NOISES.is_file():
        raise ScoreError(f"{NOISES}: is missing; made noises need a checkout of the repository")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def noise_clip(kind: str, name: str, speaker: str, rng: Rng) -> Clip:
    """One made noise of this class; every call draws a new one."""
    sound = _MADE[kind](rng) if kind in _MADE else _stock(str(rng.choice(_FIXED.get(kind, (kind,)))), rng)
    samples = levelled(np.asarray(sound, dtype=np.float32), LEVELS_DB.get(kind, ROOM_DB) + float(rng.uniform(-3, 3)))
    first, end = audible_span(samples)
    start = max(0, first - _MARGIN)
    return Clip(name, kind, speaker, "made", samples[start : end + _MARGIN], first - start, end - start)


def steady(kind: str, samples: int, rng: Rng) -> Samples:
    """So much of a noise that goes on and on, at an arbitrary level: ``fan``, ``music``, ``typing`` or ``hiss``."""
    if kind == "hiss":
        return rng.standard_normal(samples).astype(np.float32)
    loop = _stock(kind, rng)
    return np.resize(np.roll(loop, int(rng.integers(len(loop)))), samples)


def _stock(name: str, rng: Rng) -> Samples:
    """A noise of the bank, up to a fifth higher or lower and as much quicker or slower."""
    sound = np.asarray(makers().NOISES[name][1](), dtype=np.float64)
    factor = float(rng.uniform(0.82, 1.22))
    return np.asarray(soxr.resample(sound, MIC_HZ * factor, MIC_HZ), dtype=np.float32)


def _cough(rng: Rng) -> Samples:
    noises, seed = makers(), int(rng.integers(1 << 20))
    first = noises.one_cough(float(rng.uniform(180, 420)), float(rng.uniform(0.2, 2.8)), seed)
    if rng.random() < 0.4:
        second = noises.one_cough(float(rng.uniform(200, 380)), float(rng.uniform(0.2, 2.8)), seed + 77)
        return np.asarray(noises.place(1000, (0, first), (float(rng.uniform(380, 520)), 0.8 * second)))
    return np.asarray(first)


def _throat(rng: Rng) -> Samples:
    noises, seed = makers(), int(rng.integers(1 << 20))
    pitch_hz, voiced = float(rng.uniform(80, 180)), float(rng.uniform(0.0, 2.8))
    first = noises.hem(float(rng.uniform(160, 320)), seed, pitch_hz, voiced)
    second = noises.hem(float(rng.uniform(240, 460)), seed + 3, pitch_hz * 0.95, voiced)
    return np.asarray(noises.place(860, (0, first), (float(rng.uniform(300, 380)), second)))


def _sigh(rng: Rng) -> Samples:
    noises, ms = makers(), float(rng.uniform(600, 1200))
    points = [(0, 0), (ms * 0.17, 1), (ms * 0.45, 0.6), (ms, 0)]
    return np.asarray(noises.breath(ms, int(rng.integers(1 << 20)), noises.THROAT[1:], points))


_MADE: dict[str, Callable[[Rng], Samples]] = {"cough": _cough, "throat": _throat, "sigh": _sigh}
