"""What an adaptive filter leaves of the echo is turned down, frequency by frequency, and nothing else.

A Wiener gain: what is left is worth what it has beyond the echo that may still be in it. Two witnesses tell how much
that may be. The Kalman filter's own uncertainty does while it learns (Enzner and Vary, 2006, section 5). For what
the filter cannot know, because the room moved, the clocks differ or the loudspeaker distorts, the ratio of error to
estimated echo is watched: speech has gaps, so that the *lowest* ratio of the last third of a second is what is left
when the user says nothing. (The idea of minimum statistics, Martin 2001, put to another use.)

Until a third of a second of echo was heard, neither witness is much worth: the uncertainty is a guess about any room,
and of an echo as loud as the loudspeaker it lets bursts through that are taken for a user. So long both are believed
to the utmost (``_UNSEEN_OVER``, ``_UNSEEN_SHARE``), but for a second at most. What a user says in that third of a
second is likelier lost.
"""

from collections import deque

import numpy as np

from models.aec_spectra import BINS, HOP_SAMPLES, Powers, Spectra, samples_of, spectrum_of
from models.ports import Samples

DELAY_SAMPLES = 64
"""By how much the result lags: the gain is a symmetric filter of 128 taps, which keeps it from smearing in time."""

_OVER = 2.0
"""The echo that may be left is taken for twice its expected power: a spectrum of one hop varies that much."""

_FLOOR = 0.015
"""The lowest gain, -36 dB: below the noise of a usual room. At -30 dB there interrupted themselves 7 of 80 first
replies whose echo is as loud as the loudspeaker, here 3; lower costs users far below the echo."""

_DISTORTION = 0.03
"""What is always believed to be left, -15 dB of the echo: no loudspeaker is linear. More costs the user's speech."""

_LEAK_HOPS = 20
"""The lowest ratio is looked for in so many hops with echo, 0.32 s: longer than a vowel, shorter than a phrase."""

_LEAK_OVER = 4.0
"""The lowest ratio is that much below the mean one."""

_UNSEEN_HOPS = 64
"""No longer than the first second in which the loudspeaker plays: with headphones no echo ever comes, and there is
nothing to be careful about. An echo that is 0.4 s late is seen by then."""

_UNSEEN_OVER = 3.0
"""While no ratio is known: the filter's uncertainty is taken for so many times what it is."""

_UNSEEN_SHARE = 1.0
"""While no ratio is known: all of the estimated echo may be left once more."""

_UNSEEN_FLOOR = 0.003
"""While no ratio is known: the lowest gain, -50 dB. The filter takes nothing out yet, and what is left of a loud echo
10 dB above the room's noise is speech to a detector that does not mind loudness. So low for good costs the user."""

_AUDIBLE = 1e-2
"""Power of the estimated echo summed over the band, below which it tells nothing: some -70 dB of full scale."""


class ResidualSuppressor:
    """Gain for what an echo canceller left. One hop of ``HOP_SAMPLES`` at a time; one thread."""

    def __init__(self) -> None:
        self._window: Samples = np.hanning(2 * DELAY_SAMPLES + 1)[:-1].astype(np.float32)
        self._rise: Samples = (np.arange(HOP_SAMPLES) / HOP_SAMPLES).astype(np.float32)
        # Of 250 Hz to 4 kHz: where speech is, and a mains hum is not.
        self._band = slice(8, HOP_SAMPLES // 2)
        self.reset()

    def reset(self) -> None:
        """Forget all earlier hops."""
        self._recent: Samples = np.zeros(2 * HOP_SAMPLES, np.float32)
        self._power: Powers = np.zeros(BINS, np.float32)
        self._residual: Powers = np.zeros(BINS, np.float32)
        self._echo: Powers = np.zeros(BINS, np.float32)
        self._pair: Spectra = np.zeros((2, BINS), np.complex64)
        self._filter = self._all_pass = self._filter_of(np.ones(BINS, np.float32))
        self._band_power = self._band_echo = 0.0
        self._share = 0.0
        self._hops = 0  # with the loudspeaker in them
        self._ratios: deque[float] = deque(maxlen=_LEAK_HOPS)

    def pass_on(self, samples: Samples) -> Samples:
        """A hop with no echo in it; late like any other, and otherwise as it is."""
        if self._filter is not self._all_pass:
            return self._play(samples, self._all_pass)
        self._push(samples)
        return self._recent[HOP_SAMPLES - DELAY_SAMPLES : -DELAY_SAMPLES].copy()

    def leak(self, power: Powers, echo: Powers) -> float:
        """Take the power of what is left and of the estimated echo; the part of the echo that is surely left.

        0 where that is not known yet. Call it once a hop, before ``apply``.
        """
        self._echo = echo
        self._hops += 1
        self._band_power = 0.7 * self._band_power + 0.3 * float(power[self._band].sum())
        self._band_echo = 0.7 * self._band_echo + 0.3 * float(echo[self._band].sum())
        if self._band_echo > _AUDIBLE:
            self._ratios.append(self._band_power / self._band_echo)
        lowest = min(self._ratios) if len(self._ratios) == _LEAK_HOPS else 0.0
        self._share = min(1.0, _LEAK_OVER * lowest)
        return self._share

    def apply(self, samples: Samples, power: Powers, residual: Powers) -> Samples:
        """Turn down a hop, shape (256,), by its power and the residual echo that the filter expects in it."""
        self._power = np.float32(0.5) * (self._power + power)
        unseen = len(self._ratios) < _LEAK_HOPS and self._hops <= _UNSEEN_HOPS
        share = _UNSEEN_SHARE if unseen else max(self._share, _DISTORTION)
        left = np.float32(_UNSEEN_OVER if unseen else 1) * residual + np.float32(share) * self._echo
        self._residual = np.float32(0.5) * (self._residual + left)
        gain = 1 - _OVER * self._residual / (self._power + np.float32(1e-12))
        np.clip(gain, _UNSEEN_FLOOR if unseen else _FLOOR, 1, out=gain)
        return self._play(samples, self._filter_of(gain))

    def _filter_of(self, gain: Powers) -> Spectra:
        """The gain as a filter of ``2 * DELAY_SAMPLES`` taps, so that it rings no longer than its delay."""
        padded: Samples = np.zeros(2 * HOP_SAMPLES, np.float32)
        taps = samples_of(gain.astype(np.complex64))
        padded[:DELAY_SAMPLES] = taps[-DELAY_SAMPLES:]
        padded[DELAY_SAMPLES : 2 * DELAY_SAMPLES] = taps[:DELAY_SAMPLES]
        padded[: 2 * DELAY_SAMPLES] *= self._window
        return spectrum_of(padded)

    def _play(self, samples: Samples, target: Spectra) -> Samples:
        """Filter the hop, going over from the last filter to this one within it."""
        self._push(samples)
        spectrum = spectrum_of(self._recent)
        self._pair[0], self._pair[1] = self._filter, target
        self._pair *= spectrum
        old, new = samples_of(self._pair)[:, HOP_SAMPLES:]
        self._filter = target
        played: Samples = old + (new - old) * self._rise
        return played

    def _push(self, samples: Samples) -> None:
        self._recent[:HOP_SAMPLES] = self._recent[HOP_SAMPLES:]
        self._recent[HOP_SAMPLES:] = samples
