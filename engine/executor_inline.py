"""Workers on a virtual clock: pulled in the one thread, each yield after a declared time."""

import heapq
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from engine.clock import VirtualClock
from engine.work import WAITING, Job, Pause, Waiting, Worker, one_line
from states.events import Event

PATIENCE = 10_000
"""So often in a row a worker may be ``WAITING`` at no cost: minutes of a model that polls, milliseconds of a script
that has stalled. From then on each time is declared to take ``STALLED_US``, so that deadlines come. (A model that
really works for longer than that on one answer makes a virtual session depend on real time.)"""

STALLED_US = 20_000


@dataclass(frozen=True, slots=True)
class Latency:
    """Declared cost of a stage: until the first yield, and between the later ones, in microseconds."""

    first_us: int = 0
    each_us: int = 0


class Times(Protocol):
    """What jobs cost when they were recorded."""

    def of(self, job: Job) -> deque[int] | None:
        """Microseconds of each pull of this job, just submitted, pauses left out; None where none were recorded."""


@dataclass(frozen=True, slots=True)
class _Pulled:
    """What a pull of a recorded job brought, until the time it took then is over."""

    event: Event | None
    over: bool


@dataclass(slots=True)
class _Lane:
    latency: Latency
    waiting: deque[tuple[Job, deque[int] | None]] = field(default_factory=deque)
    running: Job | None = None
    worker: Worker | None = None
    costs_us: deque[int] | None = None
    pulled: _Pulled | None = None
    waits: int = 0
    ticket: int = 0


class InlineExecutor:
    """Runs jobs in virtual time. ``run_due`` is called by the replay's own loop; no threads.

    Ties are served in the order of scheduling, so that a run is the same every time.

    A job at declared latencies is pulled when its time is over. One with recorded ``times`` is pulled at once, as a
    thread does, and what comes of it is held back for as long as it took then: so what the worker does between two
    yields (look whether to pause, write to the loudspeaker) is done at the time at which it was done live.
    """

    def __init__(
        self,
        post: Callable[[Event], None],
        clock: VirtualClock,
        latencies: dict[str, Latency],
        times: Times | None = None,
    ) -> None:
        self._post = post
        self._times = times
        self._clock = clock
        self._latencies = latencies
        self._lanes: dict[str, _Lane] = {}
        self._due: list[tuple[int, int, str]] = []
        self._tickets = 0

    def submit(self, job: Job) -> None:
        """Run this job after the earlier ones of its stage."""
        lane = self._lanes.setdefault(job.stage, _Lane(self._latencies.get(job.stage, Latency())))
        lane.waiting.append((job, self._times.of(job) if self._times is not None else None))
        if lane.running is None:
            self._start_next(job.stage)

    def cancel(self, stage: str, subject: int | None = None) -> None:
        """Forget waiting jobs and close the running one at once."""
        lane = self._lanes.get(stage)
        if lane is None:
            return
        lane.waiting = deque(w for w in lane.waiting if subject not in (None, w[0].subject))
        if lane.running is not None and subject in (None, lane.running.subject):
            if lane.pulled is not None and lane.pulled.event is not None and lane.pulled.event.outlives_work:
                lane.pulled = _Pulled(lane.pulled.event, over=True)  # told when it is due, and nothing after it
            else:
                self._finish(stage)

    def is_idle(self) -> bool:
        """True where no job waits or runs."""
        return all(lane.running is None for lane in self._lanes.values())

    def close(self) -> None:
        """Close every worker."""
        for stage, lane in self._lanes.items():
            lane.waiting.clear()
            if lane.running is not None:
                self._finish(stage)

    def next_due_us(self) -> int | None:
        """When the next worker is to be pulled."""
        while self._due and self._lanes[self._due[0][2]].ticket != self._due[0][1]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def run_due(self) -> None:
        """Pull the worker that is due first, or give out what it brought. The clock must stand at that time."""
        if self.next_due_us() is None:
            return
        stage = heapq.heappop(self._due)[2]
        lane = self._lanes[stage]
        if lane.pulled is not None:
            pulled, lane.pulled = lane.pulled, None
        else:
            item = self._pull(lane)
            if isinstance(item, Pause):
                self._schedule(stage, item.ms * 1000)
                return
            if isinstance(item, Waiting):
                self._schedule(stage, STALLED_US)
                return
            if lane.costs_us is not None:
                lane.pulled = item
                self._schedule(stage, lane.costs_us.popleft() if lane.costs_us else lane.latency.each_us)
                return
            pulled = item
        if pulled.over:
            self._finish(stage)
        else:
            self._schedule(stage, lane.latency.each_us if lane.costs_us is None else 0)
        if pulled.event is not None:
            self._post(pulled.event)

    def _pull(self, lane: _Lane) -> _Pulled | Pause | Waiting:
        """What comes next of the running job; ``WAITING`` only where patience is at its end."""
        job = lane.running
        assert job is not None
        try:
            if lane.worker is None:
                lane.worker = job.start()
            while (item := next(lane.worker)) is WAITING:
                lane.waits += 1
                if lane.waits > PATIENCE:
                    return WAITING
            lane.waits = 0
        except StopIteration:
            return _Pulled(None, over=True)
        except Exception as error:  # whatever a model throws must reach the dialogue as a fact
            return _Pulled(job.failed(one_line(error)), over=True)
        return item if isinstance(item, (Pause, Waiting)) else _Pulled(item, over=False)

    def _start_next(self, stage: str) -> None:
        lane = self._lanes[stage]
        if lane.waiting:
            lane.running, lane.costs_us = lane.waiting.popleft()
            self._schedule(stage, lane.latency.first_us if lane.costs_us is None else 0)

    def _finish(self, stage: str) -> None:
        lane = self._lanes[stage]
        if lane.worker is not None:
            with suppress(Exception):  # only a cancelled worker still runs here, and it has nothing more to say
                lane.worker.close()
        lane.worker = lane.running = lane.costs_us = lane.pulled = None
        lane.ticket = lane.waits = 0
        self._start_next(stage)

    def _schedule(self, stage: str, after_us: int) -> None:
        self._tickets += 1
        self._lanes[stage].ticket = self._tickets
        heapq.heappush(self._due, (self._clock.now_us() + after_us, self._tickets, stage))
