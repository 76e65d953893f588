"""whisper.cpp behind the port: on a model that says one sentence to any sound, built here."""

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import whisper_ggml
from models.ports import MIC_HZ, Audio, Samples, Transcript
from states.errors import BackendError, BackendUnavailable

pytest.importorskip("pywhispercpp", reason="pywhispercpp is not installed")

from models.stt_whispercpp import WhisperCppRecognizer, _transcript  # after the skip

SENTENCE = "the quick brown fox"


def noise(seconds: float) -> Samples:
    return (np.random.default_rng(1).standard_normal(int(MIC_HZ * seconds)) * 0.05).astype(np.float32)


def heard(recognizer: WhisperCppRecognizer, samples: Samples) -> Transcript:
    *_, last = recognizer.recognize(Audio(samples))
    return last


@pytest.fixture(scope="module")
def recognizer(ggml: Path) -> WhisperCppRecognizer:
    return WhisperCppRecognizer(str(ggml), threads=1)


@pytest.mark.parametrize("seconds", [0.3, 3.0, 30.0])
def test_words_and_confidence(recognizer: WhisperCppRecognizer, seconds: float) -> None:
    found = heard(recognizer, noise(seconds))
    assert found.text == SENTENCE
    assert found.confidence_pct == 100
    assert found.avg_logprob == pytest.approx(0.0, abs=0.01)
    assert (found.no_speech_prob, found.compression_ratio, found.words) == (None, None, ())


def test_a_long_sound_is_heard_window_by_window(recognizer: WhisperCppRecognizer) -> None:
    assert heard(recognizer, noise(40)).text == f"{SENTENCE} {SENTENCE}"


def test_short_windows(ggml: Path) -> None:
    assert heard(WhisperCppRecognizer(str(ggml), short_windows=True), noise(2)).text == SENTENCE


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), noise(0.05), np.zeros(MIC_HZ, np.float32)])
def test_nothing_in_nothing(recognizer: WhisperCppRecognizer, samples: Samples) -> None:
    assert list(recognizer.recognize(Audio(samples))) == [Transcript("")]


def test_closing_frees_the_thread_that_waits_and_aborts_the_work(
    ggml: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The real library is stopped by its abort callback; the test only delays the moment in which it is asked."""
    recognizer = WhisperCppRecognizer(str(ggml), poll_ms=1)
    entered, release, results = threading.Event(), threading.Event(), []
    transcribe = recognizer._model.transcribe

    def hanging(samples: Samples, abort_callback: Any, **options: Any) -> Any:
        entered.set()
        assert release.wait(20)
        results.append(transcribe(samples, abort_callback=abort_callback, **options))
        return results[-1]

    recognizer._model.transcribe = hanging
    stale = recognizer.recognize(Audio(noise(2)))
    assert next(stale) == Transcript("")
    assert entered.wait(20)
    stale.close()  # type: ignore[attr-defined]  # it is a generator
    release.set()
    assert heard(recognizer, noise(2)).text == SENTENCE
    assert results[0] == [], "aborted: nothing was decoded"
    assert "failed to encode" in capfd.readouterr().err, "whisper.cpp's own words for an abort"
    recognizer.close()
    with pytest.raises(BackendError, match="closed"):
        heard(recognizer, noise(1))


def test_failure_in_the_library_is_a_backend_error(ggml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = WhisperCppRecognizer(str(ggml))

    def failing(*_: Any, **__: Any) -> None:
        raise IndexError("map::at")

    monkeypatch.setattr(recognizer._model, "transcribe", failing)
    with pytest.raises(BackendError, match="map::at"):
        heard(recognizer, noise(1))


def test_segments_without_words_or_probability() -> None:
    assert _transcript([]) == Transcript("")
    assert _transcript([(" ", 0.5)]) == Transcript("")
    assert _transcript([(" hi  there", float("nan"))]) == Transcript("hi there")
    both = _transcript([("aa", 1.0), ("bb", 0.25)])
    assert (both.text, both.confidence_pct) == ("aa bb", 50)


def test_missing_and_broken_files(ggml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for model in ("base.en", "./none.bin"):
        with pytest.raises(BackendUnavailable, match="looked for") as caught:
            WhisperCppRecognizer(model)
        assert caught.value.remedy.startswith("is2s setup --only whispercpp")
    whole = ggml.read_bytes()
    broken = tmp_path / "broken.bin"
    for size in (0, 3, 50, 1000, 70_000, len(whole) // 2, len(whole) - 1):
        broken.write_bytes(whole[:size])
        with pytest.raises(BackendUnavailable, match="truncated"):
            WhisperCppRecognizer(str(broken))
    broken.write_bytes(b"x" * 5000)
    with pytest.raises(BackendUnavailable, match="format"):
        WhisperCppRecognizer(str(broken))
    cached = tmp_path / "cache" / "is2s" / "whisper" / "ggml-base.en.bin"
    cached.parent.mkdir(parents=True)
    os.link(ggml, cached)
    assert whisper_ggml.located("base.en") == cached
