"""Workers on real threads: one thread a stage, made when the stage first has work."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing

from engine.cassette.times import JobTimes, Stopwatch, Unwatched
from engine.work import WAITING, Job, Pause, one_line
from states.events import Event


class ThreadExecutor:
    """Runs jobs live. ``post`` takes their events, from the stage threads; ``times`` is told what each job cost.

    A job is cancelled by a flag that its thread looks at between two yields, and closed by that same thread.
    """

    def __init__(self, post: Callable[[Event], None], times: JobTimes | None = None) -> None:
        self._post = post
        self._times = times
        self._stages: dict[str, _Stage] = {}

    def submit(self, job: Job) -> None:
        """Run this job after the earlier ones of its stage."""
        if job.stage not in self._stages:
            self._stages[job.stage] = _Stage(job.stage, self._post, self._times)
        self._stages[job.stage].submit(job)

    def cancel(self, stage: str, subject: int | None = None) -> None:
        """Forget waiting jobs and flag the running one."""
        if stage in self._stages:
            self._stages[stage].cancel(subject)

    def is_idle(self) -> bool:
        """True where no stage has a job."""
        return all(stage.is_idle() for stage in self._stages.values())

    def close(self, timeout_s: float = 5.0) -> None:
        """Cancel everything and wait for the threads; a model that never returns is left behind as a daemon."""
        for stage in self._stages.values():
            stage.stop()
        for stage in self._stages.values():
            stage.thread.join(timeout_s)


class _Ticket:
    """A job and whether it is still wanted."""

    def __init__(self, job: Job, stopwatch: Stopwatch | None) -> None:
        self.job = job
        self.stopwatch = stopwatch
        self.cancelled_us: int | None = None
        self.cancelled = threading.Event()


class _Stage:
    def __init__(self, name: str, post: Callable[[Event], None], times: JobTimes | None) -> None:
        self._post = post
        self._times = times
        self._free_us = 0  # when the last job was over, or was no longer wanted
        self._waiting: deque[_Ticket] = deque()
        self._running: _Ticket | None = None
        self._stopping = False
        self._changed = threading.Condition()
        self.thread = threading.Thread(target=self._run, name=f"is2s-{name}", daemon=True)
        self.thread.start()

    def submit(self, job: Job) -> None:
        with self._changed:
            self._waiting.append(_Ticket(job, self._times.submitted(job) if self._times is not None else None))
            self._changed.notify()

    def cancel(self, subject: int | None) -> None:
        with self._changed:
            self._waiting = deque(t for t in self._waiting if subject not in (None, t.job.subject))
            if self._running is not None and subject in (None, self._running.job.subject):
                if self._times is not None and self._running.cancelled_us is None:
                    self._running.cancelled_us = self._times.now_us()
                self._running.cancelled.set()

    def is_idle(self) -> bool:
        with self._changed:
            return not self._waiting and self._running is None

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            if self._running is not None:
                self._running.cancelled.set()
            self._changed.notify()

    def _run(self) -> None:
        while (ticket := self._next()) is not None:
            self._work(ticket)
            with self._changed:
                self._running = None
                if self._times is not None:
                    self._free_us = self._times.now_us() if ticket.cancelled_us is None else ticket.cancelled_us

    def _next(self) -> _Ticket | None:
        with self._changed:
            while not self._waiting and not self._stopping:
                self._changed.wait()
            self._running = None if self._stopping else self._waiting.popleft()
            return self._running

    def _work(self, ticket: _Ticket) -> None:
        if ticket.cancelled.is_set():
            return
        stopwatch = ticket.stopwatch or Unwatched()
        stopwatch.start(self._free_us)
        try:
            worker = ticket.job.start()
            with closing(worker):
                for item in worker:
                    if item is WAITING:
                        if ticket.cancelled.is_set():
                            stopwatch.give_up()
                            return
                        continue
                    if not isinstance(item, Pause):
                        stopwatch.lap()
                    if isinstance(item, Event) and item.outlives_work:
                        self._post(item)
                        item = None
                    if ticket.cancelled.is_set():
                        return
                    if isinstance(item, Pause):
                        ticket.cancelled.wait(item.ms / 1000)
                        stopwatch.resume()
                    elif item is not None:
                        self._post(item)
            stopwatch.lap()
        except Exception as error:  # whatever a model throws must reach the dialogue as a fact
            stopwatch.lap()
            if not ticket.cancelled.is_set():
                self._post(ticket.job.failed(one_line(error)))
        finally:
            stopwatch.done()
