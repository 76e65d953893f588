"""Workers on a virtual clock: pulled in the one thread, each yield after a declared time."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.clock import VirtualClock
from engine.work import Job, Pause, Worker, one_line
from states.events import Event


@dataclass(frozen=True, slots=True)
class Latency:
    """Declared cost of a stage: until the first yield, and between the later ones, in microseconds."""

    first_us: int = 0
    each_us: int = 0


@dataclass(slots=True)
class _Lane:
    latency: Latency
    waiting: deque[Job] = field(default_factory=deque)
    running: Job | None = None
    worker: Worker | None = None
    ticket: int = 0


class InlineExecutor:
    """Runs jobs in virtual time. ``run_due`` is called by the replay's own loop; no threads.

    Ties are served in the order of scheduling, so that a run is the same every time.
    """

    def __init__(self, post: Callable[[Event], None], clock: VirtualClock, latencies: dict[str, Latency]) -> None:
        self._post = post
        self._clock = clock
        self._latencies = latencies
        self._lanes: dict[str, _Lane] = {}
        self._due: list[tuple[int, int, str]] = []
        self._tickets = 0

    def submit(self, job: Job) -> None:
        """Run this job after the earlier ones of its stage."""
        lane = self._lanes.setdefault(job.stage, _Lane(self._latencies.get(job.stage, Latency())))
        lane.waiting.append(job)
        if lane.running is None:
            self._start_next(job.stage)

    def cancel(self, stage: str, subject: int | None = None) -> None:
        """Forget waiting jobs and close the running one at once."""
        lane = self._lanes.get(stage)
        if lane is None:
            return
        lane.waiting = deque(job for job in lane.waiting if subject not in (None, job.subject))
        if lane.running is not None and subject in (None, lane.running.subject):
            self._finish(stage)

    def is_idle(self) -> bool:
        """True where no job waits or runs."""
        return all(lane.running is None for lane in self._lanes.values())

    def close(self) -> None:
        """Close every worker."""
        for stage in self._lanes:
            self.cancel(stage)

    def next_due_us(self) -> int | None:
        """When the next worker is to be pulled."""
        while self._due and self._lanes[self._due[0][2]].ticket != self._due[0][1]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def run_due(self) -> None:
        """Pull the worker that is due first. The clock must already stand at that time."""
        if self.next_due_us() is None:
            return
        stage = heapq.heappop(self._due)[2]
        lane = self._lanes[stage]
        job = lane.running
        assert job is not None
        try:
            if lane.worker is None:
                lane.worker = job.start()
            item = next(lane.worker)
        except StopIteration:
            self._finish(stage)
        except Exception as error:  # whatever a model throws must reach the dialogue as a fact
            self._finish(stage)
            self._post(job.failed(one_line(error)))
        else:
            wait_us = item.ms * 1000 if isinstance(item, Pause) else lane.latency.each_us
            self._schedule(stage, wait_us)
            if isinstance(item, Event):
                self._post(item)

    def _start_next(self, stage: str) -> None:
        lane = self._lanes[stage]
        if lane.waiting:
            lane.running = lane.waiting.popleft()
            self._schedule(stage, lane.latency.first_us)

    def _finish(self, stage: str) -> None:
        lane = self._lanes[stage]
        if lane.worker is not None:
            lane.worker.close()
        lane.worker = lane.running = None
        lane.ticket = 0
        self._start_next(stage)

    def _schedule(self, stage: str, after_us: int) -> None:
        self._tickets += 1
        self._lanes[stage].ticket = self._tickets
        heapq.heappush(self._due, (self._clock.now_us() + after_us, self._tickets, stage))
