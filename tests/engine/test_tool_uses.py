"""Functions that a model calls: told once they have returned, never lost, never called twice for one wish."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.stages.generation import Generation
from engine.work import WAITING, Job, Worker
from models.scripted import ScriptedAnswer, ScriptedLanguageModel
from states import events as ev
from states.history import Entry, Message, ToolUse
from tests.engine.bench import WAIT_S, job, threads
from tests.engine.test_executor_inline import run_all, timed

LIGHT = ToolUse("light", '{"on": true}', "the light is on")
TOLD = ev.ToolUsed(1, "light", '{"on": true}', "the light is on", False)
ASKED = (Message("user", "light, please"),)


class Handyman:
    """A model that switches the light on once for every wish that it does not see fulfilled, and says so."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Entry]] = []
        self.calls = 0
        self.running = threading.Event()
        self.may_return = threading.Event()

    def stream(self, messages: Sequence[Entry]) -> Iterator[str | ToolUse]:
        self.asked.append(messages)
        if LIGHT not in messages:
            yield ""
            self.calls += 1
            self.running.set()
            assert self.may_return.wait(WAIT_S)
            yield LIGHT
        yield "It is on."


def answering(model: Any, reply: int, messages: Sequence[Entry] = ASKED) -> Callable[[], Worker]:
    generation = Generation(model, max_pieces=100) if not isinstance(model, Generation) else model
    return lambda: generation.answer(reply, messages)


def test_a_call_is_told_before_anything_is_said_of_it() -> None:
    model = ScriptedLanguageModel([ScriptedAnswer("It is on.", tool="light", tool_result="done")])
    told = [item for item in answering(model, 1)() if item is not None]
    use = ev.ToolUsed(1, "light", "{}", "done", False)
    assert told == [use, ev.ClauseGenerated(1, 0, "It is on."), ev.ReplyGenerated(1, 1)]


def test_words_before_a_call_are_not_lost() -> None:
    class Model:
        def stream(self, _: Sequence[Entry]) -> Iterator[str | ToolUse]:
            yield from ("One ", LIGHT, "moment.")

    told = [item for item in answering(Model(), 1)() if item is not None]
    assert told == [TOLD, ev.ClauseGenerated(1, 0, "One moment."), ev.ReplyGenerated(1, 1)]


def test_a_call_that_runs_when_its_reply_is_closed_is_told_all_the_same_and_not_made_again() -> None:
    bench, model = threads(), Handyman()
    generation = Generation(model, max_pieces=100)
    bench.executor.submit(job(1, answering(generation, 1)))
    assert model.running.wait(WAIT_S)
    bench.executor.cancel("a", 1)
    later = (Message("user", "light, please and hurry"),)  # as it stood before the call returned
    bench.executor.submit(job(2, answering(generation, 2, later)))
    model.may_return.set()
    told = bench.events(3)
    assert told == [TOLD, ev.ClauseGenerated(2, 0, "It is on."), ev.ReplyGenerated(2, 1)]
    assert model.calls == 1
    assert model.asked[1] == (*later, LIGHT)
    assert bench.rest() == []


def test_a_reply_closed_before_the_call_makes_none() -> None:
    model = Handyman()
    worker = answering(model, 1)()
    assert next(worker) is WAITING
    worker.close()
    assert model.calls == 0


def test_a_call_that_the_history_tells_of_is_not_told_twice() -> None:
    model = Handyman()
    model.may_return.set()
    generation = Generation(model, max_pieces=100)
    before = (ToolUse("clock", "{}", "five"), *ASKED)  # of an earlier session
    list(generation.answer(1, before))
    list(generation.answer(2, (*before, LIGHT, Message("user", "thanks"))))
    assert model.asked == [before, (*before, LIGHT, Message("user", "thanks"))]


def test_on_a_virtual_clock_a_recorded_call_is_told_when_it_was_then() -> None:
    class Times:
        def of(self, _: Job) -> deque[int]:
            return deque([700])

    executor, clock, found = timed({}, Times())

    def worker() -> Worker:
        yield TOLD
        yield ev.ReplyGenerated(1, 0)

    executor.submit(job(1, worker))
    executor.run_due()
    executor.cancel("a", 1)
    assert not executor.is_idle()
    run_all(executor, clock)
    assert found == [(700, TOLD)]
    assert executor.is_idle()
