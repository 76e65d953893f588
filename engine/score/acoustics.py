"""Rooms and background noise for a trial's microphone."""

import numpy as np

from models.ports import MIC_HZ, Samples

SPEECH_LEVEL_DB = -26.0
"""What a signal to noise ratio counts from: the level of made speech (``made_speech.SPEECH_DB``)."""


def reverberant(samples: Samples, rt60_ms: int, seed: int, direct_share: float = 0.5) -> Samples:
    """As heard in a room that takes ``rt60_ms`` to fall by 60 dB; longer than before by that much.

    A direct sound and a tail of exponentially dying noise (Polack 1988), of power 1 together. ``direct_share`` is
    the direct sound's part of the power: a half some metre away, a twentieth across a room.
    """
    if not rt60_ms:
        return samples
    count = rt60_ms * MIC_HZ // 1000
    taps = np.random.default_rng(seed).standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    taps[:16] = 0.0  # nothing is reflected from nearer than some 30 cm
    taps *= np.sqrt((1 - direct_share) / np.sum(taps**2))
    taps[0] = np.sqrt(direct_share)
    return convolved(samples, taps.astype(np.float32))


def convolved(samples: Samples, taps: Samples) -> Samples:
    """The whole convolution, shape (n + taps - 1,)."""
    count = len(samples) + len(taps) - 1
    size = 1 << (count - 1).bit_length()
    product = np.fft.rfft(samples, size) * np.fft.rfft(taps, size)
    return np.fft.irfft(product, size)[:count].astype(np.float32)


def at_level(samples: Samples, level_db: float) -> Samples:
    """A steady noise at this root mean square re full scale; silence stays silent."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return samples if rms == 0.0 else (samples * (10 ** (level_db / 20) / rms)).astype(np.float32)


def mixed(timeline: Samples, sound: Samples, at: int, gain_db: float = 0.0) -> None:
    """Add a sound to the timeline in place; what does not fit is cut off."""
    end = min(len(timeline), at + len(sound))
    timeline[at:end] += sound[: end - at] * np.float32(10 ** (gain_db / 20))
