"""Bytes of a terminal or a pipe, read in a thread that can be called off at any time."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol


class Reader(Protocol):
    """Takes what is read; all in the reading thread."""

    def feed(self, data: bytes) -> None:
        """The next bytes."""

    def wait_s(self) -> float | None:
        """How long to wait for more before ``idle`` is called; None: for ever."""

    def idle(self) -> None:
        """Nothing came for that long."""

    def ended(self) -> None:
        """Nothing will come any more: the input is over, or the terminal hung up."""


@contextmanager
def reading(fd: int, reader: Reader) -> Iterator[None]:
    """While inside, give ``reader`` what comes from ``fd``. Outside, the thread has ended."""
    if sys.platform == "win32":  # select knows sockets only there; the thread may stay behind in its read
        Thread(target=_read_blocking, args=(fd, reader), name="is2s-input", daemon=True).start()
        yield
        return
    wake_r, wake_w = os.pipe()
    thread = Thread(target=_read, args=(fd, wake_r, reader), name="is2s-input", daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.write(wake_w, b"x")
        thread.join()
        os.close(wake_r)
        os.close(wake_w)


def _read(fd: int, wake: int, reader: Reader) -> None:
    while True:
        ready, _, _ = select.select([fd, wake], [], [], reader.wait_s())
        if wake in ready:
            return
        if not ready:
            reader.idle()
        elif data := _bytes_of(fd):
            reader.feed(data)
        else:
            reader.ended()
            return


def _read_blocking(fd: int, reader: Reader) -> None:
    while data := _bytes_of(fd):
        reader.feed(data)
    reader.ended()


def _bytes_of(fd: int) -> bytes:
    try:
        return os.read(fd, 4096)
    except OSError:  # EIO: the terminal hung up
        return b""
