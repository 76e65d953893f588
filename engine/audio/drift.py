"""Two cards, two clocks: what the loudspeaker is rendered at is bent until it keeps pace with the microphone."""

from engine.audio.resampling import DRIFT_MAX_PPM
from models.ports import MIC_HZ

CATCH_UP_S = 20
"""While the rates are not known an error is worked off over this time: slow against the jitter of the cards."""

KNOWN_CATCH_UP_S = 50
"""Once they are known, over this. For an echo canceller it is the pace at which the two move apart that counts, not
how far they are: to work off in 20 s the 3 ms that built up before moved the echo as much as the clocks had."""


class DriftControl:
    """The ratio of the rates as measured, and a little more or less until what has built up is gone."""

    def __init__(self) -> None:
        self._ppm = 0.0
        self._apart = 0.0

    @property
    def ppm(self) -> float:
        """How much more is rendered a second than the loudspeaker's nominal rate asks for."""
        return self._ppm

    def update(self, *, error_samples: float, microphone: float | None, loudspeaker: float | None) -> float:
        """The new ratio in ppm, given how far the loudspeaker has run ahead.

        ``microphone`` and ``loudspeaker`` are their rates by one clock, in parts of the nominal; None: not known yet,
        or no more, where a card broke up: then what was known last is believed.
        """
        over_s = CATCH_UP_S
        if microphone is not None and loudspeaker is not None:
            self._apart, over_s = (microphone / loudspeaker - 1) * 1e6, KNOWN_CATCH_UP_S
        catch_up = -error_samples / MIC_HZ / over_s * 1e6
        self._ppm = max(-DRIFT_MAX_PPM, min(DRIFT_MAX_PPM, self._apart + catch_up))
        return self._ppm
