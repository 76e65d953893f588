"""faster-whisper behind the port: on a model that says one sentence to any sound, built here."""

import inspect
import os
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import canned_whisper
import numpy as np
import pytest

from models import whisper_errands
from models.ports import MIC_HZ, Audio, Samples, Transcript
from models.stt_whisper import WhisperRecognizer
from models.whisper_call import Call, short_window
from states.errors import BackendError, BackendUnavailable, ConfigError

SENTENCE = "the quick brown fox"


def noise(seconds: float) -> Samples:
    return (np.random.default_rng(1).standard_normal(int(MIC_HZ * seconds)) * 0.05).astype(np.float32)


def heard(recognizer: WhisperRecognizer, samples: Samples) -> Transcript:
    *_, last = recognizer.recognize(Audio(samples, first_sample=777))
    return last


@pytest.fixture
def recognizer(canned: Path) -> WhisperRecognizer:
    return WhisperRecognizer(str(canned), device="cpu", threads=1)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
def test_words_and_their_evidence_without_a_network(canned: Path) -> None:
    samples = noise(3)
    before = samples.copy()
    found = heard(WhisperRecognizer(str(canned), words=True), samples)
    assert found.text == SENTENCE
    assert found.avg_logprob is not None
    assert found.avg_logprob == pytest.approx(0.0, abs=0.05)
    assert found.confidence_pct == round(100 * np.exp(found.avg_logprob))
    assert found.no_speech_prob is not None
    assert 0 <= found.no_speech_prob < 0.1
    assert found.compression_ratio == pytest.approx(0.70, abs=0.05)
    assert [word.text for word in found.words] == SENTENCE.split()
    ends = [0]
    for word in found.words:
        assert ends[-1] <= word.first_sample <= word.end_sample <= len(samples)
        assert 0 <= word.probability_pct <= 100
        ends.append(word.end_sample)
    assert ends[1] < ends[2] < ends[3] <= len(samples)
    assert np.array_equal(samples, before), "the sound is only read"


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0, np.float32), noise(0.09), np.zeros(2 * MIC_HZ, np.float32), noise(2) * 1e-3],
    ids=["empty", "short", "zero", "quiet room"],
)
def test_nothing_in_nothing(recognizer: WhisperRecognizer, samples: Samples) -> None:
    assert list(recognizer.recognize(Audio(samples))) == [Transcript("")]


def test_what_is_not_contiguous_or_not_float32_is_read_all_the_same(recognizer: WhisperRecognizer) -> None:
    assert heard(recognizer, noise(4)[::2]).text == SENTENCE
    assert heard(recognizer, noise(2).astype(np.float64)).text == SENTENCE  # type: ignore[arg-type]


