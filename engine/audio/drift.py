"""Two cards, two clocks: what the loudspeaker is rendered at is bent until it keeps pace with the microphone."""

from engine.audio.resampling import DRIFT_MAX_PPM
from models.ports import MIC_HZ

CATCH_UP_S = 20
"""An error is worked off over this time: slow against the jitter of the cards, and too slow to be heard."""


class DriftControl:
    """The ratio of the rates as measured, and a little more or less until what has built up is gone."""

    def __init__(self) -> None:
        self._ppm = 0.0

    @property
    def ppm(self) -> float:
        """How much more is rendered a second than the loudspeaker's nominal rate asks for."""
        return self._ppm

    def update(self, *, error_samples: float, microphone: float | None, loudspeaker: float | None) -> float:
        """The new ratio in ppm, given how far the loudspeaker has run ahead.

        ``microphone`` and ``loudspeaker`` are their rates by one clock, in parts of the nominal; None: not known yet.
        """
        apart = 0.0 if microphone is None or loudspeaker is None else (microphone / loudspeaker - 1) * 1e6
        catch_up = -error_samples / MIC_HZ / CATCH_UP_S * 1e6
        self._ppm = max(-DRIFT_MAX_PPM, min(DRIFT_MAX_PPM, apart + catch_up))
        return self._ppm
