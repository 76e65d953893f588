"""Is a result worse than a baseline, beyond chance?

The rule, for each figure that has a better side: it has regressed where the baseline's value lies outside the new
bootstrap 95 % interval, and the new value is on the worse side of it. Counts that must be zero have regressed where
they have grown. Both must be of the same corpus and recogniser, or nothing could be said.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.score.classes import ScoreError
from engine.score.summary import FORMAT

RULE = "outside the bootstrap 95 % interval, on the worse side"

_HIGHER = ("M8_history_exact", "M9_exact")
_LOWER = ("M5_cut_audible", "M5_unanswered", "M5_cut_by_log", "M6_pause_taken_over")
_QUICKER = ("M1_first_reaction_ms", "M1_silence_ms", "M2_commit_ms_by_log", "M4_answer_ms", "M9_resumed_ms")
_ZERO = ("M8_over_claims", "M9_lost_samples", "M9_repeated_samples")

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Regression:
    """A figure that has become worse."""

    figure: str
    was: float
    now: float
    interval: tuple[float, float]

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.figure}: {self.was:g} was, {self.now:g} is now [{low:g}, {high:g}]"


def read_baseline(path: Path) -> Result:
    """The first result in a file that ``is2s score --json`` wrote. Raises ``ScoreError``."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        result: Result = table["results"][0]
        if result["format"] != FORMAT:
            raise ScoreError(f"{path}: is of format {result['format']}, not {FORMAT}; make it anew")
    except OSError as error:
        raise ScoreError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ScoreError(f"{path}: is no result of is2s score --json") from error
    return result


def check_comparable(result: Result, baseline: Result) -> None:
    """Raise ``ScoreError`` where the two are not of the same trials."""
    for key in ("corpus", "recogniser"):
        if result[key] != baseline[key]:
            raise ScoreError(
                f"the baseline is of another {key} ({baseline[key]}, here {result[key]}): make it anew with the same "
                f"--split, --seed, --trials, --class, --stt and recordings"
            )


def regressions(result: Result, baseline: Result) -> list[Regression]:
    """Every figure that is worse, by ``RULE``. Raises ``ScoreError`` where the two cannot be compared."""
    check_comparable(result, baseline)
    return [*_shares(result, baseline), *_latencies(result, baseline), *_zeros(result, baseline)]


def _shares(result: Result, baseline: Result) -> Iterator[Regression]:
    pairs = [
        (f"{group} {rule}", result["groups"].get(group, {}).get(rule), figures[rule], 1)
        for group, figures in baseline["groups"].items()
        for rule in ("kept", "tau")
    ]
    now, was = result["measures"], baseline["measures"]
    pairs += [(key, now.get(key), was.get(key), 1) for key in _HIGHER]
    pairs += [(key, now.get(key), was.get(key), -1) for key in _LOWER]
    for name, new, old, sign in pairs:
        if new is not None and old is not None:
            outside = not new["low"] <= old["share"] <= new["high"]
            if outside and sign * (new["share"] - old["share"]) < 0:
                yield Regression(name, old["share"], new["share"], (new["low"], new["high"]))


def _latencies(result: Result, baseline: Result) -> Iterator[Regression]:
    for key in _QUICKER:
        new, old = result["measures"].get(key), baseline["measures"].get(key)
        if new is None or old is None:
            continue
        for figure, low, high in (("p50", "low", "high"), ("p95", "p95_low", "p95_high")):
            if new[figure] > old[figure] and not new[low] <= old[figure] <= new[high]:
                yield Regression(f"{key} {figure}", old[figure], new[figure], (new[low], new[high]))


def _zeros(result: Result, baseline: Result) -> Iterator[Regression]:
    for key in _ZERO:
        new, old = result["measures"][key], baseline["measures"][key]
        if new > old:
            yield Regression(key, old, new, (new, new))
