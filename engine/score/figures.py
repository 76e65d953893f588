"""Medians, shares and how sure they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_DRAWS = 1000
_Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """Signed latencies. ``low`` to ``high``: bootstrap 95 % interval of the median, ``p95_low`` to ``p95_high`` of
    the p95 (percentile bootstrap; Efron 1979). ``negative``: how many were below zero, counted as they are."""

    n: int
    p50: float
    p95: float
    max: float
    low: float
    high: float
    p95_low: float
    p95_high: float
    negative: int


@dataclass(frozen=True, slots=True)
class Share:
    """A share of trials, with the bootstrap 95 % interval. Where all or none did, the interval is the one-sided
    bound of 3 / n (the rule of three): a bootstrap of identical trials would claim certainty."""

    n: int
    count: int
    share: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread | None:
    """None where there is nothing."""
    if not values:
        return None
    data = np.asarray(values, dtype=np.float64)
    low, high = _interval(data, np.median)
    p95_low, p95_high = _interval(data, lambda rows, axis: np.percentile(rows, 95, axis=axis))
    return Spread(
        len(data), _round(np.median(data)), _round(np.percentile(data, 95)), _round(data.max()), _round(low),
        _round(high), _round(p95_low), _round(p95_high), int(np.count_nonzero(data < 0)),
    )  # fmt: skip


def share(flags: Sequence[bool]) -> Share | None:
    """None where there is nothing."""
    if not flags:
        return None
    n, count = len(flags), sum(flags)
    if count in (0, n):
        bound = min(1.0, 3 / n)
        low, high = (0.0, bound) if count == 0 else (1 - bound, 1.0)
    else:
        low, high = _interval(np.asarray(flags, dtype=np.float64), np.mean)
    return Share(n, count, round(count / n, 4), round(float(low), 4), round(float(high), 4))


def _interval(data: _Numbers, figure: Callable[..., _Numbers]) -> tuple[float, float]:
    drawn = np.random.default_rng(0).integers(len(data), size=(_DRAWS, len(data)))
    low, high = np.percentile(figure(data[drawn], axis=1), (2.5, 97.5))
    return float(low), float(high)


def _round(value: float | np.floating[npt.NBitBase]) -> float:
    return round(float(value), 1)
