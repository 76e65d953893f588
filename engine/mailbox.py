"""Where every fact arrives: a queue that any thread may post to and one loop empties."""

from queue import Empty, SimpleQueue

from engine.clock import Clock
from states.events import Event


class Mailbox:
    """Events with the time of their posting, in order of arrival. Unbounded: the control plane is slow by design."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: SimpleQueue[tuple[int, Event]] = SimpleQueue()

    def post(self, event: Event) -> None:
        """Put an event in. Any thread, an audio callback too; never blocks."""
        self._queue.put((self._clock.now_us(), event))

    def take(self, timeout_s: float | None = 0.0) -> tuple[int, Event] | None:
        """The oldest event and when it was posted; None where none comes within the time. ``None`` waits for ever."""
        try:
            if timeout_s is not None and timeout_s <= 0:
                return self._queue.get_nowait()
            return self._queue.get(timeout=timeout_s)
        except Empty:
            return None
