"""faster-whisper on trained, if tiny, stand-in weights and real recordings. They memorise: no partials are judged."""

from functools import lru_cache

import numpy as np
import pytest

from models.hallucination import doubt
from models.ports import FRAME_SAMPLES, MIC_HZ, Audio, Samples, Transcript
from models.stt_whisper import WhisperRecognizer
from models.vad_silero import SileroVad
from states.phrases import tokens
from tests.model_audio import hush, recording
from tests.shared_data import SHARED

FOLDER = SHARED / "models" / "whisper_mini_standin_ct2_int8"

pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the stand-in weights of ../shared/data are not here"),
    pytest.mark.slow,
]

JFK = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"


@lru_cache
def recognizer(*, short_windows: bool = False, words: bool = False) -> WhisperRecognizer:
    return WhisperRecognizer(str(FOLDER), device="cpu", threads=1, short_windows=short_windows, words=words)


def heard(samples: Samples, *, short_windows: bool = False, words: bool = False) -> Transcript:
    *_, last = recognizer(short_windows=short_windows, words=words).recognize(Audio(samples))
    return last


@lru_cache
def voiced_ms(path: str) -> int:
    vad, samples = SileroVad(), recording(SHARED / path)
    frames = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return sum(vad.probability(frame) > 0.5 for frame in frames) * FRAME_SAMPLES * 1000 // MIC_HZ


def test_a_known_speech_is_heard_word_for_word() -> None:
    samples = recording(SHARED / "speech" / "jfk.wav")
    found = heard(samples, words=True)
    assert " ".join(tokens(found.text)) == JFK
    assert found.confidence_pct > 80
    assert len(found.words) == len(JFK.split()), "one decoding: no ghost words after the last"
    assert all(0 <= w.first_sample <= w.end_sample <= len(samples) for w in found.words)
    assert doubt(found, voiced_ms=voiced_ms("speech/jfk.wav"), audio_ms=11_000) == ""


def test_sentences_of_a_reader_stand_and_are_right() -> None:
    for path in sorted((SHARED / "speech" / "realtimestt").glob("LJ*.wav")):
        samples = recording(path)
        found = heard(samples)
        said = tokens(path.with_suffix(".txt").read_text(encoding="utf-8"))
        wrong = len(set(said) ^ set(tokens(found.text)))
        assert wrong <= 2, found.text
        where = path.relative_to(SHARED).as_posix()
        assert doubt(found, voiced_ms=voiced_ms(where), audio_ms=len(samples) * 1000 // MIC_HZ) == ""


def test_noises_are_doubted_and_a_quiet_room_is_empty() -> None:
    assert heard(hush(2000)) == Transcript("")
    paths = [
        *sorted((SHARED / "noise" / "tau2").rglob("*.wav")),
        *sorted((SHARED / "noise" / "esc50").rglob("*.wav")),
    ]
    assert len(paths) > 8
    for path in paths:
        samples = recording(path)[: 2 * MIC_HZ]
        found = heard(samples)
        # As if the voice detector had taken all of it for a voice: its evidence is not needed here.
        assert not found.text or doubt(found, voiced_ms=1500, audio_ms=2000), (path.name, found)


def test_short_windows_keep_the_shape_and_bounds_of_a_transcript() -> None:
    samples = recording(SHARED / "speech" / "realtimestt" / "LJ001-0002.wav")
    found = heard(samples, short_windows=True)
    assert 0 <= found.confidence_pct <= 100
    assert found.avg_logprob is not None
    assert np.isfinite(found.avg_logprob)
