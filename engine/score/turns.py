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

    ``cut``: it was heard inside the turn. ``thought_ms``: when the engine, by its log, first began to answer, from
    the turn's end; negative: it prepared or answered too early. ``answered``: heard at all.
    """

    answer_ms: float | None
    cut: bool
    thought_ms: float | None
    answered: bool


@dataclass(frozen=True, slots=True)
class GhostScore:
    """``turns``: times the assistant spoke up although nobody had spoken; ``exposed_s``: how long it could have."""

    turns: int
    exposed_s: float


def score_turn(trial: Trial, rendered: Rendered) -> TurnScore:
    """Score a turn from its output."""
    runs = heard_runs(rendered.out)
    first = runs[0][0] if runs else None
    thought = next((s.t_ms for s in rendered.log if s.outcome == "moved" and s.dest == "thinking"), None)
    end_ms = trial.end * 1000 / MIC_HZ
    return TurnScore(
        answer_ms=None if first is None else round(first * 1000 / MIC_HZ - end_ms, 2),
        cut=first is not None and first < trial.end,
        thought_ms=None if thought is None else round(thought - end_ms, 2),
        answered=first is not None,
    )


def score_ghost(trial: Trial, rendered: Rendered) -> GhostScore:
    """Count answers to nobody."""
    return GhostScore(len(heard_runs(rendered.out, bridge=_APART)), trial.length / MIC_HZ)
