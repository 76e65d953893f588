"""The end of a turn by its prosody: six measures of the last second and a half, and a logistic regression.

Kept beside the benchmark and not among the models: it is there to be measured. numpy only.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.ports import MIC_HZ, Samples

HEARD_SAMPLES = MIC_HZ * 3 // 2
FRAME = MIC_HZ // 25
"""40 ms: two periods of the lowest voice."""
HOP = MIC_HZ // 100
SHORTEST, LONGEST = MIC_HZ // 400, MIC_HZ // 70
"""Lags of the highest and the lowest voice, 400 and 70 Hz."""

Values = npt.NDArray[np.float64]


def measures(samples: Samples) -> Values:
    """Of sound that ends with its last speech: pitch slope and end, energy slope and end, last voice, voiced share.

    Pitch in octaves, energy in dB, both against their median; slopes over 300 ms, per second; the last stretch of
    voice in seconds. Zeros where there is too little voice.
    """
    heard = samples[-HEARD_SAMPLES:].astype(np.float64)
    if len(heard) < 10 * HOP + FRAME:
        return np.zeros(6)
    frames = np.lib.stride_tricks.sliding_window_view(heard, FRAME)[::HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-9)
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(FRAME), 2 * FRAME)) ** 2
    likeness = np.fft.irfft(spectrum)[:, : LONGEST + 1]
    likeness /= likeness[:, :1] + 1e-9
    window = likeness[:, SHORTEST:]
    voiced = (window.max(axis=1) > 0.45) & (level > level.max() - 30)
    at = np.flatnonzero(voiced)
    if len(at) < 8:
        return np.zeros(6)
    pitch = np.log2(MIC_HZ / (SHORTEST + window.argmax(axis=1)))
    late = at[at > at[-1] - 30]
    tail = level[-30:]
    gaps = np.flatnonzero(np.diff(at) > 2)
    last_s = (len(at) - (gaps[-1] + 1 if len(gaps) else 0)) / 100
    return np.array([
        _slope(late / 100, pitch[late]), float(np.median(pitch[at[-5:]]) - np.median(pitch[at])),
        _slope(np.arange(len(tail)) / 100, tail), float(level[-8:].mean() - np.median(level)), last_s, voiced.mean(),
    ])  # fmt: skip


def fit(rows: Sequence[Values], ends: Sequence[bool]) -> tuple[Values, Values, Values]:
    """Mean, spread and weights (the last: the constant) of a ridge logistic regression, by Newton's method."""
    x, y = np.array(rows), np.array(ends, dtype=np.float64)
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    x = np.c_[(x - mean) / spread, np.ones(len(x))]
    balance = np.where(y > 0, 0.5 / max(y.mean(), 1e-6), 0.5 / max(1 - y.mean(), 1e-6))
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (balance * (p - y)) + weights
        bend = (x * (balance * p * (1 - p))[:, None]).T @ x + np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, slope)
    return mean, spread, weights


def final_pct(model: tuple[Values, Values, Values], row: Values) -> int:
    """How likely the turn is over, 0 to 100."""
    mean, spread, weights = model
    score = float(np.append((row - mean) / spread, 1.0) @ weights)
    return round(100 / (1 + float(np.exp(-np.clip(score, -30, 30)))))


def auc(scores: Sequence[float], ends: Sequence[bool]) -> float:
    """Share of pairs of an end and a pause in which the end has the higher score; half for equal ones."""
    yes = [s for s, end in zip(scores, ends, strict=True) if end]
    no = [s for s, end in zip(scores, ends, strict=True) if not end]
    if not yes or not no:
        return float("nan")
    return float(np.mean([[(a > b) + 0.5 * (a == b) for b in no] for a in yes]))


def _slope(x: Values, y: Values) -> float:
    return float(np.polyfit(x, y, 1)[0]) if len(x) > 2 else 0.0
