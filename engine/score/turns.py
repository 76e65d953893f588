"""Scores of one trial in which the user takes a turn, and of one in which nothing happens but noise."""

from dataclasses import dataclass

from engine.score.gate import heard_runs
from engine.score.running import Rendered
from engine.score.trial import Trial
from models.ports import MIC_HZ

_APART = MIC_HZ
"""Two answers are two where a second of silence lies between them."""


@dataclass(frozen=True, slots=True)
class TurnScore:
    """``answer_ms``: the assistant's first sample after the turn's end, signed: negative where it came before.

    ``cut``: it was heard inside the turn. ``answered``: heard at all. By the engine's log: ``taken_ms``, when it
    first took the turn for over, from its end; negative: too early. ``prepared``: answers begun for it.
    """

    answer_ms: float | None
    cut: bool
    answered: bool
    taken_ms: float | None = None
    prepared: int = 0


@dataclass(frozen=True, slots=True)
class GhostScore:
    """``turns``: times the assistant spoke up although nobody had spoken; ``exposed_s``: how long it could have."""

    turns: int
    exposed_s: float


def score_turn(trial: Trial, rendered: Rendered) -> TurnScore:
    """Score a turn from its output."""
    runs = heard_runs(rendered.out)
    first = runs[0][0] if runs else None
    taken = next((s.t_ms for s in rendered.log if s.said), None)
    before = len(rendered.out) if first is None else first
    moves = [s for s in rendered.log if s.outcome == "moved" and s.dest == "thinking"]
    end_ms = trial.end * 1000 / MIC_HZ
    return TurnScore(
        answer_ms=None if first is None else round(first * 1000 / MIC_HZ - end_ms, 2),
        cut=first is not None and first < trial.end,
        answered=first is not None,
        taken_ms=None if taken is None else round(taken - end_ms, 2),
        prepared=sum(s.t_ms * MIC_HZ // 1000 <= before for s in moves),
    )


def score_ghost(trial: Trial, rendered: Rendered) -> GhostScore:
    """Count answers to nobody."""
    return GhostScore(len(heard_runs(rendered.out, bridge=_APART)), trial.length / MIC_HZ)
