"""What the detector made of every frame, kept for whoever looks at the session later."""

from collections.abc import Callable

from models.ports import FRAME_SAMPLES

GATHERED_FRAMES = 125
"""Handed over at once: four seconds, which is what a crash may cost, as of the recording."""

ENCODING = "latin-1"
"""Of the file: a character is a byte."""


class DetectorTrack:
    """A byte a frame of 32 ms, 0 to 255, in the order of the microphone; frames that were lost are 0.

    ``write`` is given the bytes as characters of ``ENCODING``, some seconds at a time; it must not block where the
    detector must not. One thread.
    """

    def __init__(self, write: Callable[[str], None] = lambda _: None) -> None:
        self._write = write
        self._gathered = bytearray()
        self._next = 0  # frame that is to come

    def add(self, first_sample: int, probability: float) -> None:
        """The next frame's place and probability of speech; a NaN counts as none."""
        place = first_sample // FRAME_SAMPLES
        self._gathered.extend(bytes(place - self._next))
        self._gathered.append(round(255 * min(1.0, max(0.0, probability))) if probability == probability else 0)
        self._next = place + 1
        if len(self._gathered) >= GATHERED_FRAMES:
            self.flush()

    def flush(self) -> None:
        """Hand over what is gathered."""
        self._write(self._gathered.decode(ENCODING))
        self._gathered.clear()
