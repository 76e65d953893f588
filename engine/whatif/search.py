"""The best of the settings tried on recordings, and how far it may be trusted.

A plain grid: a threshold's effect on a dozen barge-ins is a staircase, on which nothing cleverer finds its way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.whatif.goals import Goal, costs, rank, shortfall
from engine.whatif.judged import Figures, Seen, figures

ENOUGH = 3
"""Recordings, for one at a time to be left out: with two, each would be all that is known of the other."""


@dataclass(frozen=True, slots=True)
class Found:
    """``best``: the place of the recommended setting, ``met`` whether it meets every bound.

    ``curve``: the places that no other is better than in every figure named. ``left_out``: the figures of all
    recordings, each with the setting that the others recommend; None where there are too few of them.
    """

    best: int
    met: bool
    figures: tuple[Figures, ...]
    curve: tuple[int, ...]
    left_out: Figures | None


def search(seen: Sequence[Sequence[Seen]], goals: Sequence[Goal]) -> Found:
    """``seen``: by setting, the recorded one first, then by recording.

    Of equals the earlier setting is taken, so that nothing is changed for nothing.
    """
    totals = tuple(figures(runs) for runs in seen)
    best = _best(totals, goals)
    return Found(best, shortfall(totals[best], goals) == 0, totals, _curve(totals, goals), _left_out(seen, goals))


def _best(totals: Sequence[Figures], goals: Sequence[Goal]) -> int:
    return min(range(len(totals)), key=lambda place: rank(totals[place], goals))


def _curve(totals: Sequence[Figures], goals: Sequence[Goal]) -> tuple[int, ...]:
    points = [costs(each, goals) for each in totals]
    kept: list[int] = []
    for place, point in enumerate(points):
        beaten = any(_beats(other, point) for other in points)
        if not beaten and point not in (points[earlier] for earlier in kept):
            kept.append(place)
    return tuple(sorted(kept, key=lambda place: points[place]))


def _beats(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


def _left_out(seen: Sequence[Sequence[Seen]], goals: Sequence[Goal]) -> Figures | None:
    recordings = len(seen[0])
    if recordings < ENOUGH:
        return None
    alone = []
    for left in range(recordings):
        others = [figures([run for place, run in enumerate(runs) if place != left]) for runs in seen]
        alone.append(seen[_best(others, goals)][left])
    return figures(alone)
