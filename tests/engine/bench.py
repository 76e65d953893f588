"""An executor on a bench: jobs to give it, and a driver that makes it work."""

from collections.abc import Callable
from queue import Empty, SimpleQueue

from engine.clock import VirtualClock
from engine.executor_inline import InlineExecutor, Latency
from engine.executor_threads import ThreadExecutor
from engine.work import Executor, Job, Worker
from states.events import ClauseGenerated, Event, GenerationFailed

WAIT_S = 5.0
"""Longest wait for another thread; only a failing test waits so long."""


def said(subject: int, clause: int = 0) -> Event:
    """What the workers of these tests report."""
    return ClauseGenerated(subject, clause, "")


def job(subject: int, start: Callable[[], Worker], stage: str = "a") -> Job:
    return Job(stage, subject, start, lambda error: GenerationFailed(subject, error))


def count_to(subject: int, n: int) -> Callable[[], Worker]:
    def worker() -> Worker:
        for clause in range(n):
            yield None
            yield said(subject, clause)

    return worker


class Bench:
    """An executor and whoever drives it."""

    def __init__(self, executor: Executor, posted: "SimpleQueue[Event]", drive: Callable[[], None]) -> None:
        self.executor = executor
        self._posted = posted
        self.drive = drive

    def events(self, count: int) -> list[Event]:
        """The next so many events; fewer where no more come."""
        self.drive()
        found = []
        try:
            for _ in range(count):
                found.append(self._posted.get(timeout=WAIT_S))
        except Empty:
            pass
        return found

    def rest(self) -> list[Event]:
        """What is left once everything is at rest."""
        self.drive()
        self.executor.close()
        found = []
        while not self._posted.empty():
            found.append(self._posted.get_nowait())
        return found


def threads() -> Bench:
    posted: SimpleQueue[Event] = SimpleQueue()
    return Bench(ThreadExecutor(posted.put), posted, lambda: None)


def inline() -> Bench:
    posted: SimpleQueue[Event] = SimpleQueue()
    clock = VirtualClock()
    executor = InlineExecutor(posted.put, clock, {"a": Latency(1000, 100), "b": Latency(2000, 50)})

    def drive() -> None:
        while (due_us := executor.next_due_us()) is not None:
            clock.advance_to(due_us)
            executor.run_due()

    return Bench(executor, posted, drive)
