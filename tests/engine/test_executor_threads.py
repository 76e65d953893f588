"""What the executor on real threads promises beyond the contract of both."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from engine.executor_threads import ThreadExecutor
from engine.work import Pause, Worker
from states.events import Event
from tests.engine.bench import WAIT_S, count_to, job, said, threads


class Gated:
    """A worker that stops at a gate inside its second step, as a model does that takes its time."""

    def __init__(self, subject: int = 1) -> None:
        self.subject = subject
        self.inside, self.gate, self.cleaned = threading.Event(), threading.Event(), threading.Event()
        self.thread = 0

    def __call__(self) -> Worker:
        try:
            yield said(self.subject, 0)
            self.inside.set()
            assert self.gate.wait(WAIT_S)
            yield said(self.subject, 1)
            yield said(self.subject, 2)
        finally:
            self.thread = threading.get_ident()
            self.cleaned.set()


@pytest.mark.parametrize("subject", [1, None])
def test_a_cancelled_job_posts_no_more_and_cleans_up_in_its_thread(subject: int | None) -> None:
    bench, worker = threads(), Gated()
    bench.executor.submit(job(1, worker))
    assert worker.inside.wait(WAIT_S)
    bench.executor.cancel("a", subject)
    bench.executor.submit(job(2, count_to(2, 1)))
    worker.gate.set()
    assert worker.cleaned.wait(WAIT_S)
    assert bench.events(2) == [said(1, 0), said(2)]
    assert worker.thread != threading.get_ident()
    assert bench.rest() == []


def test_cancel_names_its_subject() -> None:
    bench, worker = threads(), Gated()
    bench.executor.submit(job(1, worker))
    assert worker.inside.wait(WAIT_S)
    bench.executor.cancel("a", 7)
    bench.executor.cancel("b", 1)
    worker.gate.set()
    assert bench.events(3) == [said(1, 0), said(1, 1), said(1, 2)]
    bench.executor.close()


def test_error_of_a_cancelled_job_is_nobodys_business() -> None:
    bench = threads()
    inside, gate = threading.Event(), threading.Event()

    def worker() -> Worker:
        inside.set()
        if gate.wait(WAIT_S):
            raise ValueError("too late")
        yield None

    bench.executor.submit(job(1, worker))
    assert inside.wait(WAIT_S)
    bench.executor.cancel("a", 1)
    bench.executor.submit(job(2, count_to(2, 1)))
    gate.set()
    assert bench.events(1) == [said(2)]
    assert bench.rest() == []


def test_cancel_ends_a_pause() -> None:
    bench = threads()
    paused, cleaned = threading.Event(), threading.Event()

    def worker() -> Worker:
        try:
            paused.set()
            yield Pause(3_600_000)
            yield said(1)
        finally:
            cleaned.set()

    bench.executor.submit(job(1, worker))
    assert paused.wait(WAIT_S)
    bench.executor.cancel("a", 1)
    assert cleaned.wait(WAIT_S)
    assert bench.rest() == []


def test_stages_run_side_by_side() -> None:
    bench, barrier = threads(), threading.Barrier(3)

    def worker(subject: int) -> Callable[[], Worker]:
        def run() -> Worker:
            barrier.wait(WAIT_S)
            yield said(subject)

        return run

    bench.executor.submit(job(1, worker(1), "a"))
    bench.executor.submit(job(2, worker(2), "b"))
    barrier.wait(WAIT_S)
    assert set(bench.events(2)) == {said(1), said(2)}
    bench.executor.close()


def test_close_joins_every_thread_and_cancels() -> None:
    before = set(threading.enumerate())
    bench = threads()
    workers = {stage: Gated() for stage in "abc"}
    for stage, worker in workers.items():
        bench.executor.submit(job(1, worker, stage))
    for worker in workers.values():
        assert worker.inside.wait(WAIT_S)
        worker.gate.set()
    bench.executor.close()
    assert set(threading.enumerate()) == before
    assert all(worker.cleaned.is_set() for worker in workers.values())
    assert bench.executor.is_idle()


def test_close_leaves_a_model_that_never_returns() -> None:
    posted: SimpleQueue[Event] = SimpleQueue()
    executor = ThreadExecutor(posted.put)
    inside, gate = threading.Event(), threading.Event()

    def worker() -> Worker:
        inside.set()
        assert gate.wait(WAIT_S)
        yield said(1)

    executor.submit(job(1, worker))
    assert inside.wait(WAIT_S)
    executor.close(timeout_s=0.01)
    left = [thread for thread in threading.enumerate() if thread.name == "is2s-a"]
    assert [thread.daemon for thread in left] == [True]
    gate.set()
    left[0].join(WAIT_S)
    assert not left[0].is_alive()
    assert posted.empty()
