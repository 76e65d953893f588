"""Echo cancellation by WebRTC's AEC3, through the ``livekit`` package, which needs no server for it.

AEC3 finds the delay itself, puts up with odd clocks and distorting loudspeakers, and lets hardly any echo through;
the price is the user's own speech while ours is loud, of which it suppresses more than ``models.aec_kalman`` does.
"""

import numpy as np
import numpy.typing as npt

from models.ports import MIC_HZ, Samples
from states.errors import BackendError, BackendUnavailable

_BLOCK_SAMPLES = 160
"""10 ms, the only length that AEC3 takes."""

_LAG_SAMPLES = 128
"""So much is kept back: frames of 512 samples are a block short at worst by 160 less the 32 they have in common."""

_FULL_SCALE = 32767

Pcm = npt.NDArray[np.int16]
"""Mono 16 bit samples, shape (n,)."""


class LivekitCanceller:
    """An ``EchoCanceller`` by WebRTC; its result lags 8 ms.

    200 to 280 us for 16 ms of sound on a busy machine, whether or not anything plays; loading takes half a second.

    ``high_pass``: take out what is below 80 Hz, as WebRTC does by default. ``noise_suppression``: WebRTC's, too.
    Not for two threads at a time. Raises ``BackendUnavailable`` where the package does not load.
    """

    def __init__(self, *, high_pass: bool = True, noise_suppression: bool = False) -> None:
        try:
            from livekit import rtc
        except Exception as error:  # its shared library may be missing for this system: OSError and others
            raise BackendUnavailable(f"livekit does not load: {error}", remedy="pip install 'is2s[aec]'") from error
        self._rtc = rtc
        self._options = {"high_pass_filter": high_pass, "noise_suppression": noise_suppression}
        self.reset()

    def reset(self) -> None:
        """Forget the room and all earlier samples."""
        self._module = self._rtc.AudioProcessingModule(echo_cancellation=True, **self._options)
        self._waiting = np.zeros((2, 0), np.int16)  # microphone and loudspeaker, less than a block
        self._done = np.zeros(_LAG_SAMPLES, np.int16)

    def process(self, mic: Samples, speaker: Samples) -> Samples:
        """The microphone's samples without the loudspeaker's, shape (n,), 128 samples late; 16 bit inside.

        n must be a multiple of 32. Raises ``BackendError`` for another, and where the library fails.
        """
        if mic.shape != speaker.shape or mic.ndim != 1 or len(mic) % 32:
            raise BackendError(f"the canceller takes two equal lots of 32 samples, not {mic.shape}")
        both = np.rint(np.clip(np.stack((mic, speaker)), -1, 1) * _FULL_SCALE).astype(np.int16)
        self._waiting = np.concatenate((self._waiting, both), axis=1)
        whole = self._waiting.shape[1] // _BLOCK_SAMPLES * _BLOCK_SAMPLES
        done = [self._done]
        for first in range(0, whole, _BLOCK_SAMPLES):
            done.append(self._process_block(*self._waiting[:, first : first + _BLOCK_SAMPLES]))
        self._waiting = self._waiting[:, whole:]
        joined = np.concatenate(done)
        self._done = joined[len(mic) :]
        return (joined[: len(mic)] / np.float32(_FULL_SCALE)).astype(np.float32)

    def _process_block(self, mic: Pcm, speaker: Pcm) -> Pcm:
        frames = [
            self._rtc.AudioFrame(bytearray(side.tobytes()), MIC_HZ, 1, _BLOCK_SAMPLES) for side in (speaker, mic)
        ]
        try:
            self._module.process_reverse_stream(frames[0])
            self._module.process_stream(frames[1])
        except RuntimeError as error:
            raise BackendError(f"WebRTC's echo canceller failed: {error}") from error
        return np.frombuffer(frames[1].data, np.int16)
