"""What the executor in virtual time promises beyond the contract of both."""

import pytest

from engine.clock import VirtualClock
from engine.executor_inline import PATIENCE, STALLED_US, InlineExecutor, Latency, Times
from engine.work import WAITING, Pause, Worker
from states.events import Event
from tests.engine.bench import count_to, job, said


def timed(
    latencies: dict[str, Latency], times: Times | None = None
) -> tuple[InlineExecutor, VirtualClock, list[tuple[int, Event]]]:
    clock = VirtualClock()
    found: list[tuple[int, Event]] = []
    executor = InlineExecutor(lambda event: found.append((clock.now_us(), event)), clock, latencies, times)
    return executor, clock, found


def run_all(executor: InlineExecutor, clock: VirtualClock) -> None:
    while (due_us := executor.next_due_us()) is not None:
        clock.advance_to(due_us)
        executor.run_due()


def test_declared_latencies_are_exact() -> None:
    executor, clock, found = timed({"a": Latency(1000, 100)})

    def worker() -> Worker:
        yield said(1, 0)
        yield None
        yield said(1, 1)
        yield Pause(7)
        yield said(1, 2)

    executor.submit(job(1, worker))
    executor.submit(job(2, count_to(2, 1)))
    run_all(executor, clock)
    # The third comes 7 ms after the pause was asked for, the next job 100 us after that one's end was seen.
    assert found == [
        (1000, said(1, 0)),
        (1200, said(1, 1)),
        (8300, said(1, 2)),
        (9500, said(2, 0)),
    ]


def test_a_stage_without_declaration_costs_nothing() -> None:
    executor, clock, found = timed({})
    executor.submit(job(1, count_to(1, 2)))
    run_all(executor, clock)
    assert found == [(0, said(1, 0)), (0, said(1, 1))]


def test_stages_share_time() -> None:
    executor, clock, found = timed({"a": Latency(1000, 1000), "b": Latency(1500, 1000)})
    executor.submit(job(1, lambda: iter_of(said(1, 0), said(1, 1)), "a"))
    executor.submit(job(2, lambda: iter_of(said(2, 0), said(2, 1)), "b"))
    run_all(executor, clock)
    assert found == [(1000, said(1, 0)), (1500, said(2, 0)), (2000, said(1, 1)), (2500, said(2, 1))]


def test_waiting_costs_nothing_however_often() -> None:
    def worker(waits: int) -> Worker:
        for clause in range(2):
            for _ in range(waits):
                yield WAITING
            yield said(1, clause)
        for _ in range(waits):
            yield WAITING

    for waits in (0, 1, 17, PATIENCE):
        executor, clock, found = timed({"a": Latency(1000, 100)})
        executor.submit(job(1, lambda waits=waits: worker(waits)))  # type: ignore[misc]
        run_all(executor, clock)
        assert found == [(1000, said(1, 0)), (1100, said(1, 1))]
        assert clock.now_us() == 1200, "nor does it at the end"


def test_who_waits_for_ever_lets_time_pass() -> None:
    executor, clock, found = timed({"a": Latency(1000, 0)})

    def worker() -> Worker:
        while True:
            yield WAITING

    executor.submit(job(1, worker))
    executor.submit(job(2, count_to(2, 1)))
    for pull in range(5):
        assert executor.next_due_us() == 1000 + pull * STALLED_US
        clock.advance_to(1000 + pull * STALLED_US)
        executor.run_due()
    executor.cancel("a", 1)
    run_all(executor, clock)
    assert found == [(1000 + 4 * STALLED_US + 1000, said(2))]


def iter_of(*events: Event) -> Worker:
    yield from events


def test_ties_go_by_order_of_scheduling() -> None:
    stages = ["c", "a", "b", "d"]
    executor, clock, found = timed({stage: Latency(500, 500) for stage in stages})
    for subject, stage in enumerate(stages, 1):
        executor.submit(job(subject, lambda s=subject: iter_of(said(s, 0), said(s, 1)), stage))  # type: ignore[misc]
    run_all(executor, clock)
    assert found == [(at, said(s, c)) for c, at in ((0, 500), (1, 1000)) for s in (1, 2, 3, 4)]


def test_cancelling_in_virtual_time_closes_at_once_and_starts_the_next() -> None:
    executor, clock, found = timed({"a": Latency(1000, 100)})
    closed: list[int] = []

    def worker() -> Worker:
        try:
            while True:
                yield said(1)
        finally:
            closed.append(clock.now_us())

    executor.submit(job(1, worker))
    executor.submit(job(2, count_to(2, 1)))
    clock.advance_to(1000)
    executor.run_due()
    clock.advance_to(1050)
    executor.cancel("a", 1)
    assert closed == [1050]
    assert executor.next_due_us() == 2050
    run_all(executor, clock)
    assert found == [(1000, said(1)), (2150, said(2))]
    assert executor.is_idle()


def test_a_job_cancelled_before_its_first_step_is_never_started() -> None:
    executor, clock, found = timed({"a": Latency(1000)})
    executor.submit(job(1, lambda: pytest.fail("was started")))
    executor.cancel("a", 1)
    assert executor.next_due_us() is None
    executor.run_due()
    run_all(executor, clock)
    assert found == []


def test_trouble_in_cleaning_up_a_cancelled_job_stays_there() -> None:
    executor, clock, found = timed({})

    def worker() -> Worker:
        try:
            yield said(1)
            yield None
        finally:
            raise RuntimeError("cannot clean up")

    executor.submit(job(1, worker))
    executor.run_due()
    executor.cancel("a", 1)
    executor.submit(job(2, count_to(2, 1)))
    run_all(executor, clock)
    assert found == [(0, said(1)), (0, said(2))]
