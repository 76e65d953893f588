"""What there is on the other end: whether a terminal shows and hears, and how much it can."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from engine.terminal.keys_posix import in_foreground, reading_keys


def is_dumb() -> bool:
    """Whether the terminal says that it can do no more than lines, or says nothing."""
    return sys.platform != "win32" and os.environ.get("TERM", "dumb") in ("dumb", "unknown", "")


def shows_pictures() -> bool:
    """Whether standard output is a terminal on which one can paint, and is ours to paint on."""
    return is_terminal(sys.stdout) and not is_dumb() and _is_ours(sys.stdout.fileno())


def keys_are_there() -> bool:
    """Whether standard input is a terminal whose keys are for us."""
    return is_terminal(sys.stdin) and _is_ours(sys.stdin.fileno())


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a standard stream is a terminal; one that was closed before we began is None."""
    return stream is not None and stream.isatty()


@contextmanager
def pressing(press: Callable[[str], None], *, hung_up: Callable[[], None]) -> Iterator[None]:
    """While inside, ``press`` is told of every key, in a thread of its own; for where ``keys_are_there``."""
    if sys.platform == "win32":
        from engine.terminal import keys_windows

        with keys_windows.reading_keys(press):
            yield
    else:
        with reading_keys(sys.stdin.fileno(), press, hung_up=hung_up):
            yield


def _is_ours(fd: int) -> bool:
    return sys.platform == "win32" or in_foreground(fd)
