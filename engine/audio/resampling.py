"""Between a card's rate and channels and ours.

soxr's variable-rate engine serves for every conversion, also where the ratio stands still: it keeps back 15 ms at
most and always the same, where its fixed engines, whose transforms are long, keep back up to 58 ms now and then
(measured, 16 <-> 44.1 and 48 kHz). A tone at 9 kHz leaves -115 dB of itself at 16 kHz. Its constant delay of about
0.1 ms is neglected.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import soxr

from models.ports import MIC_HZ, Samples

Frames = npt.NDArray[np.float32]
"""What a card takes and gives, shape (frames, channels)."""

DRIFT_MAX_PPM = 1000
"""No two cards of this world are further apart."""

_NOTHING: Samples = np.zeros(0, dtype=np.float32)


def _resampler(from_hz: float, to_hz: float) -> soxr.ResampleStream:
    """The ratio given at construction is the largest there may be."""
    stream = soxr.ResampleStream(from_hz * (1 + DRIFT_MAX_PPM / 1e6), to_hz, 1, dtype="float32", vr=True)
    stream.set_io_ratio(from_hz, to_hz)
    return stream


class MicrophonePath:
    """A card's blocks to mono at ``MIC_HZ``. One thread."""

    def __init__(self, rate_hz: int) -> None:
        self._stream = None if rate_hz == MIC_HZ else _resampler(rate_hz, MIC_HZ)

    def convert(self, block: Frames) -> Samples:
        """The mean of the channels, resampled: shape (n,), n = 0 now and then."""
        mono: Samples = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)
        if self._stream is None:
            return mono
        resampled: Samples = self._stream.resample_chunk(np.ascontiguousarray(mono))
        return np.clip(resampled, -1, 1)


class LoudspeakerPath:
    """``render(n)``, samples at ``MIC_HZ``, to the blocks that a card asks for. For one callback.

    ``position`` is the place, among all rendered samples, of the next frame that the card will get: what the
    resampler keeps back has been rendered and is not counted. A ``steerable`` path can be made a little faster or
    slower, for a card whose clock is not that of the microphone.
    """

    def __init__(
        self, render: Callable[[int], Samples], rate_hz: int, *, start: int = 0, steerable: bool = False
    ) -> None:
        self._render = render
        self._rate_hz = rate_hz
        self._ratio = self._wanted = MIC_HZ / rate_hz
        self._stream = _resampler(MIC_HZ, rate_hz) if steerable or rate_hz != MIC_HZ else None
        self._ready = _NOTHING
        self.position = float(start)

    def steer(self, ppm: float) -> None:
        """Take so much more of what is rendered a second than the nominal rate asks for, from the next block on.

        Any thread. A step of 100 ppm is a sixth of a cent: nobody hears it.
        """
        self._wanted = MIC_HZ * (1 + ppm / 1e6) / self._rate_hz

    def fill(self, out: Frames) -> list[Samples]:
        """Fill a block, all channels alike; return what had to be rendered for it. Advances ``position``."""
        frames = len(out)
        if self._stream is None:
            rendered = self._render(frames)
            out[:] = rendered[:, None]
            self.position += frames
            return [rendered]
        if self._wanted != self._ratio:
            self._ratio = self._wanted
            self._stream.set_io_ratio(self._ratio * self._rate_hz, self._rate_hz)
        pieces: list[Samples] = []
        ready = [self._ready]
        missing = frames - len(self._ready)
        while missing > 0:
            pieces.append(self._render(math.ceil(missing * self._ratio)))
            ready.append(self._stream.resample_chunk(pieces[-1]))
            missing -= len(ready[-1])
        joined = np.concatenate(ready)
        out[:] = np.clip(joined[:frames, None], -1, 1)
        self._ready = joined[frames:]
        self.position += frames * self._ratio
        return pieces
