"""Run sessions and scenarios with other settings, side by side in processes; a run is one core's work."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from engine.cassette.session import as_scenario, is_session, microphone
from engine.codec import Record
from engine.earlier import NOTHING_EARLIER, earlier_of
from engine.inspect.reader import read_log
from engine.replay.runner import replay
from engine.replay.scenario import load
from engine.whatif.outcome import Outcome, outcome_of

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: its journal's lines, and what came of it."""

    lines: tuple[Record, ...]
    outcome: Outcome


def run(folder: Path, settings: Settings, factor: float = 1.0) -> Ran:
    """Replay a session or scenario with these settings over its own, on the virtual clock, and keep no files.

    ``factor`` multiplies latencies. Raises ``IS2SError`` where it cannot be read or a setting is wrong.
    """
    sound, earlier = None, NOTHING_EARLIER
    if is_session(folder):
        scenario = as_scenario(folder, settings)
        sound, earlier = microphone(folder), earlier_of(read_log(folder).head)
    else:
        scenario = load(folder, settings)
    result = replay(scenario, latency_factor=factor, sound=sound, earlier=earlier)
    lines = tuple(json.loads(line) for line in result.journal.split("\n")[1:] if line)
    return Ran(lines, outcome_of(lines, result.takes, result.near))


@dataclass(frozen=True, slots=True)
class Task:
    """One run to be made."""

    folder: Path
    settings: Settings
    factor: float = 1.0


def outcomes(tasks: Sequence[Task], jobs: int, done: Callable[[int], None] = lambda _: None) -> list[Outcome]:
    """The outcome of each task, in order; ``jobs`` processes at once, 1: this one. ``done`` counts them.

    Raises as ``run`` does, for the first that fails.
    """
    found = []
    for outcome in _each(tasks, jobs):
        found.append(outcome)
        done(len(found))
    return found


def _each(tasks: Sequence[Task], jobs: int) -> Iterator[Outcome]:
    if jobs <= 1 or len(tasks) <= 1:
        yield from map(_outcome, tasks)
        return
    # Spawned: a fork would copy the threads' locks of the libraries that are loaded already.
    with ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_outcome, tasks)


def _outcome(task: Task) -> Outcome:
    return run(task.folder, task.settings, task.factor).outcome
