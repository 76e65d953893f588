"""How the benchmarks print: a line a figure, beside its aim. Nothing here fails anything."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from engine.clock import MonotonicClock


def report(name: str, figure: str, aim: str = "-") -> None:
    """One line."""
    print(f"{name:75} {figure:>26}   aim {aim}", flush=True)


def spread(name: str, values: Sequence[float], unit: str = "ms", aim: str = "-") -> None:
    """How many measurements, their median, and what one in twenty exceeds."""
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    digits = 4 if ordered[-1] < 0.1 else 2 if ordered[-1] < 10 else 0
    report(name, f"n {len(ordered)}: {median(ordered):.{digits}f} / {high:.{digits}f} {unit}", aim)


def repeated(work: Callable[[], Any], *, most: int, budget_s: float) -> list[float]:
    """Seconds of each of several runs: no more of them than fit, but two."""
    found: list[float] = []
    while len(found) < most and (len(found) < 2 or sum(found) < budget_s):
        found.append(seconds(work))
    return found


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes, once."""
    clock = MonotonicClock()
    work()
    return clock.now_us() / 1e6
