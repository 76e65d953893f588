"""Voice activity by level alone: how far a frame stands above the running noise floor.

Needs nothing but numpy, hears any loud sound as speech, and misses soft speech in noise: for tests, quiet rooms,
and machines without onnxruntime. The floor follows the idea of minimum statistics (Martin, "Noise power spectral
density estimation based on optimal smoothing and minimum statistics", 2001), on the whole band: speech has gaps,
noise has none, so the lowest level of the last seconds is the noise.
"""

import math
from collections import deque

import numpy as np

from models.ports import FRAME_SAMPLES, MIC_HZ, Samples
from states.errors import BackendError, ConfigError

_SILENCE_DB = -90.0
_FLOOR_FRAMES = round(3.0 * MIC_HZ / FRAME_SAMPLES)
"""The floor is the lowest level of the last 3 s: longer than nearly all speech between two breaths."""

_SLOPE_DB = 2.0
"""How many dB beside the threshold change the odds by e."""


class EnergyVad:
    """A ``VoiceActivityDetector``: about 10 us a frame. ``above_floor_db``: level above the noise that is even odds.

    ``quietest_db``: level in dB of full scale below which nothing is speech. Not for two threads at a time.
    """

    def __init__(self, *, above_floor_db: float = 12.0, quietest_db: float = -50.0) -> None:
        if not 0.0 < above_floor_db <= 60.0 or not _SILENCE_DB <= quietest_db <= 0.0:
            raise ConfigError("energy VAD: above_floor_db must be in (0, 60], quietest_db in [-90, 0]")
        self._above_floor_db = above_floor_db
        self._quietest_db = quietest_db
        self._levels_db: deque[float] = deque(maxlen=_FLOOR_FRAMES)

    def probability(self, frame: Samples) -> float:
        """Probability in [0, 1] that ``frame``, shape (512,) at 16 kHz, holds speech.

        The first frame is taken for noise. Raises ``BackendError`` for another number of samples.
        """
        if frame.shape != (FRAME_SAMPLES,):
            raise BackendError(f"the energy VAD takes frames of {FRAME_SAMPLES} samples, not {frame.shape}")
        centred = frame - frame.mean()  # a microphone's offset is no sound
        power = float(np.dot(centred, centred)) / FRAME_SAMPLES
        level_db = max(10.0 * math.log10(power), _SILENCE_DB) if power > 0.0 else _SILENCE_DB
        self._levels_db.append(level_db)
        # A floor below the quietest speech would let the hiss of a good microphone count.
        threshold_db = max(min(self._levels_db) + self._above_floor_db, self._quietest_db)
        return 1.0 / (1.0 + math.exp((threshold_db - level_db) / _SLOPE_DB))

    def reset(self) -> None:
        """Forget all earlier frames, and the noise floor with them."""
        self._levels_db.clear()
