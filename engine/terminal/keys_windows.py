"""Keys of a Windows console, looked for twenty times a second: one cannot wait for them and be called off."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from engine.terminal.keys import NAMES

LOOK_S = 0.05


@contextmanager
def reading_keys(press: Callable[[str], None]) -> Iterator[None]:
    """While inside, ``press`` is told of every key, in a thread of its own. Not tried on Windows yet."""
    stop = Event()
    thread = Thread(target=_read, args=(stop, press), name="is2s-keys", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _read(stop: Event, press: Callable[[str], None]) -> None:
    if sys.platform == "win32":
        import msvcrt

        while not stop.wait(LOOK_S):
            while msvcrt.kbhit():
                character = msvcrt.getwch()
                if character in ("\0", "\xe0"):  # an arrow or function key: the next one belongs to it
                    msvcrt.getwch()
                elif character == "\x1b":
                    press("escape")
                elif character in NAMES:
                    press(NAMES[character])
                elif character.isprintable():
                    press(character)
