"""What the detector made of every frame, kept for whoever looks at the session later."""

from pathlib import Path

from models.ports import FRAME_SAMPLES


class DetectorTrack:
    """A byte a frame of 32 ms, 0 to 255, in the order of the microphone; frames that were lost are 0.

    Kept in memory (0.11 MB an hour) and written at the end, so that a slow disk never keeps endpointing waiting;
    after a crash there is none. One thread.
    """

    def __init__(self) -> None:
        self._levels = bytearray()

    def add(self, first_sample: int, probability: float) -> None:
        """The next frame's place and probability of speech; a NaN counts as none."""
        place = first_sample // FRAME_SAMPLES
        if place >= len(self._levels):
            self._levels.extend(bytes(place + 1 - len(self._levels)))
        self._levels[place] = round(255 * min(1.0, max(0.0, probability))) if probability == probability else 0

    def write(self, path: Path) -> None:
        """Write it down. Raises ``OSError``."""
        path.write_bytes(self._levels)
