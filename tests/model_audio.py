"""Sounds for the tests of the models: recordings read at the microphone's rate, espeak's voice, made noises."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from models.ports import FRAME_SAMPLES, MIC_HZ, Samples
from models.tts_espeak import EspeakSynthesizer


def recording(path: Path, rate_hz: int = MIC_HZ) -> Samples:
    """A recording as mono samples at 16 kHz; raw files are 16 bits at ``rate_hz``."""
    if path.suffix == ".raw":
        samples = np.fromfile(path, dtype="<i2").astype(np.float32) / 32768
    else:
        stereo, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        samples = stereo.mean(axis=1)
    return np.asarray(soxr.resample(samples, rate_hz, MIC_HZ), dtype=np.float32)


def hush(milliseconds: int) -> Samples:
    """A quiet room: white noise at -80 dB, always the same."""
    samples = np.random.default_rng(0).standard_normal(MIC_HZ * milliseconds // 1000) * 1e-4
    return samples.astype(np.float32)


def spoken(text: str, voice: str = "en-us+f3") -> Samples:
    """``text`` by espeak as the microphone would hear it, with 0.3 s of a quiet room on both sides."""
    synthesizer = EspeakSynthesizer(voice)
    sound = np.concatenate([chunk.samples for chunk in synthesizer.synthesize(text)])
    heard = soxr.resample(sound, synthesizer.rate_hz, MIC_HZ) * 0.7
    return np.concatenate([hush(300), heard.astype(np.float32), hush(300)])


def made_coughs(count: int, seed: int = 1) -> list[Samples]:
    """Made, not recorded: one to three bursts of formant-shaped noise with a sharp attack, 1 s each."""
    random = np.random.default_rng(seed)
    coughs = []
    for _ in range(count):
        sound = random.standard_normal(MIC_HZ) * 1e-4
        for burst in range(int(random.integers(1, 4))):
            length = int(random.integers(1600, 5600))
            at = 3000 + burst * 4500
            length = min(length, MIC_HZ - at)
            time = np.arange(length) / length
            noise = random.standard_normal(length) * np.minimum(time / 0.05, 1) * np.exp(-3 * time)
            spectrum, hz = np.fft.rfft(noise), np.linspace(0, MIC_HZ / 2, length // 2 + 1)
            formants = random.uniform(300, 3500, 3)
            shaped = np.fft.irfft(spectrum * sum(np.exp(-(((hz - f) / 250) ** 2)) for f in formants), length)
            sound[at : at + length] += shaped / np.abs(shaped).max() * random.uniform(0.1, 0.5)
        coughs.append(sound.astype(np.float32))
    return coughs


def made_typing(count: int, seed: int = 2) -> list[Samples]:
    """Made, not recorded: seven key strokes, clicks of 12 ms, in 1.5 s."""
    random = np.random.default_rng(seed)
    sounds = []
    for _ in range(count):
        sound = random.standard_normal(24_000) * 1e-4
        for at in np.cumsum(random.integers(1200, 3300, 7)):
            sound[at : at + 200] += (
                random.standard_normal(200) * np.exp(-np.arange(200) / 40) * random.uniform(0.1, 0.4)
            )
        sounds.append(sound.astype(np.float32))
    return sounds


def frames(samples: Samples) -> list[Samples]:
    """Whole frames of 512 samples."""
    whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
    return list(samples[:whole].reshape(-1, FRAME_SAMPLES))
