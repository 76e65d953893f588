"""Lines for a terminal or a pipe, written in a thread of their own: a slow reader holds up no conversation."""

import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import IO, Generic, TypeVar

T = TypeVar("T")


class _End:
    """Nothing more will be told."""


class Teller(Generic[T]):
    """Writes what it is given, in that order, from its construction to ``close``.

    ``form`` makes text of it, in the writing thread. ``broken`` is called once, in that thread too, where nobody
    reads any more; what is told after that is lost.
    """

    def __init__(
        self, form: Callable[[T], str], stream: IO[str] | None = None, *, broken: Callable[[], None] = lambda: None
    ) -> None:
        self._form = form
        self._stream: IO[str] | None = stream if stream is not None else sys.stdout  # None where it was closed
        self.broken = broken
        self._queue: SimpleQueue[T | _End] = SimpleQueue()
        self._error: OSError | None = None
        self._thread = Thread(target=self._write, name="is2s-teller", daemon=True)
        self._thread.start()

    def tell(self, item: T) -> None:
        """Write this. Any thread; does not block."""
        self._queue.put(item)

    def close(self) -> None:
        """Block until all that was told is written; then raise the ``OSError`` that broke it off, if one did."""
        self._queue.put(_End())
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        while not isinstance(item := self._queue.get(), _End):
            if self._error is not None or self._stream is None:
                continue
            try:
                self._stream.write(self._form(item))
                self._stream.flush()
            except OSError as error:
                self._error = error
                self.broken()
