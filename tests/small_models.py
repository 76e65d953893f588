"""The real adapters on models so small that a test can build them: see the folders of ``tests/models``.

Whisper hears "the quick brown fox" in any sound, and Piper speaks in tones: real libraries and real threads, only
what they say is made up. Ollama's adapter wants no model here: ``tests.ollama_server``.
"""

from pathlib import Path

import pytest

from models.stt_whisper import WhisperRecognizer
from models.stt_whispercpp import WhisperCppRecognizer
from models.tts_piper import PiperSynthesizer

HEARD = "the quick brown fox"


def small_whisper(folder: Path, *, poll_ms: int = 20, words: bool = True) -> WhisperRecognizer:
    """faster-whisper; skips the test where it is not installed."""
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    from tests.models.whisper import canned_whisper

    if not (folder / "model.bin").is_file():
        canned_whisper.build(folder, HEARD)
    return WhisperRecognizer(str(folder), device="cpu", threads=1, words=words, poll_ms=poll_ms)


def small_whispercpp(folder: Path, *, poll_ms: int = 20) -> WhisperCppRecognizer:
    """whisper.cpp; skips the test where it is not installed."""
    pytest.importorskip("pywhispercpp", reason="pywhispercpp is not installed")
    from tests.models.whisper import canned_ggml

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ggml-canned.bin"
    if not path.is_file():
        canned_ggml.build(path, HEARD)
    return WhisperCppRecognizer(str(path), threads=1, poll_ms=poll_ms)


def small_piper(folder: Path, *, labour: int = 0, speed: float = 1.0) -> PiperSynthesizer:
    """Piper, the same sound for the same text; more ``labour`` only makes it slow. Skips where it cannot be."""
    pytest.importorskip("piper", reason="piper-tts is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    from tests.models.piper.piper_small_voice import write_voice

    path = folder / f"small{labour}.onnx"
    if not path.is_file():
        write_voice(folder, path.stem, labour=labour)
    return PiperSynthesizer(str(path), speed=speed, noise_scale=0.0, noise_w_scale=0.0)
