"""Both voice detectors: the contract, onsets and ends on recordings, silence in noise, and no torch."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models import registry, vad_silero
from models.ports import FRAME_SAMPLES, MIC_HZ, Samples, VoiceActivityDetector
from models.vad_energy import EnergyVad
from models.vad_silero import SileroVad
from states.errors import BackendError, BackendUnavailable, ConfigError
from tests.model_audio import frames, hush, made_coughs, made_typing, recording, spoken
from tests.shared_data import SHARED, needs_shared

FRAME_MS = FRAME_SAMPLES * 1000 // MIC_HZ


@pytest.fixture(scope="module")
def silero() -> SileroVad:
    return SileroVad()


@pytest.fixture(params=["silero", "energy"])
def detector(request: pytest.FixtureRequest) -> VoiceActivityDetector:
    made: VoiceActivityDetector = registry.create("vad", request.param)
    return made


def probabilities(detector: VoiceActivityDetector, samples: Samples) -> list[float]:
    detector.reset()
    return [detector.probability(frame) for frame in frames(samples)]


def test_probabilities_are_probabilities_and_repeat_after_reset(detector: VoiceActivityDetector) -> None:
    sound = spoken("Hello there.")
    first = probabilities(detector, sound)
    assert all(isinstance(p, float) and 0.0 <= p <= 1.0 for p in first)
    assert probabilities(detector, sound) == first
    assert max(first) > 0.9
    assert max(first[:5]) < 0.5, "the quiet room before the words"


def test_extreme_frames_are_survived(detector: VoiceActivityDetector) -> None:
    for frame in (np.zeros(512, np.float32), np.ones(512, np.float32), -np.ones(512, np.float32)):
        assert 0.0 <= detector.probability(frame) <= 1.0
    assert probabilities(detector, np.zeros(5120, np.float32))[-1] < 0.5


def test_nobody_is_told(tmp_path: Path) -> None:
    """As long as it is on, onnxruntime's telemetry keeps a database in the user's cache."""
    code = "from models.vad_silero import SileroVad; SileroVad()"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    home = {**environment, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-c", code], env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [0, 256, 511, 513, 1024])
def test_other_lengths_are_refused(detector: VoiceActivityDetector, length: int) -> None:
    with pytest.raises(BackendError, match="512"):
        detector.probability(np.zeros(length, np.float32))


def test_frame_is_not_kept_by_reference(detector: VoiceActivityDetector) -> None:
    sound = spoken("Hello there.")
    expected = probabilities(detector, sound)
    detector.reset()
    buffer, found = np.empty(FRAME_SAMPLES, np.float32), []
    for frame in frames(sound):
        buffer[:] = frame
        found.append(detector.probability(buffer))
        buffer.fill(1.0)
    assert found == expected


def test_energy_floor_adapts_to_a_loud_room() -> None:
    noise = np.random.default_rng(3).standard_normal(MIC_HZ * 2).astype(np.float32) * 0.02
    assert max(probabilities(EnergyVad(), noise)[1:]) < 0.5
    with pytest.raises(ConfigError):
        EnergyVad(above_floor_db=0.0)


def test_made_noises_are_no_speech_to_silero(silero: SileroVad) -> None:
    for sound in (hush(2000), *made_coughs(10), *made_typing(5)):
        assert sum(p > 0.5 for p in probabilities(silero, sound)) <= 2


def test_torch_and_the_package_are_never_imported() -> None:
    code = (
        "import sys, numpy; from models.vad_silero import SileroVad; v = SileroVad();"
        "v.probability(numpy.zeros(512, numpy.float32));"
        "sys.exit(any(name in sys.modules for name in ('torch', 'silero_vad')))"
    )
    root = Path(vad_silero.__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60).returncode == 0


def test_missing_wheel_names_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vad_silero, "find_spec", lambda name: None if name == "silero_vad" else find_spec(name))
    with pytest.raises(BackendUnavailable) as caught:
        SileroVad()
    assert caught.value.remedy == "pip install silero-vad"


def first_and_last_word_ms(grid: Path) -> tuple[int, int]:
    """Start of the first and end of the last word of a TextGrid, in ms."""
    pattern = r'xmin = ([\d.]+)\s*\n\s*xmax = ([\d.]+)\s*\n\s*text = "([^"\s][^"]*)"'
    words_tier = grid.read_text(encoding="utf-8").split('name = "phones"')[0]
    words = [(float(a), float(b)) for a, b, _ in re.findall(pattern, words_tier)]
    return round(words[0][0] * 1000), round(max(end for _, end in words) * 1000)


@needs_shared
def test_onsets_and_ends_lie_at_the_words(silero: SileroVad) -> None:
    paths = sorted((SHARED / "conversation" / "vap_phrases").glob("*.wav"))[::3]
    onsets, ends = [], []
    for path in paths:
        first_ms, last_ms = first_and_last_word_ms(path.with_suffix(".TextGrid"))
        sound = np.concatenate([hush(320), recording(path), hush(640)])
        voiced = [index for index, p in enumerate(probabilities(silero, sound)) if p > 0.5]
        onsets.append((voiced[0] + 1) * FRAME_MS - 320 - first_ms)
        ends.append((voiced[-1] + 1) * FRAME_MS - 320 - last_ms)
    assert len(paths) >= 8
    assert np.median(onsets) <= 100, "detection comes at the end of a frame"
    assert max(onsets) <= 200
    assert -150 <= np.median(ends) <= 150


@needs_shared
def test_human_speech_is_heard_and_recorded_noise_is_not(silero: SileroVad) -> None:
    speech = [*(SHARED / "speech" / "speechbrain").glob("spk*.wav"), *(SHARED / "speech" / "cards").glob("*.wav")]
    for path in sorted(speech):
        assert np.mean([p > 0.5 for p in probabilities(silero, recording(path))]) > 0.3, path.name
    for path in sorted((SHARED / "noise" / "esc50" / "audio").glob("*.wav")):
        assert np.mean([p > 0.5 for p in probabilities(silero, recording(path))]) < 0.05, path.name
