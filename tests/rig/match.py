"""Which samples of what was said are where in a recording, found by the sound alone."""

from dataclasses import dataclass

import numpy as np

from tests.rig.recording import HZ, Track

WINDOW = HZ // 50
"""20 ms: long enough that noise is like no other noise."""


QUIET = 1e-3
"""Softer windows are not looked at: the end of a fade is like anything."""

ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Match:
    """A window of the recording that is like a window of a sound, and how loud it was recorded."""

    recorded: int
    sound: int
    said: int
    gain: float


class _Sound:
    """A sound to be looked for; its spectrum is taken once."""

    def __init__(self, samples: Track) -> None:
        self.samples = samples
        self._size = 1 << (len(samples) + WINDOW - 1).bit_length()
        self._spectrum = np.fft.rfft(samples, self._size)

    def place(self, window: Track) -> int:
        """Where a window fits best."""
        product = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(window, self._size)), self._size)
        return int(np.argmax(product[: max(1, len(self.samples) - WINDOW + 1)]))

    def compared(self, window: Track, place: int) -> tuple[float, float]:
        """Likeness in [-1, 1] and gain of a window and the sound from there on."""
        other = self.samples[max(0, place) : place + WINDOW]
        energy, power = float(np.dot(other, other)), float(np.dot(window, window))
        if place < 0 or len(other) < WINDOW or energy == 0 or power == 0:
            return 0.0, 0.0
        product = float(np.dot(window, other))
        return product / (energy * power) ** 0.5, product / energy


def matches(recording: Track, *sounds: Track) -> list[Match]:
    """The windows of a recording, one every ``WINDOW``, that are from one of some sounds, which come in this order.

    Follows a sound from window to window; where it breaks off, looks in all of that sound and in the next.
    """
    known = [_Sound(sound) for sound in sounds]
    found: list[Match] = []
    number, apart = 0, 0
    for start in range(0, len(recording) - WINDOW, WINDOW):
        window = recording[start : start + WINDOW]
        if np.abs(window).max() < QUIET:
            continue
        likeness, gain = known[number].compared(window, start - apart)
        for candidate in range(number, min(number + 2, len(known))):
            if likeness >= ALIKE:
                break
            place = known[candidate].place(window)
            likeness, gain = known[candidate].compared(window, place)
            if likeness >= ALIKE:
                number, apart = candidate, start - place
        if likeness >= ALIKE:
            found.append(Match(start, number, start - apart, gain))
    return found
