"""Typed turns: lines of a pipe, one after another, or of a person, at once."""

import codecs
from collections import deque
from collections.abc import Callable
from threading import Lock

from states.events import Event, SessionStopped, StopRequested, TurnTyped
from states.state import State
from states.step import Step


class LineSplitter:
    """Bytes into lines. ``line`` is told of each without its end, ``ended`` of the end of the input."""

    def __init__(self, line: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._line = line
        self._ended = ended
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        *lines, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        for line in lines:
            self._line(line.rstrip("\r"))

    def wait_s(self) -> float | None:
        """For ever."""
        return None

    def idle(self) -> None:
        """Does not happen."""

    def ended(self) -> None:
        """The last line may lack its end."""
        self._rest += self._decoder.decode(b"", final=True)
        if self._rest:
            self._line(self._rest)
        self._ended()


class WrittenTurns:
    """Lines of a pipe or a file: each waits until the answer to the one before it is over; then the session ends.

    A listener of the session; ``line`` and ``ended`` belong to the reading thread.
    """

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._lock = Lock()  # between the loop's thread and the reading one
        self._waiting: deque[str] = deque()
        self._over = False
        self._answering = False  # from the posting of a turn to the end of its answer
        self._taken = False  # the turn was taken by the dialogue, and not only posted

    def __call__(self, step: Step, _waited_us: int, _took_us: int) -> None:
        """An answer that is over lets the next line through."""
        if isinstance(step.event, TurnTyped):
            self._taken = True
        elif step.dest is State.IDLE and self._taken:
            with self._lock:
                self._answering = self._taken = False
                self._go_on()

    def line(self, text: str) -> None:
        """The next line; an empty one is none."""
        if text.strip():
            with self._lock:
                self._waiting.append(text.strip())
                self._go_on()

    def ended(self) -> None:
        """No more lines will come."""
        with self._lock:
            self._over = True
            self._go_on()

    def _go_on(self) -> None:
        if self._answering:
            return
        if self._waiting:
            self._answering = True
            self._post(TurnTyped(self._waiting.popleft()))
        elif self._over:
            self._post(SessionStopped())


class SpokenTurns:
    """Lines of a person at a terminal: each is said at once, into a reply too; an empty one stops the reply."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post

    def line(self, text: str) -> None:
        """The next line."""
        self._post(TurnTyped(text.strip()) if text.strip() else StopRequested())

    def ended(self) -> None:
        """The person has left."""
        self._post(SessionStopped())
