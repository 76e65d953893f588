"""Every detector of voice activity keeps the same contract."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models.cassette import RecordingVad, Tape
from models.cassette_player import PlayingVad
from models.cassette_reading import read_cassette
from models.ports import FRAME_SAMPLES, MIC_HZ, Samples, VoiceActivityDetector
from models.scripted import ScriptedVad, SpokenWord, Take
from models.vad_energy import EnergyVad
from tests.models.contract import elsewhere
from tests.models.contract import threads_of_models as threads

RANDOM = np.random.default_rng(3)
FRAMES: list[Samples] = [
    np.zeros(FRAME_SAMPLES, np.float32),
    *(np.float32(level) * RANDOM.standard_normal(FRAME_SAMPLES).astype(np.float32) for level in (1e-4, 0.01, 0.3, 3)),
    np.full(FRAME_SAMPLES, np.nan, np.float32),
    np.full(FRAME_SAMPLES, -1, np.float32),
    np.zeros(2 * FRAME_SAMPLES, np.float32)[::2],
]


def silero(_: Path) -> VoiceActivityDetector:
    if find_spec("silero_vad") is None:
        pytest.skip("silero-vad is not installed")
    from models.vad_silero import SileroVad

    return SileroVad()


def scripted(_: Path) -> VoiceActivityDetector:
    return ScriptedVad(lambda: [Take((SpokenWord("hello", 0, 1000),), 0, 1000)])


def cassette(folder: Path) -> VoiceActivityDetector:
    tape = Tape(folder / "tape", {"clock": "virtual", "rate_hz": MIC_HZ, "source_samples": None}, warn=pytest.fail)
    recorder = RecordingVad(EnergyVad(), tape)
    for frame in FRAMES:
        recorder.probability(frame)
    tape.close()
    return PlayingVad(read_cassette(folder / "tape"))


MAKERS: dict[str, Callable[[Path], VoiceActivityDetector]] = {
    "silero": silero,
    "energy": lambda _: EnergyVad(),
    "scripted": scripted,
    "cassette": cassette,
}


@pytest.mark.parametrize("name", MAKERS)
def test_probabilities_of_any_sound(name: str, tmp_path: Path) -> None:
    before = threads()
    vad = MAKERS[name](tmp_path)
    for frame in FRAMES:
        copy = frame.copy()
        frame.flags.writeable = False
        found = vad.probability(frame)
        assert isinstance(found, float)
        assert 0.0 <= found <= 1.0 or np.isnan(copy).any(), "what is no number may give none"
        assert np.array_equal(frame, copy, equal_nan=True)
    vad.reset()
    assert threads() == before


@pytest.mark.parametrize("name", ["silero", "energy"])
def test_after_a_reset_it_is_as_new_in_any_thread(name: str, tmp_path: Path) -> None:
    frames = [frame for frame in FRAMES if not np.isnan(frame).any()] * 3
    used, new = MAKERS[name](tmp_path), MAKERS[name](tmp_path)
    for frame in FRAMES:
        used.probability(frame)
    used.reset()
    assert elsewhere(lambda: [used.probability(f) for f in frames]) == [new.probability(f) for f in frames]