def test_one_window_is_decoded_once_and_a_long_sound_in_several(
    canned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []
    encode = Call.encode

    def counting(self: Call, features: Any) -> Any:
        encoded.append(features.shape[-1])
        return encode(self, features)

    monkeypatch.setattr(Call, "encode", counting)
    for words in (False, True):
        encoded.clear()
        assert heard(WhisperRecognizer(str(canned), words=words), noise(30)).text == SENTENCE
        assert encoded == [3000]
    encoded.clear()
    texts = [found.text for found in WhisperRecognizer(str(canned), poll_ms=0).recognize(Audio(noise(40)))]
    assert texts == [SENTENCE, f"{SENTENCE} {SENTENCE}"]
    assert len(encoded) == 2


def test_short_windows_encode_the_sound_and_a_second(canned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    from faster_whisper import WhisperModel

    encode = WhisperModel.encode

    def measuring(self: WhisperModel, features: Any) -> Any:
        lengths.append(features.shape[-1])
        return encode(self, features)

    recognizer = WhisperRecognizer(str(canned), short_windows=True, words=True)
    monkeypatch.setattr(WhisperModel, "encode", measuring)
    for seconds in (0.5, 3.2, 28.0, 28.5, 31.0):
        assert heard(recognizer, noise(seconds)).text.startswith(SENTENCE)
    assert lengths[:4] == [200, 500, 2900, 3000]
    assert set(lengths[4:]) == {3000}
    assert short_window(MIC_HZ) == 200
    assert short_window(29 * MIC_HZ) is None


def test_a_loop_ends_within_the_bound(tmp_path: Path) -> None:
    folder = canned_whisper.build(tmp_path / "loop", "na", loops=True)
    recognizer = WhisperRecognizer(str(folder), device="cpu", compute_type="float32")
    found = heard(recognizer, noise(2))
    assert abs(len(found.text.split()) - (16 + 12 * 2)) <= 1
    assert found.compression_ratio is not None
    assert found.compression_ratio > 2.4


def test_evidence_follows_the_model(tmp_path: Path) -> None:
    folder = canned_whisper.build(tmp_path / "unsure", "thanks for watching", sureness=8.0, no_speech=4.0)
    found = heard(WhisperRecognizer(str(folder)), noise(2))
    assert found.text == "thanks for watching"
    assert found.no_speech_prob is not None
    assert found.no_speech_prob > 0.9
    assert found.avg_logprob is not None
    assert -1.0 < found.avg_logprob < -0.3
    calibrated = WhisperRecognizer(str(folder), calibration=(4.0, 2.0))
    expected = 100 / (1 + np.exp(-(4.0 * found.avg_logprob + 2.0)))
    assert heard(calibrated, noise(2)).confidence_pct == round(expected)


def test_closing_frees_the_thread_that_waits_while_the_call_goes_on(
    canned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale call that hangs neither keeps its caller nor delays the next; told by its flag, it decodes nothing."""
    entered, release, outcomes = threading.Event(), threading.Event(), []
    encode, stuck = Call.encode, [True]

    def hanging(self: Call, features: Any) -> Any:
        if not stuck:
            return encode(self, features)
        stuck.clear()
        entered.set()
        assert release.wait(20)
        try:
            return encode(self, features)
        except whisper_errands.Abandoned:
            outcomes.append("abandoned")
            raise

    recognizer = WhisperRecognizer(str(canned), poll_ms=1)
    monkeypatch.setattr(Call, "encode", hanging)
    stale = recognizer.recognize(Audio(noise(2)))
    assert next(stale) == Transcript(""), "not yet"
    assert entered.wait(20)
    assert next(stale) == Transcript("")
    stale.close()  # type: ignore[attr-defined]  # it is a generator
    assert heard(recognizer, noise(2)).text == SENTENCE, "the next one, while the first still hangs"
    release.set()
    recognizer._errands._pool.shutdown(wait=True)
    assert outcomes == ["abandoned"]
    with pytest.raises(BackendError, match="closed"):
        next(recognizer.recognize(Audio(noise(2))))


@pytest.mark.parametrize("pulls", range(4))
def test_closed_at_any_point_it_is_as_good_as_new(recognizer: WhisperRecognizer, pulls: int) -> None:
    stream = recognizer.recognize(Audio(noise(2)))
    assert inspect.isgenerator(stream)
    for _ in range(pulls):
        next(stream, None)
    stream.close()
    assert heard(recognizer, noise(2)).text == SENTENCE


def test_used_from_several_threads_at_once(recognizer: WhisperRecognizer) -> None:
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(heard(recognizer, noise(1)).text)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert texts == [SENTENCE] * 4


def test_failure_in_the_library_is_a_backend_error(
    recognizer: WhisperRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Call, __: Any) -> None:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(Call, "encode", failing)
        with pytest.raises(BackendError, match="out of memory"):
            heard(recognizer, noise(1))
    assert heard(recognizer, noise(1)).text == SENTENCE


def test_options_that_cannot_be(canned: Path) -> None:
    with pytest.raises(ConfigError, match="tlh"):
        WhisperRecognizer(str(canned), language="tlh")
    with pytest.raises(ConfigError, match="abacus"):
        WhisperRecognizer(str(canned), device="abacus")
    with pytest.raises(BackendUnavailable, match="int3"):
        WhisperRecognizer(str(canned), compute_type="int3")


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


FLAWS: list[tuple[str, Callable[[Path], None], str]] = [
    ("model.bin", Path.unlink, "model.bin is missing"),
    ("config.json", Path.unlink, "config.json is missing"),
    ("tokenizer.json", Path.unlink, "tokenizer.json is missing"),
    ("vocabulary.json", Path.unlink, "vocabulary.json is missing"),
    ("model.bin", lambda path: os.truncate(path, 0), "model.bin is empty"),
    ("model.bin", lambda path: os.truncate(path, 70), "model.bin is truncated"),
    ("model.bin", lambda path: os.truncate(path, path.stat().st_size // 2), "model.bin is truncated"),
    ("model.bin", lambda path: path.write_bytes(b"<html>not found</html>") and None, "is not CTranslate2's format"),
    ("tokenizer.json", _cut, "tokenizer.json is not JSON"),
    ("vocabulary.json", lambda path: path.write_text("") and None, "vocabulary.json is not JSON"),
]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(("name", "spoil", "told"), FLAWS, ids=[told for _, _, told in FLAWS])
def test_broken_folders_are_told_file_by_file(
    canned: Path, tmp_path: Path, name: str, spoil: Callable[[Path], None], told: str
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(canned, folder)
    spoil(folder / name)
    with pytest.raises(BackendUnavailable, match=told) as caught:
        WhisperRecognizer(str(folder))
    assert caught.value.remedy.startswith("is2s setup --only whisper")
    assert str(folder) in str(caught.value)


@pytest.mark.usefixtures("no_network")
def test_names_are_looked_up_here_and_in_the_cache(
    canned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(BackendUnavailable) as caught:
        WhisperRecognizer("base.en")
    assert caught.value.remedy.startswith("is2s setup --only whisper")
    assert "models/whisper/base.en" in str(caught.value).replace("\\", "/")
    assert "cache" in str(caught.value)
    cached, here = tmp_path / "cache" / "is2s" / "whisper" / "base.en", Path("models") / "whisper" / "base.en"
    shutil.copytree(canned, cached)
    assert WhisperRecognizer("base.en").folder == cached
    shutil.copytree(canned, here)
    assert WhisperRecognizer("base.en", download=True).folder == here, "nothing to fetch"
    (here / "model.bin").unlink()
    with pytest.raises(BackendUnavailable, match="not whole"):
        WhisperRecognizer("base.en")
    with pytest.raises(BackendUnavailable, match="no Whisper model"):
        WhisperRecognizer("no.such.size")


def test_nothing_is_printed(canned: Path, capfd: pytest.CaptureFixture[str]) -> None:
    heard(WhisperRecognizer(str(canned)), noise(1))
    assert capfd.readouterr() == ("", "")
