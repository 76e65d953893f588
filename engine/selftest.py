"""A backend tried out for a moment: does it work at all, and how fast is it on this machine?

Each is made and run once, which is when it loads and warms up, and then run again against the clock. What it says is
not judged, only that it says something of the right kind: a made sound has no words, and a joke has no right answer.
So this finds a model that does not load, fails, falls silent or gives numbers that are none, and not one that is bad.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.clock import Clock
from models.ports import FRAME_SAMPLES, MIC_HZ, Audio, Samples
from states.errors import BackendError
from states.history import Message

SENTENCE = "This is how fast I speak."

MAX_PIECES, MAX_PIECES_US = 24, 4_000_000
"""The language model is cut off after so many pieces, or so long after the first."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a backend is. ``ready_s``: to be made and to do it once. ``figures``: by name, with the unit in it."""

    ready_s: float
    figures: dict[str, float]

    def __str__(self) -> str:
        told = [_TEXTS[name].format(value) for name, value in self.figures.items()]
        return f"{', '.join(told)}, ready in {self.ready_s:.1f} s"


_TEXTS = {
    "real_time_factor": "takes {:.3f} of real time",
    "first_ms": "first after {:.0f} ms",
    "pieces_per_s": "{:.1f} tokens/s",
}

Run = Callable[[Any, Clock], dict[str, float]]


def measure(role: str, make: Callable[[], Any], clock: Clock) -> Speed:
    """Make a backend of this role and try it out; it is closed again. Blocks for seconds, by the backend.

    Raises ``BackendError`` where it does not work, whatever the backend itself raises.
    """
    began_us = clock.now_us()
    backend: Any = None
    try:
        backend = make()
        RUNS[role](backend, clock)
        ready_us = clock.now_us() - began_us
        return Speed(ready_us / 1e6, RUNS[role](backend, clock))
    except BackendError:
        raise
    except Exception as error:  # also another package's backend, with errors of its own
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise BackendError(said) from error
    finally:
        if callable(close := getattr(backend, "close", None)):
            close()


def made_sound() -> Samples:
    """A second that is loud enough to be worked on: harmonics of 120 Hz that swell four times. It is no speech."""
    seconds = np.arange(MIC_HZ) / MIC_HZ
    tones = sum(np.sin(2 * np.pi * 120 * n * seconds) / n for n in range(1, 20))
    swelling = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * seconds)
    return np.asarray(0.2 * tones * swelling, dtype=np.float32)


def _aec(aec: Any, clock: Clock) -> dict[str, float]:
    aec.reset()
    speaker = made_sound()
    mic = np.concatenate([np.zeros(800, np.float32), 0.3 * speaker])[: len(speaker)]
    ends = range(FRAME_SAMPLES, len(speaker) + 1, FRAME_SAMPLES)
    began_us = clock.now_us()
    cleaned = [aec.process(mic[end - FRAME_SAMPLES : end], speaker[end - FRAME_SAMPLES : end]) for end in ends]
    took_us = clock.now_us() - began_us
    if any(len(block) != FRAME_SAMPLES or not math.isfinite(float(np.sum(block))) for block in cleaned):
        raise BackendError("it gives samples that are none")
    aec.reset()
    return {"real_time_factor": _factor(took_us, len(cleaned) * FRAME_SAMPLES, MIC_HZ)}


def _vad(vad: Any, clock: Clock) -> dict[str, float]:
    vad.reset()
    sound = made_sound()
    frames = [sound[at : at + FRAME_SAMPLES] for at in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES)]
    began_us = clock.now_us()
    found = [vad.probability(frame) for frame in frames]
    took_us = clock.now_us() - began_us
    if not all(0.0 <= value <= 1.0 for value in found):  # a NaN is not
        raise BackendError("it gives probabilities that are none")
    vad.reset()
    return {"real_time_factor": _factor(took_us, len(frames) * FRAME_SAMPLES, MIC_HZ)}


def _stt(stt: Any, clock: Clock) -> dict[str, float]:
    sound = made_sound()
    began_us = clock.now_us()
    answers = list(stt.recognize(Audio(sound)))
    took_us = clock.now_us() - began_us
    if not answers:
        raise BackendError("it gives no transcript, not even an empty one")
    return {"real_time_factor": _factor(took_us, len(sound), MIC_HZ)}


def _turn(turn: Any, clock: Clock) -> dict[str, float]:
    sound = made_sound()
    began_us = clock.now_us()
    answer = turn.final_pct(Audio(sound))
    took_us = clock.now_us() - began_us
    if not 0 <= answer <= 100:
        raise BackendError("it gives likelihoods that are none")
    return {"real_time_factor": _factor(took_us, len(sound), MIC_HZ)}


def _llm(llm: Any, clock: Clock) -> dict[str, float]:
    began_us = clock.now_us()
    first_us = last_us = None
    count = 0
    answer = llm.stream([Message("user", "Tell me a joke.")])
    try:
        for piece in answer:
            if not piece:
                continue
            count, last_us = count + 1, clock.now_us()
            first_us = last_us if first_us is None else first_us
            if count >= MAX_PIECES or last_us - first_us > MAX_PIECES_US:
                break
    finally:
        if callable(close := getattr(answer, "close", None)):
            close()
    if first_us is None or last_us is None:
        raise BackendError("it gives no answer")
    figures = {"first_ms": (first_us - began_us) / 1000}
    if last_us - first_us > 1000:  # what comes in less has not been generated
        figures["pieces_per_s"] = (count - 1) * 1e6 / (last_us - first_us)
    return figures


def _tts(tts: Any, clock: Clock) -> dict[str, float]:
    began_us = clock.now_us()
    first_us = None
    length, loudest = 0, 0.0
    for chunk in tts.synthesize(SENTENCE):
        if len(chunk.samples):
            first_us = clock.now_us() if first_us is None else first_us
            length += len(chunk.samples)
            loudest = max(loudest, float(np.abs(chunk.samples).max()))  # a NaN stays in neither
            if not math.isfinite(float(np.sum(chunk.samples))):
                raise BackendError("it gives samples that are no numbers")
    took_us = clock.now_us() - began_us
    if first_us is None or loudest == 0.0:
        raise BackendError("it gives no sound")
    return {"real_time_factor": _factor(took_us, length, tts.rate_hz), "first_ms": (first_us - began_us) / 1000}


def _factor(took_us: int, samples: int, rate_hz: int) -> float:
    return took_us * rate_hz / (samples * 1e6)


RUNS: dict[str, Run] = {"aec": _aec, "vad": _vad, "stt": _stt, "turn": _turn, "llm": _llm, "tts": _tts}
