"""The loop as it runs live: it wakes for deadlines, sleeps until somebody posts, and ends with the session."""

import threading
from collections.abc import Callable

from engine.clock import Clock, VirtualClock
from engine.loop import LONGEST_WAIT_S, Loop
from engine.mailbox import Mailbox
from states.commands import (
    CloseSession,
    Command,
    SetDeadline,
)
from states.events import (
    DeadlineExpired,
    Event,
    SessionStopped,
    SpeechStarted,
    StopRequested,
)
from tests.engine.loop_rig import Script

WAIT_S = 5.0
"""Longest wait for another thread; only a failing test waits so long."""


class Waiting(Mailbox):
    """A mailbox whose waits are noted and, on a virtual clock, take no time."""

    def __init__(self, clock: VirtualClock, on_wait: Callable[[], None] = lambda: None) -> None:
        super().__init__(clock)
        self._virtual = clock
        self._on_wait = on_wait
        self.waits: list[float | None] = []

    def take(self, timeout_s: float | None = 0.0) -> tuple[int, Event] | None:
        found = super().take(0.0)
        if found is None:
            self.waits.append(timeout_s)
            assert timeout_s is not None, "would wait for ever"
            self._virtual.advance_to(self._virtual.now_us() + round(timeout_s * 1e6))
            self._on_wait()
        return found


def live(script: Script, clock: VirtualClock, mailbox: Mailbox, done: list[Command]) -> Loop:
    return Loop(script, clock, mailbox, heard=lambda _: 0, dispatch=done.append)


def test_run_wakes_for_deadlines_and_stops_on_close() -> None:
    orders: dict[Event, list[Command]] = {
        StopRequested(): [SetDeadline("state", 1, 250), SetDeadline("candidate", 2, 100)],
        DeadlineExpired(1): [CloseSession()],
    }
    clock, script, done = VirtualClock(), Script(orders), list[Command]()
    mailbox = Waiting(clock)
    loop = live(script, clock, mailbox, done)
    mailbox.post(StopRequested())
    loop.run()
    assert loop.stopped
    assert [(now, e) for now, e, _ in script.told] == [
        (0, StopRequested()),
        (100_000, DeadlineExpired(2)),
        (250_000, DeadlineExpired(1)),
    ]
    assert mailbox.waits == [0.1, 0.15]
    assert done == [CloseSession()]


def test_run_fires_deadlines_though_events_keep_coming() -> None:
    clock, done = VirtualClock(), list[Command]()
    script = Script({StopRequested(): [SetDeadline("state", 1, 1)], DeadlineExpired(1): [CloseSession()]})
    mailbox = Mailbox(clock)

    def busy(_reply: int) -> int:
        clock.advance_to(clock.now_us() + 400)
        mailbox.post(SpeechStarted(1))
        return 0

    script.reply = 1
    loop = Loop(script, clock, mailbox, heard=busy, dispatch=done.append)
    mailbox.post(StopRequested())
    loop.run()
    assert done == [CloseSession()]
    assert len(script.told) < 10


def test_run_waits_for_a_far_deadline_in_stretches() -> None:
    orders: dict[Event, list[Command]] = {StopRequested(): [SetDeadline("state", 1, 10**15)]}
    clock, script, done = VirtualClock(), Script(orders | {SessionStopped(): [CloseSession()]}), list[Command]()
    mailbox = Waiting(clock, on_wait=lambda: mailbox.post(SessionStopped()))
    mailbox.post(StopRequested())
    live(script, clock, mailbox, done).run()
    assert mailbox.waits == [LONGEST_WAIT_S]
    assert done == [CloseSession()]


def test_run_takes_nothing_after_the_close() -> None:
    clock, script, done = VirtualClock(), Script({SessionStopped(): [CloseSession()]}), list[Command]()
    mailbox = Mailbox(clock)
    for event in (SpeechStarted(1), SessionStopped(), SpeechStarted(2)):
        mailbox.post(event)
    live(script, clock, mailbox, done).run()
    assert [event for _, event, _ in script.told] == [SpeechStarted(1), SessionStopped()]
    assert mailbox.take() == (0, SpeechStarted(2))


def test_run_sleeps_until_somebody_posts() -> None:
    clock: Clock = VirtualClock()
    mailbox = Mailbox(clock)
    script = Script({SessionStopped(): [CloseSession()]})
    loop = Loop(script, clock, mailbox, heard=lambda _: 0, dispatch=lambda _: None)
    thread = threading.Thread(target=loop.run)
    thread.start()
    mailbox.post(SpeechStarted(1))
    mailbox.post(SessionStopped())
    thread.join(WAIT_S)
    assert not thread.is_alive()
    assert len(script.told) == 2
