"""Echo cancellation in numpy: an adaptive filter that knows how sure it is, and a gain made of that knowledge.

The room from loudspeaker to microphone is estimated by a Kalman filter in the frequency domain (Enzner and Vary,
"Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free telephones", Signal Processing 86,
2006), cut into partitions so that half a second of room needs no half-second block (Kuech, Mabande and Enzner,
"State-space architecture of the partitioned-block-based acoustic echo controller", ICASSP 2014). Its step size needs
no double-talk detector: where the error is more than the filter's own uncertainty explains, somebody speaks, and it
learns little. What it may have got wrong is known for each frequency, and ``models.aec_suppressor`` turns that down.

No delay is estimated. A loudspeaker heard late is a room that begins with silence, and ``span_ms`` has room for it.
"""

import numpy as np

from models.aec_spectra import BINS, HOP_SAMPLES, Powers, Spectra, power_of, samples_of, spectrum_of
from models.aec_suppressor import ResidualSuppressor
from models.ports import MIC_HZ, Samples
from states.errors import BackendError, ConfigError

_PRIOR = 0.3
"""Variance of each partition of the room before anything was heard: an echo 10 dB above the loudspeaker is possible.
Too little, and a loud echo is taken for the user while it is learned; too much is soon seen (``_relax``), and yet
costs users who cut in within the first second. At 0.2 and 0.3 there interrupted themselves 6 and 1 of 80 first
replies whose echo is as loud as the loudspeaker (with two more cautions, since left out), and 89 and 88 of 100 users
were noticed who spoke half a second into an echo at -12 dB, with 75 and 72 % of their speech kept."""

_MEMORY = 0.998
"""How much of the room's response is the same a hop (16 ms) later: it has changed after some 8 s. Chosen: nearer to 1
cancels deeper (by some 2 dB), and follows a moved microphone or an odd clock more slowly."""

_NOISE_MEMORY = 0.8
"""Smoothing of the power that is not echo, a hop: four hops, a syllable."""

_BANDS = 16

_NEIGHBOUR = np.float32(0.25)
"""Chosen: in 160 s of short phrases by a clock 200 ppm off the assistant then interrupts itself 6 times, at 0.5
8 times, at 0 about 28. WebRTC's canceller hardly ever does where the clocks differ that much."""

_TINY = 1e-8
"""Power a bin, -140 dB: keeps a division by nothing out."""

_SILENT = 1e-10
"""Power of a hop of the loudspeaker, -100 dB of full scale, below which nothing plays: less than one 16 bit step."""


