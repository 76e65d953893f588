"""Time, read in one place. All times are integer microseconds since the session began."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_us(self) -> int:
        """Microseconds since the session began; never runs backwards. Any thread."""


class MonotonicClock:
    """Real time."""

    def __init__(self) -> None:
        self._start_ns = time.monotonic_ns()

    def now_us(self) -> int:
        """Microseconds since this clock was made."""
        return (time.monotonic_ns() - self._start_ns) // 1000

    def sleep_until(self, at_us: int) -> None:
        """Block the calling thread until then; returns at once where that is past."""
        delay_us = at_us - self.now_us()
        if delay_us > 0:
            time.sleep(delay_us / 1e6)


class VirtualClock:
    """Time that stands still until it is told to move. One thread."""

    def __init__(self) -> None:
        self._now_us = 0

    def now_us(self) -> int:
        """The time last advanced to."""
        return self._now_us

    def advance_to(self, at_us: int) -> None:
        """Move on; a time already past changes nothing."""
        self._now_us = max(self._now_us, at_us)


def cpu_seconds() -> float:
    """Processor time of this process so far, all threads; for metrics only."""
    return time.process_time()
