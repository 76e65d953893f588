"""Keys of a POSIX terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from engine.terminal.keys import KeyParser
from engine.terminal.reading import reading

ESCAPE_S = 0.05
"""Longest time between ESC and the rest of a sequence that a terminal sends in one go, over a slow line too."""


class _Keys:
    def __init__(self, press: Callable[[str], None], hung_up: Callable[[], None]) -> None:
        self._press = press
        self._hung_up = hung_up
        self._parser = KeyParser()

    def feed(self, data: bytes) -> None:
        for key in self._parser.feed(data):
            self._press(key)

    def wait_s(self) -> float | None:
        return ESCAPE_S if self._parser.waiting else None

    def idle(self) -> None:
        for key in self._parser.flush():
            self._press(key)

    def ended(self) -> None:
        self._hung_up()


@contextmanager
def reading_keys(fd: int, press: Callable[[str], None], *, hung_up: Callable[[], None]) -> Iterator[None]:
    """While inside, ``press`` is told of every key of the terminal ``fd``, in a thread of its own.

    ``hung_up`` is called when the terminal has gone away.
    """
    with keys_at_once(fd), reading(fd, _Keys(press, hung_up)):
        yield


@contextmanager
def keys_at_once(fd: int) -> Iterator[None]:
    """While inside, a terminal gives each key at once and does not echo it, as ``tty.setcbreak`` would have it.

    Signals stay what they are (Ctrl-C), but for Ctrl-Z: a conversation cannot be suspended. The terminal's attributes
    are put back on the way out, whatever the way.
    """
    assert sys.platform != "win32"
    import termios

    before = termios.tcgetattr(fd)
    changed = termios.tcgetattr(fd)
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    changed[6][termios.VSUSP] = os.fpathconf(fd, "PC_VDISABLE").to_bytes(1, "little")
    try:
        termios.tcsetattr(fd, termios.TCSADRAIN, changed)
        yield
    finally:
        with suppress(termios.error):  # it may be gone
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


def in_foreground(fd: int) -> bool:
    """Whether this process may use its terminal: one in the background is stopped when it tries."""
    try:
        return sys.platform != "win32" and os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False
