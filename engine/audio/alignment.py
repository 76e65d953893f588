"""Which samples of the loudspeaker belong to a block of the microphone: those that sounded while it was taken."""

from collections import deque
from statistics import median_low

import numpy as np

from engine.audio.device_clock import SETTLED_BLOCKS
from models.ports import MIC_HZ, Samples

HISTORY_SAMPLES = 4 * MIC_HZ
"""Of what was rendered; the longest way through any card is far shorter."""

RECENT_BLOCKS = 100
"""Where the loudspeaker is taken to be: the median of a second."""

COMPARED_BLOCKS = 1000
"""Whether that is another place than before: the average of ten. Where the machine is very busy PulseAudio's word on
its loudspeaker wanders by 5 ms within some seconds, while the sound stays where it is."""

TOLERANCE_SAMPLES = 128
"""8 ms: below it the offset stays, for the canceller's sake, to which a leap is a new room."""

DOUBTED_BLOCKS = 500
"""For five seconds after a card broke up a second's word does: the place does change then, by some 40 ms, and not
always in the very block that tells of it."""

DOUBT_BLOCKS = 16
"""The first word after it: less waver too much, more are 160 ms."""


class RenderedHistory:
    """The latest samples rendered, by their place among all. One thread."""

    def __init__(self) -> None:
        self._ring: Samples = np.zeros(HISTORY_SAMPLES, dtype=np.float32)
        self._end = 0

    def append(self, samples: Samples) -> None:
        """The next ones."""
        samples = samples[-HISTORY_SAMPLES:]
        places = np.arange(self._end, self._end + len(samples)) % HISTORY_SAMPLES
        self._ring[places] = samples
        self._end += len(samples)

    def read(self, first: int, count: int) -> Samples:
        """``count`` samples from ``first`` on; zeros where they are not yet rendered or no longer kept."""
        places = np.arange(first, first + count)
        known = (places >= max(0, self._end - HISTORY_SAMPLES)) & (places < self._end)
        found: Samples = np.where(known, self._ring[places % HISTORY_SAMPLES], np.float32(0))
        return found


class Alignment:
    """How far the loudspeaker's count is ahead of the microphone's, for the same moment. One thread."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=RECENT_BLOCKS)
        self._average = 0.0  # of the error
        self._averaged = 0
        self._offset: int | None = None
        self._to_settle = SETTLED_BLOCKS
        self._doubted = 0
        self.leaps = 0

    @property
    def offset(self) -> int | None:
        """In samples; None before the first word of the cards."""
        return self._offset

    @property
    def error_samples(self) -> float:
        """How far the clocks have moved apart since the offset was taken."""
        return self._average

    def note(self, offset: float) -> None:
        """What the cards say of one block."""
        self._recent.append(offset)
        if self._offset is None or self._to_settle:
            self._offset = self._place()  # still to be found
            self._to_settle -= 1
            return
        self._averaged = min(self._averaged + 1, COMPARED_BLOCKS)
        self._average += (offset - self._offset - self._average) / self._averaged
        self._doubted = max(0, self._doubted - 1)
        settled = self._averaged >= RECENT_BLOCKS and abs(self._average) > TOLERANCE_SAMPLES
        if settled or (self._doubted and len(self._recent) >= DOUBT_BLOCKS):
            self._follow(self._offset)

    def _follow(self, old: int) -> None:
        """Go where it is now, unless that is near enough."""
        new = self._place()
        if abs(new - old) > TOLERANCE_SAMPLES:
            self._offset = new
            self._compare_anew()
            self.leaps += 1

    def _place(self) -> int:
        """A median between two places would be neither: so the lower of two middle ones."""
        return round(median_low(self._recent))

    def _compare_anew(self) -> None:
        self._average = 0.0
        self._averaged = 0

    def restart(self) -> None:
        """A card is another."""
        self._recent.clear()
        self._offset = None
        self._compare_anew()
        self._doubted = 0
        self._to_settle = SETTLED_BLOCKS

    def doubt(self) -> None:
        """A card broke up and may have another place now. The offset stays until enough blocks say otherwise.

        To look for it anew would shake the reference for a second, by as much as the cards' word wavers, and each
        time the canceller would have another room to learn.
        """
        self._recent.clear()
        self._compare_anew()
        self._doubted = DOUBTED_BLOCKS
