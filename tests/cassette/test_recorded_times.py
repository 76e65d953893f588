"""Times of jobs: measured in threads, and taken again on a virtual clock."""

import json
import queue
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cassette.times import GIVEN_UP_US, NEVER_US, JobTimes, RecordedTimes, read_times
from engine.clock import VirtualClock
from engine.executor_inline import InlineExecutor, Latency
from engine.executor_threads import ThreadExecutor
from engine.work import WAITING, Job, Pause, Worker
from states.events import Event, PlayoutStarted, StopRequested, TranscriptionFailed

WAIT_S = 10.0


def job(*items: Any, stage: str = "synthesis", subject: int = 1) -> Job:
    def start() -> Worker:
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item

    return Job(stage, subject, start, lambda error: TranscriptionFailed(subject, error))


def played(costs_us: dict[tuple[str, int, int], tuple[int, ...]], jobs: list[Job]) -> list[tuple[int, Event]]:
    """What comes when, all jobs submitted at once."""
    clock = VirtualClock()
    found: list[tuple[int, Event]] = []
    executor = InlineExecutor(
        lambda event: found.append((clock.now_us(), event)),
        clock,
        {"synthesis": Latency(1_000, 10)},
        RecordedTimes(costs_us),
    )
    for each in jobs:
        executor.submit(each)
    while (due_us := executor.next_due_us()) is not None and due_us < NEVER_US // 2:
        clock.advance_to(due_us)
        executor.run_due()
    return found


A, B = PlayoutStarted(1), PlayoutStarted(2)


def test_items_come_as_late_as_they_came() -> None:
    assert played({("synthesis", 1, 1): (70, 5, 3)}, [job(A, B), job(A)]) == [(70, A), (75, B), (1078, A)]


def test_pauses_are_the_workers_own() -> None:
    assert played({("synthesis", 1, 1): (70, 5)}, [job(Pause(2), A)]) == [(2_070, A)]


def test_a_failure_comes_as_late_as_it_came() -> None:
    assert played({("synthesis", 1, 1): (70, 5)}, [job(A, ValueError("x"))])[-1] == (
        75,
        TranscriptionFailed(1, "ValueError: x"),
    )


def test_beyond_what_was_recorded_declared_latencies_count() -> None:
    assert played({("synthesis", 1, 1): (70,)}, [job(A, B)]) == [(70, A), (80, B)]
    assert played({("synthesis", 9, 1): (70,)}, [job(A, B)]) == [(1_000, A), (1_010, B)]


def test_what_never_came_back_never_comes() -> None:
    assert played({("synthesis", 1, 1): (70, NEVER_US)}, [job(A, B), job(A)]) == [(70, A)]


def test_a_job_is_known_by_whom_it_serves() -> None:
    costs: dict[tuple[str, int, int], tuple[int, ...]] = {("synthesis", 2, 1): (7, 0), ("synthesis", 1, 2): (3, 0)}
    assert played(costs, [job(A), job(B, subject=2), job(A)]) == [(1_000, A), (1_017, B), (1_020, A)]


@given(st.lists(st.lists(st.integers(0, 10_000), min_size=1, max_size=5), min_size=1, max_size=5))
def test_jobs_of_a_stage_take_the_sum_of_their_costs(costs: list[list[int]]) -> None:
    recorded = {("synthesis", 1, n): tuple(each) for n, each in enumerate(costs, 1)}
    found = played(recorded, [job(*[A] * (len(each) - 1)) for each in costs])
    at, expected = 0, []
    for *items, end in costs:
        for cost in items:
            at += cost
            expected.append(at)
        at += end
    assert [at for at, _ in found] == expected


class StandingClock:
    """A time that the test moves."""

    def __init__(self) -> None:
        self.us = 0

    def now_us(self) -> int:
        return self.us


def test_threads_are_timed() -> None:
    clock, lines, posted = StandingClock(), list[dict[str, Any]](), queue.SimpleQueue[Event]()
    done = threading.Semaphore(0)

    def write(line: dict[str, Any]) -> None:
        lines.append(line)
        done.release()

    times = JobTimes(clock, write)
    executor = ThreadExecutor(posted.put, times)

    def slow() -> Worker:
        clock.us += 100
        yield A
        clock.us += 20
        yield Pause(0)
        clock.us += 3
        yield B
        clock.us += 4

    executor.submit(Job("synthesis", 1, slow, lambda error: TranscriptionFailed(1, error)))
    assert done.acquire(timeout=WAIT_S)
    executor.submit(job(A, ValueError("x")))
    assert done.acquire(timeout=WAIT_S)
    executor.close()
    hanging = times.submitted(job(A))
    hanging.start(0)
    times.close()
    assert lines == [
        {"stage": "synthesis", "subject": 1, "n": 1, "costs_us": [100, 3, 4]},
        {"stage": "synthesis", "subject": 1, "n": 2, "costs_us": [0, 0]},
        {"stage": "synthesis", "subject": 1, "n": 3, "costs_us": [NEVER_US]},
    ]
    assert [posted.get(timeout=WAIT_S) for _ in range(3)][:2] == [A, B]


