"""The recorder: what was written is in the file, at any moment, and a disk never stops a session."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio import recorder as module
from engine.audio.recorder import FLUSH_S, Recorder
from models.ports import MIC_HZ, Samples

FULL = Path("/dev/full")
"""A device on which there is never room, where the system has it."""


def no_warning(text: str) -> None:
    raise AssertionError(text)


def ramp(count: int, first: int = 0) -> Samples:
    """Samples at exact 16 bit levels."""
    return ((np.arange(first, first + count) % 20_000) / 32767).astype(np.float32)


def content(path: Path) -> tuple[list[int], list[int]]:
    """The two channels as 16 bit numbers."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (MIC_HZ, 2, 2)
        rows = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return rows[:, 0].tolist(), rows[:, 1].tolist()


@pytest.mark.parametrize("live", [False, True])
def test_both_sides_are_in_the_file(tmp_path: Path, live: bool) -> None:
    path = tmp_path / "session.wav"
    recorder = Recorder(path, warn=no_warning, live=live)
    count, block = FLUSH_S * MIC_HZ + 5_000, 320
    mic, speaker = ramp(count), -ramp(count, first=7)
    for first in range(0, count, block):
        recorder.write(mic[first : first + block], speaker[first : first + block])
    assert recorder.recording
    recorder.close()
    recorder.close()
    recorder.write(mic, speaker)
    assert not recorder.recording
    left, right = content(path)
    assert left == [i % 20_000 for i in range(count)]
    assert right == [-(i % 20_000) for i in range(7, count + 7)]


@settings(deadline=None, max_examples=30)
@given(sizes=st.lists(st.integers(0, 100_000), max_size=5))
def test_blocks_of_any_length(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    path = tmp_path_factory.mktemp("recorder") / "session.wav"
    recorder = Recorder(path, warn=no_warning)
    done = 0
    for size in sizes:
        recorder.write(ramp(size, first=done), ramp(size, first=done))
        done += size
    recorder.close()
    left, right = content(path)
    assert left == right == [i % 20_000 for i in range(done)]


def test_blocks_may_be_reused(tmp_path: Path) -> None:
    path = tmp_path / "session.wav"
    recorder = Recorder(path, warn=no_warning, live=True)
    block = ramp(100)
    recorder.write(block, block)
    block[:] = 0
    recorder.close()
    assert content(path)[0] == list(range(100))


def test_after_a_crash_the_file_is_whole_up_to_the_last_flush(tmp_path: Path) -> None:
    path = tmp_path / "session.wav"
    recorder = Recorder(path, warn=no_warning)
    assert content(path) == ([], [])
    block = ramp(MIC_HZ)
    for _ in range(2 * FLUSH_S + 1):
        recorder.write(block, block)
    assert len(content(path)[0]) == 2 * FLUSH_S * MIC_HZ  # nobody has closed it
    recorder.close()
    assert len(content(path)[0]) == (2 * FLUSH_S + 1) * MIC_HZ


def test_samples_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    path = tmp_path / "session.wav"
    recorder = Recorder(path, warn=no_warning)
    recorder.write(np.array([2, -2, 1], np.float32), np.array([0.5, 0, -1], np.float32))
    recorder.close()
    assert content(path) == ([32767, -32767, 32767], [16384, 0, -32767])


def test_unequal_lengths_are_refused(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "session.wav", warn=no_warning)
    with pytest.raises(ValueError):
        recorder.write(ramp(3), ramp(4))
    recorder.close()


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("path", ["missing/session.wav", "."])
def test_a_file_that_cannot_be_made_gives_one_warning(tmp_path: Path, path: str, live: bool) -> None:
    warnings: list[str] = []
    recorder = Recorder(tmp_path / path, warn=warnings.append, live=live)
    assert not recorder.recording
    recorder.write(ramp(10), ramp(10))
    recorder.close()
    assert len(warnings) == 1
    assert warnings[0].startswith(f"recording to {tmp_path / path} has ended: ")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("live", [False, True])
def test_a_full_disk_gives_one_warning(live: bool) -> None:
    warnings: list[str] = []
    recorder = Recorder(FULL, warn=warnings.append, live=live)
    for _ in range(10):
        recorder.write(ramp(MIC_HZ), ramp(MIC_HZ))
    recorder.close()
    assert warnings == ["recording to /dev/full has ended: No space left on device"]
    assert not recorder.recording


def test_a_file_as_long_as_a_wav_can_be_gives_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_DATA_BYTES_MAX", 5 * MIC_HZ * 4)
    warnings: list[str] = []
    recorder = Recorder(tmp_path / "session.wav", warn=warnings.append)
    for _ in range(10):
        recorder.write(ramp(MIC_HZ), ramp(MIC_HZ))
    recorder.close()
    assert len(warnings) == 1
    assert "4 GB" in warnings[0]
    assert len(content(tmp_path / "session.wav")[0]) == FLUSH_S * MIC_HZ


def test_a_disk_too_slow_for_a_live_session_gives_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_S", 0)
    warnings: list[str] = []
    recorder = Recorder(tmp_path / "session.wav", warn=warnings.append, live=True)
    for _ in range(10):
        recorder.write(ramp(100), ramp(100))
    recorder.close()
    assert len(warnings) == 1
    assert "behind" in warnings[0]
