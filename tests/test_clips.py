"""The clip bank is what its labels say: levels, words, sizes, and what Silero makes of it."""

import sys
from itertools import groupby, pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
sys.path.insert(0, str(SCENARIOS))

# The generators are scripts beside their data, found by the line above.
import compose  # noqa: E402
import lines  # noqa: E402
import noises  # noqa: E402

from models.ports import VoiceActivityDetector  # noqa: E402
from states.errors import BackendUnavailable  # noqa: E402

BANK = compose.load_bank()
LABELS = compose.read_toml(compose.BANK / "clips.toml")
KINDS = {"speech", "backchannel", "cough", "throat", "laugh", "noise", "silence"}
FRAME_MS = 32


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    pytest.importorskip("models.vad_silero", reason="the voice detector is not there")
    pytest.importorskip("models.tts_espeak", reason="the synthesiser is not there")
    import make_clips

    return make_clips


def test_the_bank_holds_what_the_tables_ask_for() -> None:
    assert set(BANK) == {*lines.LINES, *noises.NOISES}
    assert {path.stem for path in compose.BANK.glob("*.flac")} == set(BANK)
    for name, line in lines.LINES.items():
        assert (BANK[name].text, BANK[name].voice, BANK[name].kind) == (line.text, line.voice, line.kind), name


def test_no_user_has_the_assistant_s_voice() -> None:
    voices = {line.voice for line in lines.LINES.values()}
    assert "en-us" not in voices
    assert len(voices) >= 4


def test_the_bank_stays_small() -> None:
    assert sum(path.stat().st_size for path in compose.BANK.iterdir()) < 1_500_000


@pytest.mark.parametrize("name", BANK)
def test_a_clip_sounds_exactly_where_its_label_says(name: str) -> None:
    clip, samples = BANK[name], compose.read_clip(name).astype(np.int32)
    assert clip.kind in KINDS
    if clip.kind == "silence":
        assert not samples.any()
        assert (clip.onset_sample, clip.end_sample) == (0, 0)
        return
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (-45 / 20))
    assert (loud[0], loud[-1] + 1) == (clip.onset_sample, clip.end_sample)
    peak_dbfs = 20 * np.log10(np.abs(samples).max() / 32768)
    assert -9.1 < peak_dbfs < -5.9


@pytest.mark.parametrize("name", BANK)
def test_each_word_has_a_span_inside_the_sound(name: str) -> None:
    clip = BANK[name]
    assert len(clip.words) == len(clip.text.split())
    for first, end in clip.words:
        assert clip.onset_sample <= first < end <= clip.end_sample
    assert all(before[1] <= after[0] for before, after in pairwise(clip.words))


def test_only_speech_has_words() -> None:
    assert {clip.kind for clip in BANK.values() if clip.text} == {"speech", "backchannel"}
    assert {clip.kind for clip in BANK.values() if not clip.text} == KINDS - {"speech", "backchannel"}


@pytest.mark.parametrize("name", BANK)
def test_silero_hears_what_the_label_says(name: str, vad: VoiceActivityDetector, maker: ModuleType) -> None:
    """Up to one frame: another build of onnxruntime may turn a frame that is in the balance."""
    label = LABELS[name]
    voiced_ms, delay_ms = maker.heard_by(vad, compose.read_clip(name), label["onset_sample"])
    assert abs(voiced_ms - label["silero_voiced_ms"]) <= FRAME_MS
    for figure, measured in (("voiced", voiced_ms), ("onset", delay_ms)):
        low, high = label[f"silero_{figure}_range_ms"]
        assert low <= label[f"silero_{figure}_ms"] <= high
        assert low - FRAME_MS <= measured <= high + FRAME_MS


@pytest.fixture(scope="module")
def vad(maker: ModuleType) -> VoiceActivityDetector:
    detector: VoiceActivityDetector = maker.SileroVad()
    return detector


def test_the_bank_exercises_every_verdict() -> None:
    """Wherever frames fall: sounds dismissed only after a hold, sounds too short for one, backchannels."""

    def ranges(kind: str) -> list[tuple[int, int]]:
        return [tuple(label["silero_voiced_range_ms"]) for label in LABELS.values() if label["kind"] == kind]

    assert any(low >= 150 and high <= 500 for low, high in ranges("cough"))
    assert any(high < 96 for _, high in ranges("cough"))
    assert any(low >= 160 for low, _ in ranges("throat"))
    assert any(low >= 160 for low, _ in ranges("laugh"))
    assert all(low >= 160 for low, _ in ranges("backchannel"))
    assert LABELS["mm_hm"]["silero_voiced_ms"] >= 160
    assert all(LABELS[name]["silero_voiced_range_ms"] == [0, 0] for name in ("typing", "fan", "siren", "music"))


def test_the_long_passage_is_long_and_has_no_long_pause(vad: VoiceActivityDetector, maker: ModuleType) -> None:
    clip, samples = BANK["passage_long"], compose.read_clip("passage_long")
    assert (clip.end_sample - clip.onset_sample) / compose.RATE_HZ > 30
    assert len(clip.words) > 100
    vad.reset()
    sounding = (samples[clip.onset_sample : clip.end_sample] / 32768).astype(np.float32)
    frames = sounding[: len(sounding) // 512 * 512].reshape(-1, 512)
    voiced = [vad.probability(frame) >= maker.VAD_THRESHOLD for frame in frames]
    pauses_ms = [len(list(run)) * FRAME_MS for is_voiced, run in groupby(voiced) if not is_voiced]
    assert max(pauses_ms, default=0) < 300


@pytest.mark.parametrize("name", ["stop", "cough", "silence"])
def test_a_clip_made_anew_is_much_like_the_old_one(name: str, vad: VoiceActivityDetector, maker: ModuleType) -> None:
    """espeak-ng varies by a few samples from call to call, so the bank is never remade to the bit."""
    try:
        pcm, label = maker.make(name, vad)
    except BackendUnavailable as error:
        pytest.skip(str(error))
    old, old_pcm = LABELS[name], compose.read_clip(name)
    assert {key: label[key] for key in ("kind", "text", "voice")} == {
        key: old[key] for key in ("kind", "text", "voice")
    }
    assert set(label) == set(old)
    assert len(pcm) == pytest.approx(len(old_pcm), rel=0.02)
    assert abs(label["onset_sample"] - old["onset_sample"]) <= 1


@given(click=st.integers(0, 2000), length=st.integers(2001, 4000))
def test_cutting_a_clip_tells_how_far_its_labels_move(click: int, length: int) -> None:
    make_clips = pytest.importorskip("make_clips")
    sound = np.zeros(length, np.float32)
    sound[click] = 0.1
    pcm, moved = make_clips.to_pcm(sound, -6.0)
    assert np.flatnonzero(pcm).tolist() == [click + moved]
    assert len(pcm) == make_clips.LEAD_SAMPLES + 1 + make_clips.TAIL_SAMPLES
