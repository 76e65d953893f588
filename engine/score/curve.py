"""The end of a turn as a curve: how often turns are cut off, against how long an answer takes.

The two figures by which such curves are quoted (eot-bench): the cut-offs at a wait of 300 ms, and the wait at 5 % of
cut-offs; both read off the curve by straight lines between the configurations measured, and never beyond them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

WAIT_MS, CUT_SHARE = 300.0, 0.05


@dataclass(frozen=True, slots=True)
class TurnEnds:
    """None where the curve does not reach that far."""

    cut_at_wait: float | None
    wait_at_cut_ms: float | None


def turn_ends(results: Sequence[Mapping[str, Any]], *, by_log: bool) -> TurnEnds:
    """Read a curve of configurations: as heard, or as decided, by the engine's log."""
    cut_key, wait_key = ("M5_cut_by_log", "M5_taken_ms_by_log") if by_log else ("M5_cut_audible", "M5_answer_ms")
    points = [
        (wait["p50"], cut["share"])
        for result in results
        if (cut := result["measures"].get(cut_key)) and (wait := result["measures"].get(wait_key))
    ]
    swapped = sorted((cut, wait) for wait, cut in points)
    return TurnEnds(_read(sorted(points), WAIT_MS), _read(swapped, CUT_SHARE))


def _read(points: Sequence[tuple[float, float]], at: float) -> float | None:
    if len(points) < 2 or not points[0][0] <= at <= points[-1][0]:
        return None
    return round(float(np.interp(at, [x for x, _ in points], [y for _, y in points])), 3)
