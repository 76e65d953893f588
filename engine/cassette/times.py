"""How long work took, job by job: measured live, kept on the cassette, and taken again on a virtual clock.

Of each job it is kept what every pull of its worker cost, in microseconds: up to each item that it yielded and, last,
up to its end. The first is counted from when the job *could* have begun: when it was submitted, or when the job
before it in its stage was over or was cancelled; so what a late-noticed cancellation cost the next job is in it.
Pauses are left out: whether to wait is decided anew on replay, where the loudspeaker may stand elsewhere. So are the
times at which a model only said that it was still at it; they belong to the pull that then brought something.

A job is known by its stage, the reply or utterance it serves and its number among those of both, and not by its place
among all jobs: so one assessment more or less does not give every later job another's times.
"""

from collections import Counter, deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from engine.clock import Clock
from engine.work import Job
from models.cassette_reading import read_lines

NEVER_US = 24 * 3600 * 1_000_000
"""Cost of a pull that had not come back when the session ended."""

GIVEN_UP_US = 1_000_000
"""A pull that was cancelled while its model was still at it is taken to last so much longer than it had been waited
for. The replay's own cancellation, some milliseconds earlier or later than then, must come before its end; where
other settings let the job go on, it ends, with the cassette's word that there is no more."""

Key = tuple[str, int, int]


class Stopwatch:
    """Times one job. Made by the thread that submits; from ``start`` on used by the one that runs the job."""

    def __init__(self, clock: Clock, done: Callable[["Stopwatch"], None], key: Key) -> None:
        self.key = key
        self.costs_us: list[int] = []
        self._clock = clock
        self._done = done
        self._mark_us = clock.now_us()

    def start(self, free_us: int) -> None:
        """The job begins; its stage has been free since then."""
        self._mark_us = max(self._mark_us, free_us)

    def lap(self) -> None:
        """A pull came back."""
        now = self._clock.now_us()
        self.costs_us.append(now - self._mark_us)
        self._mark_us = now

    def give_up(self) -> None:
        """The job is cancelled, and what it was at is not done."""
        self.costs_us.append(self._clock.now_us() - self._mark_us + GIVEN_UP_US)

    def resume(self) -> None:
        """A pause is over; it does not count."""
        self._mark_us = self._clock.now_us()

    def done(self) -> None:
        """The job is over."""
        self._done(self)


class Unwatched:
    """In place of a stopwatch where nobody asks."""

    def start(self, free_us: int) -> None:
        """Do nothing."""

    def lap(self) -> None:
        """Do nothing."""

    def give_up(self) -> None:
        """Do nothing."""

    def resume(self) -> None:
        """Do nothing."""

    def done(self) -> None:
        """Do nothing."""


class JobTimes:
    """Times every job of a session. ``write`` is called once a job, in whichever thread ran it."""

    def __init__(self, clock: Clock, write: Callable[[dict[str, Any]], None]) -> None:
        self._clock = clock
        self._write = write
        self._submitted: Counter[tuple[str, int]] = Counter()
        self._open: dict[Key, Stopwatch] = {}

    def now_us(self) -> int:
        """The session's time. Any thread."""
        return self._clock.now_us()

    def submitted(self, job: Job) -> Stopwatch:
        """A job is submitted. The loop's thread only."""
        stopwatch = Stopwatch(self._clock, self._done, _numbered(self._submitted, job))
        self._open[stopwatch.key] = stopwatch
        return stopwatch

    def close(self) -> None:
        """Keep the jobs that never came to an end, or were cancelled before they began: for ever unfinished."""
        for stopwatch in list(self._open.values()):
            stopwatch.costs_us.append(NEVER_US)
            self._done(stopwatch)

    def _done(self, stopwatch: Stopwatch) -> None:
        if self._open.pop(stopwatch.key, None) is not None:
            stage, subject, number = stopwatch.key
            self._write({"stage": stage, "subject": subject, "n": number, "costs_us": stopwatch.costs_us})


class RecordedTimes:
    """What jobs cost when they were recorded, for the inline executor."""

    def __init__(self, costs_us: dict[Key, tuple[int, ...]]) -> None:
        self._costs_us = costs_us
        self._submitted: Counter[tuple[str, int]] = Counter()

    def of(self, job: Job) -> deque[int] | None:
        """The costs of the job that is submitted now; None where it was not recorded. To be called once a job."""
        costs = self._costs_us.get(_numbered(self._submitted, job))
        return None if costs is None else deque(costs)


def read_times(cassette: Path, stages: Collection[str], factor: float = 1.0) -> tuple[RecordedTimes, str]:
    """The times of these stages on a cassette, multiplied; empty where it was recorded on a virtual clock.

    The note tells where reading stopped early. Raises ``BackendError`` where there is nothing to read.
    """
    lines, note = read_lines(cassette / "jobs.jsonl")
    costs: dict[Key, tuple[int, ...]] = {}
    for number, line in enumerate(lines, 1):
        try:
            key = (str(line["stage"]), int(line["subject"]), int(line["n"]))
            costs[key] = tuple(max(0, int(cost * factor)) for cost in line["costs_us"])
        except (KeyError, TypeError, ValueError):
            note = f"{cassette / 'jobs.jsonl'}: line {number} is damaged; read as far as line {number - 1}"
            break
    return RecordedTimes({key: cost for key, cost in costs.items() if key[0] in stages}), note


def _numbered(submitted: Counter[tuple[str, int]], job: Job) -> Key:
    submitted[job.stage, job.subject] += 1
    return job.stage, job.subject, submitted[job.stage, job.subject]
