"""The spectra that the echo canceller in numpy works on: single precision, a hop of sound at a time."""

import numpy as np
import numpy.typing as npt

from models.ports import Samples

HOP_SAMPLES = 256
"""16 ms: what is worked off at once. Transforms are twice as long (overlap-save)."""

BINS = HOP_SAMPLES + 1

Spectra = npt.NDArray[np.complex64]
"""Shape (bins,) or (partitions, bins)."""

Powers = npt.NDArray[np.float32]
"""Power, or a gain, by frequency; shape (bins,) or (partitions, bins)."""


def spectrum_of(samples: Samples) -> Spectra:
    """Transform of two hops of samples, along the last axis. (numpy 1 computes it in double precision.)"""
    return np.fft.rfft(samples).astype(np.complex64, copy=False)


def samples_of(spectra: Spectra) -> Samples:
    """The two hops of samples that have this transform, along the last axis."""
    return np.fft.irfft(spectra).astype(np.float32, copy=False)


def power_of(spectra: Spectra) -> Powers:
    """Squared magnitude."""
    power: Powers = spectra.real**2 + spectra.imag**2
    return power
