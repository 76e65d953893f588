"""One contract for the two executors.

Workers of these tests tell one another where they are by ``threading.Event``; nothing here waits for time to pass.
"""

import threading
from collections.abc import Iterator

import pytest

from engine.executor_inline import InlineExecutor
from engine.work import Pause, Worker
from states.events import GenerationFailed
from tests.engine.bench import WAIT_S, Bench, count_to, inline, job, said, threads


@pytest.fixture(params=[threads, inline], ids=["threads", "inline"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made: Bench = request.param()
    yield made
    made.executor.close()


def test_jobs_of_a_stage_in_order(bench: Bench) -> None:
    for subject in (1, 2, 3):
        bench.executor.submit(job(subject, count_to(subject, 2)))
    assert bench.events(6) == [said(s, c) for s in (1, 2, 3) for c in (0, 1)]
    assert bench.rest() == []
    assert bench.executor.is_idle()


def test_one_job_of_a_stage_at_a_time(bench: Bench) -> None:
    running = 0
    most = 0

    def worker() -> Worker:
        nonlocal running, most
        running += 1
        most = max(most, running)
        yield None
        running -= 1
        yield said(1)

    for _ in range(4):
        bench.executor.submit(job(1, worker))
    assert len(bench.events(4)) == 4
    assert most == 1


def test_idle_only_without_work(bench: Bench) -> None:
    assert bench.executor.is_idle()
    done = threading.Event()

    def worker() -> Worker:
        yield said(1)
        assert done.wait(WAIT_S)

    bench.executor.submit(job(1, worker))
    assert not bench.executor.is_idle()
    done.set()
    assert bench.events(1) == [said(1)]
    bench.executor.close()
    assert bench.executor.is_idle()


@pytest.mark.parametrize("subject", [1, None])
def test_cancel_what_waits(bench: Bench, subject: int | None) -> None:
    gate = threading.Event()

    def first() -> Worker:
        assert gate.wait(WAIT_S)
        yield said(9)

    if isinstance(bench.executor, InlineExecutor):
        gate.set()
    bench.executor.submit(job(9, first))
    for waiting in (1, 2, 1):
        bench.executor.submit(job(waiting, count_to(waiting, 1)))
    if subject is None:
        bench.executor.cancel("a")
        bench.executor.submit(job(3, count_to(3, 1)))
        gate.set()
        assert bench.events(1)[-1:] == [said(3)]
    else:
        bench.executor.cancel("a", subject)
        gate.set()
        assert bench.events(2) == [said(9), said(2)]
    assert bench.rest() == []


def test_cancel_of_nothing_does_nothing(bench: Bench) -> None:
    bench.executor.cancel("no such stage")
    bench.executor.cancel("no such stage", 1)
    bench.executor.submit(job(1, count_to(1, 1)))
    bench.executor.cancel("a", 2)
    bench.executor.cancel("b")
    assert bench.events(1) == [said(1)]


def test_error_is_told_once_and_the_next_job_runs(bench: Bench) -> None:
    def broken() -> Worker:
        yield said(1)
        raise ValueError("two\nlines  of it")

    bench.executor.submit(job(1, broken))
    bench.executor.submit(job(2, count_to(2, 1)))
    assert bench.events(3) == [said(1), GenerationFailed(1, "ValueError: two lines of it"), said(2)]
    assert bench.rest() == []


def test_error_at_start(bench: Bench) -> None:
    def start() -> Worker:
        raise OSError("no such model")

    bench.executor.submit(job(1, start))
    bench.executor.submit(job(2, count_to(2, 1)))
    assert bench.events(2) == [GenerationFailed(1, "OSError: no such model"), said(2)]
    assert bench.rest() == []


def test_error_while_cleaning_up_at_the_end(bench: Bench) -> None:
    def worker() -> Worker:
        try:
            yield said(1)
        finally:
            raise RuntimeError("cannot clean up")

    bench.executor.submit(job(1, worker))
    assert bench.events(2) == [said(1), GenerationFailed(1, "RuntimeError: cannot clean up")]
    assert bench.rest() == []


def test_a_job_without_anything_to_report(bench: Bench) -> None:
    def worker() -> Worker:
        yield from ()

    bench.executor.submit(job(1, worker))
    bench.executor.submit(job(2, count_to(2, 1)))
    assert bench.events(1) == [said(2)]


def test_pause_is_waited_for(bench: Bench) -> None:
    def worker() -> Worker:
        yield Pause(1)
        yield Pause(0)
        yield said(1)

    bench.executor.submit(job(1, worker))
    assert bench.events(1) == [said(1)]


def test_cleaned_up_where_it_runs(bench: Bench) -> None:
    seen: list[int] = []

    def worker() -> Worker:
        seen.append(threading.get_ident())
        try:
            yield said(1)
            yield None
        finally:
            seen.append(threading.get_ident())

    bench.executor.submit(job(1, worker))
    assert bench.events(1) == [said(1)]
    assert bench.rest() == []
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_close_twice(bench: Bench) -> None:
    bench.executor.submit(job(1, count_to(1, 1)))
    bench.executor.close()
    bench.executor.close()
    assert bench.executor.is_idle()
