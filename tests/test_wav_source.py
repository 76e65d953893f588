"""The WAV source: one signal from whatever file, and one clear error from whatever is wrong."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.wav_source import WavSource, read_audio
from models.ports import MIC_HZ, Samples
from states.errors import AudioFileError
from tests.shared_data import SHARED, needs_shared

TONE_SAMPLES = 48 * MIC_HZ // 100


def tone(rate_hz: int, seconds: float = 0.48, level: float = 0.5) -> Samples:
    return (level * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def wav(samples: Samples, rate_hz: int = MIC_HZ, **how: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, **({"format": "WAV", "subtype": "PCM_16"} | how))
    return file.getvalue()


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"])
def test_every_rate_and_width_gives_the_same_signal(tmp_path: Path, rate_hz: int, subtype: str) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(wav(tone(rate_hz), rate_hz, subtype=subtype))
    samples = read_audio(path)
    assert samples.dtype == np.float32
    assert samples.shape == (TONE_SAMPLES,)
    middle = slice(400, -400)  # the tone's abrupt ends ring
    assert np.abs(samples - tone(MIC_HZ))[middle].max() < (0.01 if subtype == "PCM_U8" else 0.001)


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "FLAC"])
def test_channels_are_averaged(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "stereo"
    left = tone(MIC_HZ)
    path.write_bytes(wav(np.stack((left, left / 2, 0 * left), axis=1), format=kind))
    assert np.abs(read_audio(str(path)) - left / 2).max() < 1e-4


def test_samples_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    path.write_bytes(wav(tone(MIC_HZ, level=3), subtype="FLOAT"))
    samples = read_audio(path)
    assert (samples.min(), samples.max()) == (-1, 1)


def test_a_recording_that_breaks_off_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    whole = wav(tone(MIC_HZ))
    path.write_bytes(whole[: 44 + 2000])
    assert np.array_equal(read_audio(path), np.frombuffer(whole[44:2044], "<i2").astype(np.float32) / 2**15)


def not_a_number() -> bytes:
    samples = tone(MIC_HZ)
    samples[7] = np.nan
    return wav(samples, subtype="FLOAT")


DAMAGED = {
    "empty.wav": (b"", "empty"),
    "header.wav": (wav(tone(MIC_HZ))[:44], "no sound"),
    "frames.wav": (wav(tone(MIC_HZ, seconds=0)), "no sound"),
    "cut.wav": (wav(tone(MIC_HZ))[:30], "not a sound file, or is damaged"),
    "text.wav": (b"one two three\n" * 20, "not a sound file, or is damaged"),
    "noise.wav": (wav(tone(MIC_HZ))[50:], "not a sound file, or is damaged"),
    "cut.flac": (wav(tone(MIC_HZ), format="FLAC")[:3000], "not a sound file, or is damaged"),
    "voice.raw": (wav(tone(MIC_HZ))[44:], "no header"),
    "nan.wav": (not_a_number(), "no numbers"),
    "slow.wav": (wav(tone(MIC_HZ), 2), "2 Hz cannot be right"),
    "short.wav": (wav(tone(48_000)[:1], 48_000), "shorter than one sample"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    content, reason = DAMAGED[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AudioFileError, match=reason) as caught:
        read_audio(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="folder"):
        read_audio(tmp_path)
    with pytest.raises(AudioFileError, match="no such file"):
        read_audio(tmp_path / "nothing.wav")
    with pytest.raises(AudioFileError, match="cannot be read"):
        read_audio(tmp_path / ("x" * 300 + ".wav"))


def test_a_file_one_may_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "private.wav"
    path.write_bytes(wav(tone(MIC_HZ)))

    def refuse(*_: object) -> None:  # by hand, as for the superuser no file is private
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AudioFileError, match="cannot be read: Permission denied"):
        read_audio(path)


@settings(deadline=None)
@given(length=st.integers(0, 3000), sizes=st.lists(st.integers(0, 700), max_size=12))
def test_the_source_gives_every_sample_and_then_silence(length: int, sizes: list[int]) -> None:
    sound = np.arange(1, length + 1, dtype=np.float32)
    source = WavSource(sound)
    assert source.length == length
    blocks = [source.read(size) for size in sizes]
    assert [len(block) for block in blocks] == sizes
    given_out = sum(sizes)
    assert source.finished == (given_out >= length)
    joined = np.concatenate(blocks) if blocks else sound[:0]
    assert joined.dtype == np.float32
    assert np.array_equal(joined[:length], sound[:given_out])
    assert not joined[length:].any()


def test_the_source_opens_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(wav(tone(8_000), 8_000))
    assert WavSource.open(path).length == TONE_SAMPLES


@needs_shared
def test_the_same_speech_in_all_formats_reads_the_same() -> None:
    paths = sorted((SHARED / "speech" / "formats").glob("audio-*"))
    assert len(paths) >= 14
    reference = read_audio(SHARED / "speech" / "formats" / "audio-mono-32-bit-44100Hz.wav")
    level = np.sqrt((reference**2).mean())
    for path in paths:
        samples = read_audio(path)
        assert abs(len(samples) - len(reference)) <= 1
        count = min(len(samples), len(reference))
        error = np.sqrt(((samples[:count] - reference[:count]) ** 2).mean())
        assert error < level * (0.08 if "-8-bit-" in path.name else 0.001), path.name


@needs_shared
@pytest.mark.parametrize("name", ["jfk.flac", "vosk", "speechbrain", "formats/french.aiff", "formats/chinese.flac"])
def test_real_recordings_are_read(name: str) -> None:
    place = SHARED / "speech" / name
    for path in sorted(place.glob("*.wav")) if place.is_dir() else [place]:
        samples = read_audio(path)
        assert abs(len(samples) / MIC_HZ - soundfile.info(path).duration) < 0.001
        assert 0.001 < np.abs(samples).max() <= 1
