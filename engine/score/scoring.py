"""Runs every trial of a corpus and scores it, in several processes."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any

from engine.config import build as build_config
from engine.score.corpus import Corpus
from engine.score.floor import FloorScore, score_floor
from engine.score.recognisers import Listening
from engine.score.running import Runner
from engine.score.trial import Trial
from engine.score.turns import GhostScore, TurnScore, score_ghost, score_turn

_SLICE = 8
"""Trials given to a process at once: few enough that progress is seen."""


Told = Callable[[int], None]


def untold(_done: int) -> None:
    """Nobody wants to know how many trials are done."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A trial's labels and its score."""

    name: str
    kind: str
    group: str
    clip: str
    speaker: str
    origin: str
    snr_db: int | None
    echo_db: int | None
    score: FloorScore | TurnScore | GhostScore

    def as_record(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "score": {k: v for k, v in asdict(self.score).items() if v not in (None, "")}}


def score_trial(trial: Trial, runner: Runner, corpus: Corpus) -> Scored:
    """Run and score one trial."""
    rendered = runner.run(trial)
    score: FloorScore | TurnScore | GhostScore
    if trial.event.expected == "turn":
        score = score_turn(trial, rendered)
    elif trial.event.expected == "nothing":
        score = score_ghost(trial, rendered)
    else:
        score = score_floor(trial, rendered, runner.control, corpus)
    clip, conditions = trial.clip, trial.conditions
    return Scored(
        trial.name, trial.kind, trial.event.group, clip.name, clip.speaker, clip.origin, conditions.snr_db,
        conditions.echo_db, score,
    )  # fmt: skip


def score_all(
    corpus: Corpus,
    settings: Mapping[str, Any],
    listening: Listening,
    *,
    jobs: int = 0,
    told: Told = untold,
) -> list[Scored]:
    """Score every trial, in the corpus's order, the same for any number of ``jobs`` (0: one a core).

    ``told`` is given the number of trials done, as they are. Raises ``ConfigError`` for settings that are wrong and
    ``BackendUnavailable`` for a recogniser that is not ready, before anything is run.
    """
    runner = Runner(build_config(settings), listening, corpus)  # says what is wrong before processes are started
    jobs = min(jobs or os.cpu_count() or 1, -(-len(corpus.trials) // _SLICE))
    scored: list[Scored] = []
    if jobs <= 1:
        for trial in corpus.trials:
            scored.append(score_trial(trial, runner, corpus))
            told(len(scored))
        return scored
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(dict(settings), listening, corpus)
    ) as pool:
        for part in pool.map(_part, _slices(len(corpus.trials))):
            scored += part
            told(len(scored))
    return scored


def _slices(count: int) -> Iterator[range]:
    return (range(first, min(first + _SLICE, count)) for first in range(0, count, _SLICE))


_here: list[tuple[Runner, Corpus]] = []
"""A process's own runner and corpus."""


def _start(settings: dict[str, Any], listening: Listening, corpus: Corpus) -> None:
    _here.append((Runner(build_config(settings), listening, corpus), corpus))


def _part(places: range) -> list[Scored]:
    runner, corpus = _here[0]
    return [score_trial(corpus.trials[place], runner, corpus) for place in places]
