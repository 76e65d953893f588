"""Whisper's log-mel spectrogram in numpy: 80 bands, windows of 25 ms, steps of 10 ms.

The bands are Slaney's (linear below 1 kHz, logarithmic above, each of area one), as librosa makes them and
``openai/whisper`` ships them.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from models.ports import MIC_HZ, Samples

BANDS = 80
WINDOW_SAMPLES = 400
STEP_SAMPLES = 160

Matrix = np.ndarray[Any, np.dtype[np.float32]]


def log_mel(samples: Samples) -> Matrix:
    """The spectrogram of samples at ``MIC_HZ``: shape (80, n // 160), about -1 to 1 (1.5 is the loudest there is)."""
    padded = np.pad(samples.astype(np.float64), WINDOW_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::STEP_SAMPLES]
    frames = frames[: len(samples) // STEP_SAMPLES]
    window = np.hanning(WINDOW_SAMPLES + 1)[:-1]
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    logs = np.log10(np.maximum(mel_filters() @ power.T, 1e-10))
    logs = np.maximum(logs, logs.max() - 8.0)
    return np.asarray((logs + 4.0) / 4.0, dtype=np.float32)


@lru_cache(maxsize=1)
def mel_filters() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Weights of the bins of the spectrum in each band, shape (80, 201)."""
    bins = np.fft.rfftfreq(WINDOW_SAMPLES, 1.0 / MIC_HZ)
    edges = _hertz(np.linspace(_mel(0.0), _mel(MIC_HZ / 2), BANDS + 2))
    widths = np.diff(edges)
    slopes = edges[:, None] - bins[None, :]
    rising = -slopes[:-2] / widths[:-1, None]
    falling = slopes[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    weights: np.ndarray[Any, np.dtype[np.float64]] = triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return weights


_LINEAR_HZ, _LINEAR_MELS, _LOG_STEP = 1000.0, 15.0, np.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    if hertz < _LINEAR_HZ:
        return hertz * _LINEAR_MELS / _LINEAR_HZ
    return float(_LINEAR_MELS + np.log(hertz / _LINEAR_HZ) / _LOG_STEP)


def _hertz(mels: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    linear = mels * _LINEAR_HZ / _LINEAR_MELS
    return np.where(mels < _LINEAR_MELS, linear, _LINEAR_HZ * np.exp(_LOG_STEP * (mels - _LINEAR_MELS)))
