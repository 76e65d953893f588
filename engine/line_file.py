"""A file of lines that grows during a session, without the session waiting for the disk.

A disk may stall for seconds: a laptop's that wakes up, a network's, one that is being backed up. The loop hands its
lines over and goes on; a thread of their own writes them, in order, whole. On a virtual clock there is no hurry and
one thread only: there each line is written where it is handed in, so that a replay stays deterministic.

What is lost when the process is killed is what waited for the disk at that moment: as a rule nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TextIO

WAITING_LINES = 20_000
"""Lines that may wait for a slow disk, some 8 MB: minutes of lively talk. Beyond it the file ends."""

CLOSING_S = 5.0
"""Longest wait at the end for a disk that does not answer."""


class LineFile:
    """Writes lines to an open file, which it owns. One caller.

    ``live``: ``write`` only queues, never blocks, and a daemon thread writes and flushes. Otherwise ``write`` writes.
    ``warn`` is told once, in the thread that found out, as "``ends``: why", when the disk is full or does not keep
    up; then the file has all lines up to there and none after it, and everything else goes on.
    """

    def __init__(self, file: TextIO, ends: str, warn: Callable[[str], None], *, live: bool = False) -> None:
        self._file = file
        self._ends = ends
        self._warn = warn
        self._ended = False
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._queued = 0  # counted by the caller
        self._written = 0  # counted by the thread
        self._thread: Thread | None = None
        if live:
            self._thread = Thread(target=self._work, name="is2s-lines", daemon=True)
            self._thread.start()

    def write(self, line: str) -> None:
        """Append a line, its end included. Raises nothing for a fault of the disk."""
        if self._ended:
            return
        if self._thread is None:
            self._attempt(partial(self._file.write, line))
        elif self._queued - self._written < WAITING_LINES:
            self._queued += 1
            self._queue.put(line)
        else:
            self._end("the disk does not keep up")

    def flush(self) -> None:
        """Hand what was written to the system; the thread of a live session does so by itself."""
        if self._thread is None and not self._ended:
            self._attempt(self._file.flush)

    def close(self) -> None:
        """Write what waits and close the file. Blocks for a disk that works, and at most ``CLOSING_S`` for others."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(CLOSING_S)
            if self._thread.is_alive():  # it holds the file: that is left to the end of the process
                self._end(f"the disk has not answered for {CLOSING_S:g} s")
                return
            self._thread = None
        if self._ended:
            with suppress(OSError):  # told already
                self._file.close()
        else:
            self._attempt(self._file.close)

    def _work(self) -> None:
        """Body of the thread. What has gathered meanwhile is written at once: a slow disk is asked less often."""
        going = True
        while going:
            lines = [self._queue.get()]
            with suppress(Empty):
                while True:
                    lines.append(self._queue.get_nowait())
            going = None not in lines
            text = "".join(line for line in lines if line is not None)
            if not (self._attempt(partial(self._file.write, text)) and self._attempt(self._file.flush)):
                return
            self._written += len(lines)

    def _attempt(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except OSError as error:
            self._end(error.strerror or str(error))
            return False
        return True

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._warn(f"{self._ends}: {reason}")
