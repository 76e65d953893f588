"""What a setting is to achieve: bounds that must hold, and figures to make small or large, in order.

A goal is one of::

    false_barge_ins=0     a bound: one of = <= >= < >
    min reaction_ms       make it small; of several such goals the first counts most
    max barge_ins         make it large
"""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

from engine.whatif.judged import Figures
from states.errors import ConfigError

FIGURES = tuple(field.name for field in fields(Figures))
FROM_LABELS = ("interruptions", "missed", "false_barge_ins", "unlabelled", "cut_off", "ghosts")
"""Figures that only labels can tell."""

_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_BOUND = re.compile(r"(\w+)\s*(<=|>=|=|<|>)\s*(-?\d+)")
_AIM = re.compile(r"(min|max)\s+(\w+)")
WORST = float("inf")


@dataclass(frozen=True, slots=True)
class Goal:
    """``sign``: a bound's, or ``min`` or ``max`` for what is to be made small or large."""

    figure: str
    sign: str
    bound: int = 0

    def __str__(self) -> str:
        return (
            f"{self.sign} {self.figure}" if self.sign in ("min", "max") else f"{self.figure}{self.sign}{self.bound}"
        )


def goal(text: str) -> Goal:
    """Read one. Raises ``ConfigError``, with what is accepted."""
    text = text.strip()
    if aim := _AIM.fullmatch(text):
        found = Goal(aim[2], aim[1])
    elif bound := _BOUND.fullmatch(text):
        found = Goal(bound[1], bound[2], int(bound[3]))
    else:
        raise ConfigError(f"--goal {text!r}: write it as 'min FIGURE', 'max FIGURE' or 'FIGURE<=NUMBER'")
    if found.figure not in FIGURES:
        raise ConfigError(f"--goal {text!r}: {found.figure!r} is none of {', '.join(FIGURES)}")
    return found


def shortfall(figures: Figures, goals: Iterable[Goal]) -> float:
    """By how much bounds are missed in all, each as a share of its bound or of one; 0 where all hold.

    A figure of which there is no case proves nothing, so its bound is missed.
    """
    total = 0.0
    for each in goals:
        if each.sign in ("min", "max"):
            continue
        value = getattr(figures, each.figure)
        if value is None:
            return WORST
        if not _BOUNDS[each.sign](value, each.bound):
            total += max(abs(value - each.bound), 1) / max(abs(each.bound), 1)
    return total


def rank(figures: Figures, goals: Sequence[Goal]) -> tuple[float, ...]:
    """Less is better: first what the bounds are missed by, then each aim in order."""
    return (shortfall(figures, goals), *(_cost(figures, each) for each in goals if each.sign in ("min", "max")))


def costs(figures: Figures, goals: Sequence[Goal]) -> tuple[float, ...]:
    """Every figure that a goal names, once, so that less is better: the axes of the trade-off."""
    named = {each.figure: each for each in goals}
    return tuple(_cost(figures, each) for each in named.values())


def _cost(figures: Figures, each: Goal) -> float:
    value = getattr(figures, each.figure)
    if value is None:
        return WORST
    return -float(value) if each.sign in ("max", ">", ">=") else float(value)