class KalmanCanceller:
    """An ``EchoCanceller``; its result lags 4 ms.

    250 to 310 us for 16 ms of sound on a busy machine, 4 us while nothing plays.

    ``span_ms``: the longest echo that can be taken out, the delay of the devices and the room's reverberation
    together. Longer costs time in proportion, and learning takes a little longer.
    One object for each conversation; not for two threads at a time.
    """

    def __init__(self, *, span_ms: int = 512) -> None:
        if not 64 <= span_ms <= 1024:
            raise ConfigError(f"kalman: span_ms must be 64 to 1024, not {span_ms}")
        self._partitions = -(-span_ms * MIC_HZ // 1000 // HOP_SAMPLES)
        self._suppressor = ResidualSuppressor()
        shape = (self._partitions, BINS)
        self._products: Spectra = np.empty(shape, np.complex64)
        self._gains: Powers = np.empty(shape, np.float32)
        self._padded: Samples = np.zeros(2 * HOP_SAMPLES, np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the room and all earlier samples."""
        count = self._partitions
        self._room: Spectra = np.zeros((count, BINS), np.complex64)
        self._doubt: Powers = np.full((count, BINS), _PRIOR, np.float32)  # variance of the room's error
        self._near: Powers = np.zeros(BINS, np.float32)  # power that is not echo
        self._expected: Powers = np.zeros(BINS, np.float32)
        self._speaker: Samples = np.zeros(2 * HOP_SAMPLES, np.float32)
        # The loudspeaker's last spectra, newest first, as a window that slides down over twice its length.
        self._spectra: Spectra = np.zeros((2 * count, BINS), np.complex64)
        self._powers: Powers = np.zeros((2 * count, BINS), np.float32)
        self._strengths: Powers = np.zeros((count, 1), np.float32)  # mean power of each partition of the room
        self._at = 0
        self._turn = 0
        self._silent_hops = count + 1
        self._suppressor.reset()

    def process(self, mic: Samples, speaker: Samples) -> Samples:
        """The microphone's samples without the loudspeaker's, shape (n,), 64 samples late.

        n must be a multiple of 256, else ``BackendError``.
        """
        if mic.shape != speaker.shape or mic.ndim != 1 or len(mic) % HOP_SAMPLES:
            raise BackendError(f"the canceller takes two equal lots of {HOP_SAMPLES} samples, not {mic.shape}")
        cleaned: Samples = np.empty(len(mic), np.float32)
        for first in range(0, len(mic), HOP_SAMPLES):
            end = first + HOP_SAMPLES
            cleaned[first:end] = self._process_hop(mic[first:end], speaker[first:end])
        return cleaned

    def _process_hop(self, mic: Samples, speaker: Samples) -> Samples:
        if float(np.dot(speaker, speaker)) < _SILENT * HOP_SAMPLES:
            self._silent_hops += 1
            if self._silent_hops > self._partitions:  # no echo either: nothing to learn, nothing to take out
                return self._suppressor.pass_on(mic)
        else:
            self._silent_hops = 0
        played, powers = self._take(speaker)
        np.multiply(played, self._room, out=self._products)
        echo_spectrum = self._products.sum(axis=0)
        echo = samples_of(echo_spectrum)[HOP_SAMPLES:]
        error = mic - echo
        self._padded[HOP_SAMPLES:] = error
        spectrum = spectrum_of(self._padded)
        power = power_of(spectrum)
        np.multiply(powers, self._doubt, out=self._gains)
        residual: Powers = 0.5 * self._gains.sum(axis=0)
        if mic.any():  # a microphone that is muted teaches nothing about the room
            self._relax(power, residual)
            self._learn(played, powers, spectrum, residual)
        leak = self._suppressor.leak(power, 0.5 * power_of(echo_spectrum))
        if leak > 0:
            self._admit(leak)
        return self._suppressor.apply(error, power, residual)

    def _take(self, speaker: Samples) -> tuple[Spectra, Powers]:
        """Put the loudspeaker's next hop before the others; give all spectra and powers, newest first."""
        count = self._partitions
        self._speaker[:HOP_SAMPLES] = self._speaker[HOP_SAMPLES:]
        self._speaker[HOP_SAMPLES:] = speaker
        self._at = (self._at - 1) % count
        first, second = self._at, self._at + count
        self._spectra[first] = self._spectra[second] = spectrum_of(self._speaker)
        self._powers[first] = self._powers[second] = power_of(self._spectra[first])
        return self._spectra[first:second], self._powers[first:second]

    def _relax(self, power: Powers, residual: Powers) -> None:
        """Doubt less where the filter expects more echo than there is sound at all; ``_gains`` is doubt by power.

        Before anything is known the doubt stands for any room. That a hop of our voice brought back less than that
        is evidence at once, long before the room is learned, and it lets the user be heard over the first reply.
        Bands of sixteen bins, four hops: a single bin of a single hop says little.
        """
        for smooth, now in ((self._near, power), (self._expected, residual)):
            smooth *= _NOISE_MEMORY
            smooth += (1 - _NOISE_MEMORY) * now
        there, expected = (smooth[:-1].reshape(_BANDS, -1).sum(axis=1) for smooth in (self._near, self._expected))
        excess = np.clip(1 - there / (expected + _TINY), 0, 1).astype(np.float32)
        if not excess.any():
            return
        factor = np.zeros(BINS, np.float32)
        factor[:-1] = np.repeat(excess, HOP_SAMPLES // _BANDS)
        factor *= -0.5 / (residual + _TINY)  # each partition's part in what was expected
        self._gains *= factor
        self._gains += 1
        self._doubt *= self._gains

    def _learn(self, played: Spectra, powers: Powers, error: Spectra, residual: Powers) -> None:
        """One step of the Kalman filter, with the diagonal approximations of Kuech et al.; spends ``_gains``."""
        doubt, gains, steps = self._doubt, self._gains, self._products
        np.divide(doubt, residual + self._near + _TINY, out=gains)
        np.conjugate(played, out=steps)
        steps *= error
        steps *= gains
        # A step must stay within its partition. Seen to on every second one each time: half the cost, and what
        # leaks meanwhile is undone a hop later, since the whole of the room is cut, not the step.
        self._room += steps
        half = self._room[self._turn :: 2]
        taps = samples_of(half)
        taps[:, HOP_SAMPLES:] = 0
        half[:] = spectrum_of(taps)
        self._turn = 1 - self._turn
        # The doubt shrinks by what was learned and grows by what the room may have changed.
        gains *= powers
        gains *= -0.5 * _MEMORY**2
        gains += _MEMORY**2
        doubt *= gains
        np.multiply(self._room.real, self._room.real, out=gains)
        gains += self._room.imag**2
        self._strengths = gains.mean(axis=1, keepdims=True)
        gains *= 1 - _MEMORY**2
        doubt += gains
        self._room *= np.float32(_MEMORY)

    def _admit(self, leak: float) -> None:
        """Doubt each partition at least by this part of its power: so much of the echo was seen to be left.

        Or of a part of its neighbours' power: with a clock that is off the echo wanders from one to the next, which
        would not believe in it.
        """
        own = self._strengths
        power = own.copy()
        np.maximum(power[1:], _NEIGHBOUR * own[:-1], out=power[1:])
        np.maximum(power[:-1], _NEIGHBOUR * own[1:], out=power[:-1])
        np.maximum(self._doubt, np.float32(leak) * power, out=self._doubt)
