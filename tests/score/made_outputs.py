"""Outputs whose truth is known because they were made: a control, and what an engine did to it, to the sample."""

import numpy as np

from models.ports import MIC_HZ, Samples

SECOND = MIC_HZ


def control(seconds: float = 12.0, seed: int = 0) -> Samples:
    """A reply without a pause: noise that is never near zero, so that every sample tells the gain."""
    rng = np.random.default_rng(seed)
    size = int(seconds * MIC_HZ)
    sign = rng.choice(np.array([-1.0, 1.0]), size)
    return (sign * rng.uniform(0.05, 0.3, size)).astype(np.float32)


def cut_at(sample: int, reply: Samples) -> Samples:
    """It stops dead."""
    out = reply.copy()
    out[sample:] = 0
    return out


def turned_down(first: int, end: int, reply: Samples, gain: float = 0.17) -> Samples:
    """It is low for a while."""
    out = reply.copy()
    out[first:end] *= gain
    return out


def held(first: int, samples: int, reply: Samples, *, lost: int = 0, repeated: int = 0) -> Samples:
    """It is silent for so many samples and goes on, having lost or repeating some."""
    rest = reply[first + lost - repeated :]
    return np.concatenate((reply[:first], np.zeros(samples, dtype=np.float32), rest))[: len(reply)]