def test_waiting_is_part_of_what_comes_next() -> None:
    """Live the model polls, in the replay it does not: the items and their times are the same."""
    clock, lines, done = StandingClock(), list[dict[str, Any]](), threading.Semaphore(0)

    def write(line: dict[str, Any]) -> None:
        lines.append(line)
        done.release()

    def polling() -> Worker:
        for item in (A, B):
            for _ in range(3):
                clock.us += 20
                yield WAITING
            clock.us += 5
            yield item
        clock.us += 20
        yield WAITING
        clock.us += 1

    executor = ThreadExecutor(lambda _: None, JobTimes(clock, write))
    executor.submit(Job("synthesis", 1, polling, lambda error: TranscriptionFailed(1, error)))
    assert done.acquire(timeout=WAIT_S)
    executor.close()
    assert [line["costs_us"] for line in lines] == [[65, 65, 21]]
    assert played({("synthesis", 1, 1): (65, 65, 21)}, [job(A, B)]) == [(65, A), (130, B)]


def test_what_was_cancelled_while_it_waited_lasts_past_its_cancellation() -> None:
    clock, lines, done = StandingClock(), list[dict[str, Any]](), threading.Semaphore(0)
    waiting = threading.Event()

    def write(line: dict[str, Any]) -> None:
        lines.append(line)
        done.release()

    def silent() -> Worker:
        clock.us += 10
        yield A
        clock.us += 70
        while True:
            waiting.set()
            yield WAITING

    executor = ThreadExecutor(lambda _: None, JobTimes(clock, write))
    executor.submit(Job("synthesis", 1, silent, lambda error: TranscriptionFailed(1, error)))
    assert waiting.wait(WAIT_S)
    executor.cancel("synthesis", 1)
    assert done.acquire(timeout=WAIT_S)
    executor.close()
    assert [line["costs_us"] for line in lines] == [[10, 70 + GIVEN_UP_US]]


def test_what_a_late_noticed_cancellation_costs_the_next_job_is_its_cost() -> None:
    clock, lines = StandingClock(), list[dict[str, Any]]()
    running, go, done = threading.Event(), threading.Event(), threading.Semaphore(0)

    def write(line: dict[str, Any]) -> None:
        lines.append(line)
        done.release()

    def deaf() -> Worker:
        running.set()
        assert go.wait(WAIT_S)
        yield A

    executor = ThreadExecutor(lambda _: None, JobTimes(clock, write))
    executor.submit(Job("assessment", 1, deaf, lambda error: TranscriptionFailed(1, error)))
    assert running.wait(WAIT_S)
    clock.us = 50
    executor.cancel("assessment", 1)
    executor.submit(job(StopRequested(), stage="assessment", subject=2))
    clock.us = 950
    go.set()
    assert done.acquire(timeout=WAIT_S)
    assert done.acquire(timeout=WAIT_S)
    executor.close()
    assert [(line["subject"], line["costs_us"]) for line in lines] == [(1, [950]), (2, [900, 0])]


def test_times_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    whole = {"stage": "synthesis", "subject": 1, "n": 1, "costs_us": [10, 20]}
    (tmp_path / "jobs.jsonl").write_text(json.dumps(whole) + "\n" + json.dumps({**whole, "n": "x"}) + "\n")
    times, note = read_times(tmp_path, ["synthesis"], 1.5)
    assert "line 2 is damaged" in note
    assert list(times.of(job()) or ()) == [15, 30]
    assert times.of(job()) is None
    assert read_times(tmp_path, ["generation"])[0].of(job()) is None


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_times_cut_off_anywhere(tmp_path: Path, cut: int) -> None:
    line = json.dumps({"stage": "synthesis", "subject": 1, "n": 1, "costs_us": [10, 20]}) + "\n"
    (tmp_path / "jobs.jsonl").write_text(line[:cut])
    times, note = read_times(tmp_path, ["synthesis"])
    assert times.of(job()) is None
    assert bool(note) == (cut > 0)
