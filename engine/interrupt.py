"""Ctrl-C as an event like any other: as an exception it could come between a step and its line in the journal.

So, too, where the system asks a program to end, and where its terminal was closed.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from states.events import Event, SessionStopped

ASKING = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupt:
    """Whether Ctrl-C was pressed or the end was asked for, and by which signal."""

    def __init__(self) -> None:
        self.number = 0

    @property
    def came(self) -> bool:
        """Whether it was."""
        return self.number != 0


@contextmanager
def orderly_interrupt(post: Callable[[Event], None]) -> Iterator[Interrupt]:
    """While inside, the first Ctrl-C posts ``SessionStopped``; a second one is a ``KeyboardInterrupt`` again.

    SIGTERM and SIGHUP likewise: a second one has the system's effect, which is to kill.
    ``post`` is called in the main thread in the middle of anything, so it must be fit for a signal handler, as
    ``SimpleQueue.put`` is. Outside the main thread nothing changes, nor for a signal that is ignored or taken.
    """
    interrupt = Interrupt()
    before: dict[int, Any] = {}

    def stop(number: int, _frame: object) -> None:
        for installed, handler in before.items():
            signal.signal(installed, handler)
        interrupt.number = number
        post(SessionStopped())

    for name in ASKING:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is None or signal.getsignal(number) not in (signal.default_int_handler, signal.SIG_DFL):
            continue
        with suppress(ValueError):  # how it says that this is not the main thread
            before[number] = signal.getsignal(number)
            signal.signal(number, stop)
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            with suppress(ValueError):
                signal.signal(number, handler)
