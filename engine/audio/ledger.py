"""The render ledger: which sample of which reply went out when, and how loud. For measurements and tests."""

from collections import deque
from dataclasses import dataclass

KEPT_STRETCHES = 4096
"""Stretches kept when nobody takes them; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A stretch of a reply as it went out: ``out_sample`` counts all rendered samples, silence included.

    The gain is in percent; where start and end differ it is a linear ramp.
    """

    out_sample: int
    reply: int
    reply_first_sample: int
    samples: int
    gain_start_pct: int
    gain_end_pct: int


class _Stretch:
    """An entry that may still grow. ``taken`` belongs to the reader, the rest to the audio callback."""

    __slots__ = ("first", "gain_end", "gain_start", "out", "reply", "samples", "taken")

    def __init__(self, out: int, reply: int, first: int, samples: int, gain_start: float, gain_end: float) -> None:
        self.out, self.reply, self.first, self.samples = out, reply, first, samples
        self.gain_start, self.gain_end = gain_start, gain_end
        self.taken = 0


class Ledger:
    """Written by the audio callback, read by one other thread; neither waits for the other."""

    def __init__(self) -> None:
        self._stretches: deque[_Stretch] = deque(maxlen=KEPT_STRETCHES)
        self._last = _Stretch(0, 0, 0, 0, -1.0, -1.0)  # goes on to nothing

    def add(self, out: int, reply: int, first: int, samples: int, gain_start: float, gain_end: float) -> None:
        """Enter a stretch; one that goes on from the last at the same constant gain makes that longer."""
        last = self._last
        if (
            gain_start == gain_end == last.gain_end == last.gain_start
            and last.out + last.samples == out
            and last.reply == reply
            and last.first + last.samples == first
        ):
            last.samples += samples
        else:
            self._last = _Stretch(out, reply, first, samples, gain_start, gain_end)
            self._stretches.append(self._last)

    def take(self) -> list[Rendered]:
        """Give what was entered since the last call, each sample once, in order of output."""
        taken: list[Rendered] = []
        stretches = self._stretches
        while stretches:
            last = len(stretches) == 1  # it may still grow, and so stays
            stretch = stretches[0] if last else stretches.popleft()
            samples, done = stretch.samples, stretch.taken
            if samples > done:
                stretch.taken = samples
                start, end = round(100 * stretch.gain_start), round(100 * stretch.gain_end)
                place = (stretch.out + done, stretch.reply, stretch.first + done)
                taken.append(Rendered(*place, samples - done, start, end))
            if last:
                break
        return taken
