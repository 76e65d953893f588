"""Which samples of the loudspeaker belong to a block of the microphone: those that sounded while it was taken."""

import numpy as np

from engine.audio.device_clock import SETTLED_BLOCKS
from models.ports import MIC_HZ, Samples

HISTORY_SAMPLES = 4 * MIC_HZ
"""Of what was rendered; the longest way through any card is far shorter."""

SETTLING_BLOCKS = 100
"""While a stream starts, the average of about a second counts."""

COMPARED_BLOCKS = 1000
"""Later, of ten. Where the machine is very busy PulseAudio's word on its loudspeaker wanders by 5 ms within some
seconds, while the sound stays where it is."""

TOLERANCE_SAMPLES = 128
"""8 ms: below it the offset stays, for the canceller's sake, to which a leap is a new room."""

DOUBT_BLOCKS = 16
"""After a card broke up, so many blocks tell whether its place is another: less waver too much, more are 160 ms."""


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
        self._average = 0.0
        self._averaged = 0
        self._offset: int | None = None
        self._to_settle = SETTLED_BLOCKS
        self.leaps = 0

    @property
    def offset(self) -> int | None:
        """In samples; None before the first word of the cards."""
        return self._offset

    @property
    def error_samples(self) -> float:
        """How far the clocks have moved apart since the offset was taken."""
        return self._average - self._offset if self._averaged and self._offset is not None else 0.0

    def note(self, offset: float) -> None:
        """What the cards say of one block."""
        settling = self._to_settle > 0
        self._averaged = min(self._averaged + 1, SETTLING_BLOCKS if settling else COMPARED_BLOCKS)
        self._average += (offset - self._average) / self._averaged
        if settling:
            self._offset = round(self._average)  # still finding its place
            self._to_settle -= 1
        elif self._averaged >= DOUBT_BLOCKS and abs(self.error_samples) > TOLERANCE_SAMPLES:
            self._offset = round(self._average)
            self.leaps += 1

    def restart(self) -> None:
        """A card is another."""
        self._averaged = 0
        self._offset = None
        self._to_settle = SETTLED_BLOCKS

    def doubt(self) -> None:
        """A card broke up and may have another place now. The offset stays until enough blocks say otherwise.

        To look for it anew would shake the reference for a second, by as much as the cards' word wavers, and each
        time the canceller would have another room to learn.
        """
        self._averaged = 0
