"""Which samples of what was said are where in a recording, found by the sound alone."""

from dataclasses import dataclass

import numpy as np

from tests.rig.recording import HZ, Track

WINDOW = HZ // 50
"""20 ms: long enough that noise is like no other noise."""


@dataclass(frozen=True, slots=True)
class Match:
    """A window of the recording, and of what was said, that are alike, and how loud it was recorded."""

    recorded: int
    said: int
    gain: float


def matches(recording: Track, said: Track) -> list[Match]:
    """All windows of what was said that are found in the recording, in its order, one every ``WINDOW``.

    Follows the sound from window to window, and searches all of it again where it leaps.
    """
    found: list[Match] = []
    apart: int | None = None
    for start in range(0, len(recording) - WINDOW, WINDOW):
        window = recording[start : start + WINDOW]
        if np.abs(window).max() < 1e-4:
            continue
        near = None if apart is None else _compared(window, said, start - apart)
        if near is None or near[0] < 0.7:
            place = _search(window, said)
            near = _compared(window, said, place)
            if near is None or near[0] < 0.7:
                continue
            apart = start - place
        assert apart is not None
        found.append(Match(start, start - apart, near[1]))
    return found


def _compared(window: Track, said: Track, place: int) -> tuple[float, float] | None:
    """Likeness in [-1, 1] and gain of a window and what was said from there on."""
    other = said[max(0, place) : place + WINDOW]
    if place < 0 or len(other) < WINDOW:
        return None
    energy, power = float(np.dot(other, other)), float(np.dot(window, window))
    product = float(np.dot(window, other))
    if energy == 0 or power == 0:
        return None
    return product / np.sqrt(energy * power), product / energy


def _search(window: Track, said: Track) -> int:
    """Where in what was said the window fits best."""
    size = 1 << (len(said) + len(window) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(said, size) * np.conj(np.fft.rfft(window, size)), size)
    return int(np.argmax(product[: max(1, len(said) - WINDOW + 1)]))
