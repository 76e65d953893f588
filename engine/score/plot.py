"""The two curves of floor control, a point a configuration: commit time against selectivity, and false cut-offs
against the wait for an answer. The star is the first configuration, the operating point; the line joins the others.
By matplotlib, which is an optional extra."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.score.classes import ScoreError

REMEDY = "pip install 'is2s[plot]'"
_KINDS = (".svg", ".png", ".pdf")


def check(path: Path) -> None:
    """Raise ``ScoreError`` where a plot could not be written there, before anything is run."""
    if path.suffix not in _KINDS:
        raise ScoreError(f"{path}: a plot is one of {', '.join(_KINDS)}")
    try:
        import matplotlib  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ScoreError(f"a plot needs matplotlib; install it with: {REMEDY}") from error


def draw(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the plot. Raises ``ScoreError``."""
    check(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    floor, turns = figure.subplots(1, 2)
    _points(floor, [(r["label"], *_floor_point(r)) for r in results])
    floor.set(xlabel="commit, ms after the onset (p50, engine's log)", ylabel="worst of R_Y, S_BC, S_VT, S_ND")
    floor.set_ylim(-0.03, 1.03)
    floor.set_title("Selectivity against commit time", fontsize=10)
    _points(turns, [(r["label"], *_turn_point(r)) for r in results])
    turns.set(xlabel="answer, ms after the end of the turn (p50)", ylabel="turns cut off, %")
    turns.set_title("False cut-offs against latency (declared, no speed)", fontsize=10)
    try:
        figure.savefig(path)
    except OSError as error:
        raise ScoreError(f"{path}: cannot be written: {error.strerror}") from error


def _floor_point(result: Mapping[str, Any]) -> tuple[float | None, float | None]:
    commit = result["measures"]["M2_commit_ms_by_log"]
    return (None if commit is None else commit["p50"]), result["joint"]["kept"]


def _turn_point(result: Mapping[str, Any]) -> tuple[float | None, float | None]:
    answer, cut = result["measures"]["M5_answer_ms"], result["measures"]["M5_cut_audible"]
    return (None if answer is None else answer["p50"]), (None if cut is None else 100 * cut["share"])


def _points(axes: Any, points: Sequence[tuple[str, float | None, float | None]]) -> None:
    found = [(label, x, y) for label, x, y in points if x is not None and y is not None]
    others = sorted((x, y) for place, (_, x, y) in enumerate(found) if place)
    axes.plot([x for x, _ in others], [y for _, y in others], "o-", color="tab:blue", linewidth=0.8)
    axes.plot([x for _, x, _ in found[:1]], [y for _, _, y in found[:1]], "*", color="tab:red", markersize=13)
    for label, x, y in found:
        axes.annotate(label.rpartition(".")[2], (x, y), textcoords="offset points", xytext=(5, 5), fontsize=7)
    axes.grid(alpha=0.3)
