"""A labelled sound, as it is placed on a trial's timeline."""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.ports import MIC_HZ, Samples

Origin = Literal["made", "recorded"]

AUDIBLE_DB = -35.0
"""A clip begins and ends where 10 ms of it are above this, relative to its loudest 10 ms."""
_BLOCK = MIC_HZ // 100


@dataclass(frozen=True, slots=True)
class LabelledWord:
    """A word at its place in a clip or on a timeline, in samples."""

    text: str
    first_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Clip:
    """``onset`` and ``end`` are where it is heard to begin and end. ``take_over``: where a "yeah, but" takes the
    floor; the onset for all others. ``words_estimated``: word places are in proportion to letters."""

    name: str
    kind: str
    speaker: str
    origin: Origin
    samples: Samples
    onset: int
    end: int
    text: str = ""
    words: tuple[LabelledWord, ...] = ()
    words_estimated: bool = False
    take_over: int = -1

    @property
    def digest(self) -> str:
        """Sixteen hex digits of the sound itself, to tell clips apart whatever they are called."""
        return hashlib.sha256(np.rint(self.samples * 32767).astype("<i2").tobytes()).hexdigest()[:16]


def audible_span(samples: Samples) -> tuple[int, int]:
    """First and end sample of what is audible, in steps of 10 ms; (0, 0) for silence."""
    blocks = samples[: len(samples) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    level = np.sqrt(np.mean(np.square(blocks, dtype=np.float64), axis=1)) if len(blocks) else np.zeros(0)
    if not len(level) or level.max() == 0.0:
        return 0, 0
    heard = np.flatnonzero(level > level.max() * 10 ** (AUDIBLE_DB / 20))
    return int(heard[0]) * _BLOCK, (int(heard[-1]) + 1) * _BLOCK


def levelled(samples: Samples, rms_db: float) -> Samples:
    """At this level over its audible part, but never above -1 dB at its peak."""
    first, end = audible_span(samples)
    rms = float(np.sqrt(np.mean(np.square(samples[first:end], dtype=np.float64)))) if end > first else 0.0
    if rms == 0.0:
        return samples
    gain = 10 ** (rms_db / 20) / rms
    peak = float(np.max(np.abs(samples))) * gain
    result: Samples = (samples * (gain * min(1.0, 0.89 / peak))).astype(np.float32)
    return result


def joined(clips: list[Clip], pauses_ms: list[int]) -> Clip:
    """One clip after another with silences between; labels of the first, words of all."""
    parts: list[Samples] = []
    words: list[LabelledWord] = []
    at = 0
    onset = clips[0].onset
    end = 0
    for number, clip in enumerate(clips):
        if number:
            pause = pauses_ms[number - 1] * MIC_HZ // 1000
            trim = (len(clips[number - 1].samples) - clips[number - 1].end) + clip.onset  # silence there already
            parts.append(np.zeros(max(0, pause - trim), dtype=np.float32))
            at += len(parts[-1])
        words += [LabelledWord(w.text, w.first_sample + at, w.end_sample + at) for w in clip.words]
        end = at + clip.end
        parts.append(clip.samples)
        at += len(clip.samples)
    name, text = "+".join(c.name for c in clips), " ".join(c.text for c in clips)
    return replace(
        clips[0], name=name, text=text, samples=np.concatenate(parts), onset=onset, end=end, words=tuple(words)
    )
