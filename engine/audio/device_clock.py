"""When a sample meets the air: the clocks of a sound card, read from its callbacks.

A card says at each block when its first sample will be heard, or was taken from the air, by a clock of its own.
``StreamTime`` brings that to the session's clock, ``PlayedPosition`` makes the heard position of it, ``RateFit`` the
card's true rate.
"""

import math
from collections import deque
from collections.abc import Callable

STREAM_TIME_BLOCKS = 256
"""Blocks over which the shortest way from the card to us is looked for."""

CAUTION_BLOCKS = 8
"""Of so many latest blocks the one that puts the sound last is believed. A card's word wavers; to believe too
little was heard is a word repeated at worst, to believe too much is a word that the user never heard."""

FIT_POINTS = 600
FIT_EVERY_US = 100_000
"""A fit looks back over 60 s, ten points a second."""

FIT_LEAST_US = 30_000_000
"""Shorter stretches say nothing about a rate: the times that PulseAudio tells wander by 5 ms within some seconds,
which would be 1000 ppm over five of them and is below 100 over thirty."""


class StreamTime:
    """From the stream's clock to the session's. For one callback.

    A callback is called a moment after the stream's clock was read, longer where Python was busy: the shortest
    difference of late is the true one. The two clocks may drift apart slowly.
    """

    def __init__(self) -> None:
        self._apart: deque[float] = deque(maxlen=STREAM_TIME_BLOCKS)

    def note(self, current_s: float, now_us: int) -> None:
        """The stream's clock showed ``current_s`` just before the session's shows ``now_us``."""
        self._apart.append(now_us - current_s * 1e6)

    def us(self, stream_s: float) -> float:
        """The session's time of a time of the stream."""
        return stream_s * 1e6 + min(self._apart)


class PlayedPosition:
    """How many of all rendered samples have left the loudspeaker.

    ``handed`` belongs to the callback; the rest may be called from any thread.
    """

    def __init__(self, now_us: Callable[[], int], rate_hz: float) -> None:
        self._now_us = now_us
        self._per_us = rate_hz / 1e6
        self._starts: deque[float] = deque(maxlen=CAUTION_BLOCKS)
        self._line: tuple[float, float, float] | None = None  # position, its time, position after the block

    def handed(self, position: float, samples: float, heard_us: float) -> None:
        """The card takes samples from ``position`` on, the first of which will be heard at ``heard_us``."""
        self._starts.append(heard_us - position / self._per_us)
        self._line = (position, max(self._starts) + position / self._per_us, position + samples)

    def restart(self) -> None:
        """The card lost its place, or is another: what it said before says nothing of what comes."""
        self._starts.clear()

    def played(self) -> int:
        """Samples heard by now: at most those handed over, and none of them too early."""
        return int(self.at(self._now_us()))

    def at(self, time_us: float) -> float:
        """The position that is heard at a time, between 0 and what is handed over."""
        line = self._line
        if line is None:
            return 0.0
        return max(0.0, min(line[2], self.on_line(time_us)))

    def on_line(self, time_us: float) -> float:
        """The same where there was a position, or will be: before the first sample it is negative."""
        if self._line is None:
            return math.nan
        position, heard_us, _ = self._line
        return position + (time_us - heard_us) * self._per_us


class RateFit:
    """The rate of a card by the session's clock: a straight line through its latest minute. One thread."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=FIT_POINTS)

    def add(self, frames: float, time_us: float) -> None:
        """The card was at this frame at this time."""
        if not self._points or time_us - self._points[-1][1] >= FIT_EVERY_US:
            self._points.append((frames, time_us))

    def restart(self) -> None:
        """Frames were lost: the line is broken."""
        self._points.clear()

    def rate_hz(self) -> float | None:
        """Least squares; None until there is enough to say."""
        points = self._points
        if len(points) < 2 or points[-1][1] - points[0][1] < FIT_LEAST_US:
            return None
        count = len(points)
        mean_f = sum(f for f, _ in points) / count
        mean_t = sum(t for _, t in points) / count
        spread = sum((t - mean_t) ** 2 for _, t in points)
        slope = sum((f - mean_f) * (t - mean_t) for f, t in points) / spread
        return slope * 1e6
