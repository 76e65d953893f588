"""When a sample meets the air: the clocks of a sound card, read from its callbacks.

A card says at each block when its first sample will be heard, or was taken from the air, by a clock of its own.
``StreamTime`` brings that to the session's clock, ``TakenTime`` steadies what is said of the microphone,
``PlayedPosition`` makes the heard position of what is said of the loudspeaker, ``RateFit`` the card's true rate.
"""

import math
from collections import deque
from collections.abc import Callable
from statistics import median

STREAM_TIME_BLOCKS = 256
"""Blocks over which the shortest way from the card to us is looked for."""

ARRIVAL_BLOCKS = 256
"""Blocks of the microphone of which the least late gives its pace: 2.6 s."""

SETTLED_BLOCKS = 300
"""After three seconds a stream's start is over: until then the card's word leads, as its median so far."""

LATENCY_BLOCKS = 6000
"""What the card says later is averaged over a minute."""

LATENCY_KNOWN_BLOCKS = 3000
LATENCY_OFF_US = 12_000
"""Where that average is farther away, after half a minute, the latency has truly become another: somebody moved the
stream to another card. PulseAudio's word alone, whose sound kept its pace within 0.5 ms, went up by 21 ms within some
30 s and down again within 4, over and over; its average keeps within 2 ms (measured, 270 s on a null sink)."""

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


class TakenTime:
    """When the blocks of the microphone were taken, at the pace of their arrival. For one callback.

    A card takes as many frames a second as it always does, whatever it says of each: between two blocks lies what
    lies between their frames, and no block can arrive before it was taken. The least late arrivals therefore tell the
    pace, to within a millisecond; only how long the way from the air is, the same for all, is the card's word.
    """

    def __init__(self) -> None:
        self._arrivals: deque[float] = deque(maxlen=ARRIVAL_BLOCKS)
        self._words: list[float] = []
        self._start_us = 0.0  # when frame 0 was taken, by the card's word
        self._due_us = 0.0  # when it then arrived at the earliest
        self._off_us = 0.0  # average of the card's later words against that
        self._noted = 0

    def us(self, place_us: float, arrived_us: float, told_us: float) -> float:
        """When a block was taken: of the frames before it, as time by the card's own rate; when its callback was
        called; and when it was taken by the card's word."""
        self._arrivals.append(arrived_us - place_us)
        due_us = min(self._arrivals)
        word_us = told_us - place_us
        if len(self._words) < SETTLED_BLOCKS:
            self._words.append(word_us)
            self._start_us, self._due_us = median(self._words), due_us
        start_us = self._start_us + due_us - self._due_us
        self._watch(word_us - start_us)
        return start_us + place_us

    def restart(self) -> None:
        """Frames were lost: the arrivals before say nothing of those to come. The latency is as it was."""
        self._arrivals.clear()

    def _watch(self, off_us: float) -> None:
        self._noted += 1
        self._off_us += (off_us - self._off_us) / min(self._noted, LATENCY_BLOCKS)
        if self._noted >= LATENCY_KNOWN_BLOCKS and abs(self._off_us) > LATENCY_OFF_US:
            self._start_us += self._off_us
            self._off_us = 0.0


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
