"""The simulated way from loudspeaker to microphone: exact, whatever the blocks, and the room that was asked for."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.echo_path import EchoingSource, EchoPath
from engine.audio.wav_source import WavSource
from models.ports import MIC_HZ, Samples
from states.errors import AudioFileError

QUIET: Samples = np.zeros(0, np.float32)


def spoken(count: int, seed: int = 1) -> Samples:
    """Sound in 16 bit steps."""
    return (np.random.default_rng(seed).integers(-8000, 8000, count) / 32768).astype(np.float32)


def through(path: EchoPath, sound: Samples, blocks: list[int], near: Samples = QUIET) -> Samples:
    """What the microphone hears while the loudspeaker plays ``sound``, in blocks of these sizes, again and again."""
    source = EchoingSource(WavSource(near), path)
    heard, at = [], 0
    while at < len(sound):
        for size in blocks:
            block = sound[at : at + size]
            source.hear(block)
            heard.append(source.read(len(block)))
            at += size
    return np.concatenate(heard)


@pytest.mark.parametrize("delay_ms", [0, 1, 80, 333])
def test_without_a_room_the_echo_is_a_delayed_copy(delay_ms: int) -> None:
    sound = spoken(8000)
    heard = through(EchoPath(level_db=0.0, delay_ms=delay_ms, rt60_ms=0), sound, [512])
    delay = delay_ms * 16
    assert not heard[:delay].any()
    assert np.array_equal(heard[delay:], sound[: len(sound) - delay])


@settings(deadline=None, max_examples=20)
@given(blocks=st.lists(st.integers(1, 700), min_size=1, max_size=6), seed=st.integers(0, 9))
def test_it_is_the_same_to_the_bit_in_any_blocks(blocks: list[int], seed: int) -> None:
    path = EchoPath(delay_ms=20, rt60_ms=100, seed=seed, noise_db=-60.0)
    sound = spoken(6000, seed)
    assert np.array_equal(through(path, sound, blocks), through(path, sound, [512]))


def test_it_is_the_convolution_with_the_room_exactly() -> None:
    """In whole numbers and in another way: any machine's Fourier transform must round to this."""
    path = EchoPath(level_db=-10.0, delay_ms=0, rt60_ms=120, seed=3)
    click = np.zeros(4000, np.float32)
    click[0] = 1.0
    source = EchoingSource(WavSource(QUIET), path)
    (room,) = source._rooms
    sound = spoken(5000)
    whole = np.convolve(np.rint(sound * 32768).astype(np.int64), room)[:5000]
    assert np.array_equal(through(path, sound, [512]) * 32768, np.rint(whole / 2**20))


@pytest.mark.parametrize("level_db", [-20.0, -6.0, 6.0])
@pytest.mark.parametrize("rt60_ms", [0, 150, 400])
def test_the_echo_has_the_level_and_the_reverberation_that_were_asked_for(level_db: float, rt60_ms: int) -> None:
    (room,) = EchoingSource(WavSource(QUIET), EchoPath(level_db=level_db, rt60_ms=rt60_ms))._rooms
    power = (room / 2**20) ** 2
    assert 10 * np.log10(power.sum()) == pytest.approx(level_db, abs=0.01)
    if rt60_ms:
        left = 10 * np.log10(np.cumsum(power[::-1])[::-1][16:] / power[16:].sum())  # Schroeder's backward integral
        from_db, to_db = (int(np.argmax(left < db)) for db in (-5, -35))
        assert (to_db - from_db) / MIC_HZ * 2000 == pytest.approx(rt60_ms, rel=0.1)


def test_another_seed_is_another_room_and_the_same_seed_the_same() -> None:
    sound = spoken(4000)
    first, again, other = (through(EchoPath(seed=seed), sound, [512]) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_user_is_heard_over_it_and_the_sum_is_cut_at_full_scale() -> None:
    near = np.full(1024, 0.75, np.float32)
    loud = np.full(1024, 0.5, np.float32)
    heard = through(EchoPath(level_db=0.0, delay_ms=32, rt60_ms=0), loud, [512], near)
    assert np.all(heard[:512] == 0.75)
    assert np.all(heard[512:] == 1.0)


def test_the_room_changes_at_its_time() -> None:
    sound = spoken(MIC_HZ)
    changing = EchoPath(delay_ms=0, seed=5, changes_at_ms=(512,))
    heard = through(changing, sound, [512])
    at = 512 * 16
    assert np.array_equal(heard[:at], through(EchoPath(delay_ms=0, seed=5), sound, [512])[:at])
    assert np.array_equal(heard[at:], through(EchoPath(delay_ms=0, seed=6), sound, [512])[at:])


def test_noise_and_distortion() -> None:
    silent = np.zeros(4 * MIC_HZ, np.float32)
    noise = through(EchoPath(noise_db=-50.0), silent, [512])
    assert 10 * np.log10(np.mean(noise**2)) == pytest.approx(-50.0, abs=0.2)
    loud = np.full(512, 0.9, np.float32)
    driven = through(EchoPath(level_db=0.0, delay_ms=0, rt60_ms=0, distortion=4.0), loud, [512])
    assert driven == pytest.approx(np.tanh(3.6) / 4, abs=1e-4)


def test_a_recorded_room_begins_at_its_direct_sound(tmp_path: Path) -> None:
    room = np.zeros(3000, np.float32)
    room[[700, 900]] = 0.8, -0.4
    soundfile.write(tmp_path / "room.wav", room, MIC_HZ)
    path = EchoPath(level_db=0.0, delay_ms=10, room=str(tmp_path / "room.wav"))
    click = np.zeros(2000, np.float32)
    click[0] = 0.5
    heard = through(path, click, [512])
    assert np.flatnonzero(heard).tolist() == [160, 360]
    assert heard[160] == pytest.approx(-2 * heard[360], rel=1e-3)
    with pytest.raises(AudioFileError):
        EchoingSource(WavSource(QUIET), EchoPath(room="nowhere.wav"), tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"level_db": 41.0},
        {"level_db": float("nan")},
        {"delay_ms": -1},
        {"rt60_ms": 2001},
        {"noise_db": 1.0},
        {"distortion": -1.0},
        {"changes_at_ms": (2, 1)},
        {"changes_at_ms": (-1,)},
        {"room": "x.wav", "changes_at_ms": (1,)},
    ],
)
def test_values_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        EchoPath(**wrong)  # type: ignore[arg-type]
