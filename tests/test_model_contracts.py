"""What every built-in backend promises by its protocol, and how the registry finds them."""

import inspect
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from models import registry
from models.ports import MIC_HZ, Audio, SpeechChunk, Transcript
from states.errors import BackendUnavailable, ConfigError
from states.events import WordSpan
from states.history import Message

EVERY = [(role, name) for role in registry.ROLES for name in registry.BACKENDS[role]]


@pytest.mark.parametrize(("role", "name"), EVERY)
def test_readiness_is_told_without_importing(role: str, name: str) -> None:
    before = set(sys.modules)
    readiness = registry.available(role, name)
    assert readiness.ready or readiness.remedy
    assert not {"torch", "silero_vad"} & (set(sys.modules) - before)


@pytest.mark.parametrize("role", registry.ROLES)
def test_unknown_names_are_refused_with_the_nearest(role: str) -> None:
    name = next(iter(registry.BACKENDS[role]))
    with pytest.raises((ConfigError, BackendUnavailable), match=name):
        registry.create(role, name + "x")
    embedded = {"vad": "energy", "stt": "sphinx", "llm": "companion", "tts": "espeak"}[role]
    with pytest.raises(ConfigError):
        registry.create(role, embedded, nonsense=1)


def ready(role: str) -> list[str]:
    return [name for name in registry.BACKENDS[role] if registry.available(role, name).ready]


@pytest.mark.parametrize("name", [n for n in ready("stt") if n == "sphinx"])
def test_recognisers(name: str) -> None:
    recognizer = registry.create("stt", name)
    noise = np.random.default_rng(5).standard_normal(MIC_HZ // 2).astype(np.float32) * 0.01
    for samples in (np.zeros(0, np.float32), np.zeros(100, np.float32), noise):
        before = samples.copy()
        transcripts = list(recognizer.recognize(Audio(samples, first_sample=12_345)))
        assert transcripts
        assert all(isinstance(t, Transcript) and -1 <= t.confidence_pct <= 100 for t in transcripts)
        assert np.array_equal(samples, before), "the sound is only read"
    assert inspect.isgenerator(recognizer.recognize(Audio(noise)))


@pytest.mark.parametrize("name", [n for n in ready("llm") if n == "companion"])
def test_language_models(name: str) -> None:
    model = registry.create("llm", name)
    for messages in (
        [],
        [Message("user", "hello")],
        [Message("user", "tell me a story"), Message("assistant", "Once")],
    ):
        pieces = list(model.stream(messages))
        assert pieces
        assert all(isinstance(piece, str) and piece for piece in pieces)
        closed = model.stream(messages)
        next(closed)
        closed.close()
        assert list(model.stream(messages)) == pieces


@pytest.mark.parametrize("name", [n for n in ready("tts") if n == "espeak"])
def test_synthesizers(name: str) -> None:
    synthesizer = registry.create("tts", name)
    assert list(synthesizer.synthesize("")) == []
    stream: Iterator[SpeechChunk] = synthesizer.synthesize("Good morning to you.")
    total = 0
    spans: list[WordSpan] = []
    for chunk in stream:
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.ndim == 1
        assert np.abs(chunk.samples).max(initial=0.0) <= 1.0
        assert all(total <= start < total + len(chunk.samples) for _, _, start, _ in chunk.words)
        total += len(chunk.samples)
        spans += chunk.words
    assert [span[:2] for span in spans] == [(0, 4), (5, 12), (13, 15), (16, 20)]
    assert 0.5 * synthesizer.rate_hz < total < 3 * synthesizer.rate_hz
    closed = synthesizer.synthesize("Good morning to you.")
    next(closed)
    closed.close()
