"""Ctrl-C as an event like any other: as an exception it could come between a step and its line in the journal."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from states.events import Event, SessionStopped


class Interrupt:
    """Whether Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.came = False


@contextmanager
def orderly_interrupt(post: Callable[[Event], None]) -> Iterator[Interrupt]:
    """While inside, the first Ctrl-C posts ``SessionStopped``; a second one is a ``KeyboardInterrupt`` again.

    ``post`` is called in the main thread in the middle of anything, so it must be fit for a signal handler, as
    ``SimpleQueue.put`` is. Outside the main thread, and where Ctrl-C is ignored or taken by others, nothing changes.
    """
    interrupt = Interrupt()
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        interrupt.came = True
        post(SessionStopped())

    try:
        installed = before is signal.default_int_handler and signal.signal(signal.SIGINT, stop) is not None
    except ValueError:  # how it says that this is not the main thread
        installed = False
    try:
        yield interrupt
    finally:
        if installed:
            signal.signal(signal.SIGINT, before)
