"""Is the assistant heard? An energy gate over the output, and how far it can be trusted.

The ruler must not be the engine's own detector, and need not be: the output is the assistant alone. What is heard is
what lies above the gate; the gate is put above the output's own floor and then tried on hard cuts, whose place is
known to the sample (``calibrate``).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.ports import MIC_HZ, Samples

GATE = 3 / 32768
"""Least level that counts as heard: two steps above the rounding of 16 bits."""
_FLOOR_MARGIN = 2.0
BRIDGE = 60 * MIC_HZ // 1000
"""Shorter silences are inside a word: a stop's closure lasts 50 to 100 ms (Byrd 1993), most of them less than 60."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Errors of the silence onset over hard cuts at known places, in samples: never early, seldom late."""

    cuts: int
    median_samples: float
    p95_samples: float
    worst_samples: float


def gate_above(quiet: Samples) -> float:
    """The gate for an output of which this stretch is known to be quiet: ``GATE``, or twice its largest sample."""
    floor = float(np.max(np.abs(quiet), initial=0.0))
    return max(GATE, _FLOOR_MARGIN * floor)


def heard_runs(out: Samples, gate: float = GATE, bridge: int = BRIDGE) -> list[tuple[int, int]]:
    """(first, end) of every stretch in which the assistant is heard, silences shorter than ``bridge`` included."""
    loud = np.flatnonzero(np.abs(out) > gate)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > bridge)
    firsts = [int(loud[0]), *(int(loud[place + 1]) for place in breaks)]
    ends = [*(int(loud[place]) + 1 for place in breaks), int(loud[-1]) + 1]
    return list(zip(firsts, ends, strict=True))


def voicing(runs: list[tuple[int, int]], first: int, end: int) -> bool:
    """Whether the assistant is heard in all of this stretch."""
    return any(a <= first and end <= b for a, b in runs)


def calibrate(speech: Samples, gate: float = GATE, *, cuts: int = 200, seed: int = 0) -> Calibration:
    """Cut this speech hard at so many places in the middle of its sound and see where the gate finds them."""
    runs = [(a, b) for a, b in heard_runs(speech, gate) if b - a > MIC_HZ]
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(cuts if runs else 0):
        first, end = runs[int(rng.integers(len(runs)))]
        cut = int(rng.integers(first + MIC_HZ // 10, end))
        found = heard_runs(speech[first:cut], gate)[-1][1] + first
        errors.append(cut - found)
    late = np.sort(np.abs(np.asarray(errors or [0])))
    return Calibration(len(errors), float(np.median(late)), float(np.percentile(late, 95)), float(late[-1]))
