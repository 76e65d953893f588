"""One number for how sure Whisper is: 0 to 100.

Raw, it is the geometric mean of the probabilities of the tokens, the one of the end included, in percent:
100 · exp(avg_logprob). It is a score, monotone and comparable between utterances of any length, but no probability
that the words are right: Whisper is known to be overconfident, how much depends on model, language and room.

A ``Calibration`` maps the score to such a probability by Platt's logistic curve (Platt, "Probabilistic outputs for
support vector machines", 1999), from pairs of (avg_logprob, was it right). None is built in: it can only be found
with real weights on recordings with known words, and none were at hand when this was written. Platt's own cure for
small samples is used: targets (right+1)/(right+2) and 1/(wrong+2) in place of 1 and 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability that a transcript is right = 1 / (1 + exp(-(slope · avg_logprob + offset)))."""

    slope: float
    offset: float


def confidence_pct(avg_logprob: float, calibration: Calibration | None = None) -> int:
    """Confidence, 0 to 100, from the mean log-probability of the tokens (at most 0); see above for its meaning."""
    if calibration is None:
        return round(100 * math.exp(min(0.0, avg_logprob)))
    return round(100 * _logistic(calibration.slope * avg_logprob + calibration.offset))


def calibrated(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """The curve that fits (avg_logprob, was it right) pairs best, by Newton's method on the log-likelihood.

    Needs right and wrong ones among them; some dozens for two digits. Raises ``ValueError`` where all are alike.
    """
    right = sum(1 for _, good in pairs if good)
    wrong = len(pairs) - right
    if not right or not wrong:
        raise ValueError("a calibration needs transcripts that are right and transcripts that are wrong")
    targets = [(x, (right + 1) / (right + 2) if good else 1 / (wrong + 2)) for x, good in pairs]
    slope, offset = 0.0, math.log((right + 1) / (wrong + 1))
    loss = _loss(targets, slope, offset)
    for _ in range(100):
        step_slope, step_offset = _newton(targets, slope, offset)
        scale = 1.0
        while scale > 1e-6 and _loss(targets, slope + scale * step_slope, offset + scale * step_offset) > loss:
            scale /= 2
        slope, offset = slope + scale * step_slope, offset + scale * step_offset
        before, loss = loss, _loss(targets, slope, offset)
        if before - loss < 1e-9:
            break
    return Calibration(slope, offset)


def _newton(targets: Sequence[tuple[float, float]], slope: float, offset: float) -> tuple[float, float]:
    g0 = g1 = 0.0
    h00 = h11 = 1e-9  # keeps the matrix invertible where all scores are alike
    h01 = 0.0
    for x, target in targets:
        p = _logistic(slope * x + offset)
        g0, g1 = g0 + (target - p) * x, g1 + (target - p)
        h00, h01, h11 = h00 + p * (1 - p) * x * x, h01 + p * (1 - p) * x, h11 + p * (1 - p)
    determinant = h00 * h11 - h01 * h01
    return (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant


def _loss(targets: Sequence[tuple[float, float]], slope: float, offset: float) -> float:
    total = 0.0
    for x, target in targets:
        z = slope * x + offset
        total += max(z, 0.0) - target * z + math.log1p(math.exp(-abs(z)))
    return total


def _logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
