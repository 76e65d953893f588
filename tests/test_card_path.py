"""The way between a card's callbacks and the stages, on simulated cards: rates, channels, drift, what was heard."""

import numpy as np
import pytest

from engine.audio.alignment import Alignment
from engine.audio.device_clock import SETTLED_BLOCKS
from engine.audio.drift import DriftControl
from models.ports import MIC_HZ, Samples
from states.events import PlayoutDrained, PlayoutStarted
from tests.simulated_card import Room, Side


def noise(seconds: float, seed: int = 1) -> Samples:
    """Noise below 1.6 kHz, which linear interpolation leaves as it is."""
    coarse = np.random.default_rng(seed).uniform(-0.5, 0.5, int(seconds * MIC_HZ / 10))
    return np.interp(np.arange(int(seconds * MIC_HZ)), np.arange(len(coarse)) * 10, coarse).astype(np.float32)


def lag(one: Samples, other: Samples) -> int:
    """By how many samples ``other`` is later than ``one``."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.irfft(np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size)), size)
    place = int(np.argmax(product))
    return place - size if place > size // 2 else place


def alike(one: Samples, other: Samples) -> float:
    return float(np.dot(one, other) / np.sqrt(np.dot(one, one) * np.dot(other, other)))


def test_one_card_at_our_rate_passes_samples_unchanged() -> None:
    room = Room()
    said = noise(1.0)
    room.playout.open(1)
    room.playout.write(1, said)
    room.pass_s(1.5)
    out = np.concatenate([block[:, 0] for _, block in room.air])
    assert np.array_equal(out[: len(said)], said)
    assert room.events == [PlayoutStarted(1), PlayoutDrained(1)]


@pytest.mark.parametrize(("rate_hz", "channels"), [(48_000, 2), (44_100, 1), (8_000, 1), (96_000, 4)])
def test_any_rate_and_any_channels(rate_hz: int, channels: int) -> None:
    room = Room(Side(rate_hz, channels), Side(rate_hz, channels))
    said = noise(1.0)
    spoken = noise(1.0, seed=2)
    room.playout.open(1)
    room.playout.write(1, spoken)
    room.pass_s(1.5, said)
    recorded, _ = room.recorder.tracks()
    late = lag(said, recorded)
    assert alike(said[2000:12000], recorded[2000 + late : 12000 + late]) > 0.99
    out = np.concatenate([block for _, block in room.air])
    assert (out == out[:, :1]).all()
    coarse = np.interp(np.arange(0, len(out), rate_hz / MIC_HZ), np.arange(len(out)), out[:, 0]).astype(np.float32)
    late = lag(spoken, coarse)
    assert 0 <= late < MIC_HZ // 20
    assert alike(spoken[2000:12000], coarse[2000 + late : 12000 + late]) > 0.99


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("jitter_us", [0.0, 3000.0])
def test_the_heard_position_is_what_has_left_the_loudspeaker(rate_hz: int, jitter_us: float) -> None:
    """Behind the truth by the jitter of the card's word, and a resampler's rounding, never ahead by more."""
    room = Room(loudspeaker=Side(rate_hz, latency_us=60_000, jitter_us=jitter_us))
    room.playout.open(1)
    room.playout.write(1, noise(4.0))
    errors = []
    for _ in range(300):
        room.pass_s(0.0101)
        errors.append(room.playout.heard(1) - min(room.left(), 4 * MIC_HZ))
    slack = jitter_us * MIC_HZ / 1e6
    assert max(errors[20:]) <= slack + 2
    assert min(errors[20:]) >= -2 * slack - 2


def test_a_reply_has_drained_when_its_last_sample_was_heard() -> None:
    room = Room(loudspeaker=Side(latency_us=200_000))
    room.playout.open(1)
    room.playout.write(1, noise(0.5))
    while PlayoutDrained(1) not in room.events:
        room.pass_s(0.01)
        assert room.now_us < 2e6
    assert room.left() >= MIC_HZ // 2
    assert room.playout.heard(1) == MIC_HZ // 2
    assert room.now_us / 1e6 < 0.5 + 0.2 + 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("microphone_ppm", "loudspeaker_ppm"), [(0, 200), (0, -200), (-150, 50)])
def test_two_clocks_are_kept_in_step(microphone_ppm: float, loudspeaker_ppm: float) -> None:
    """Uncorrected, 300 s at 200 ppm are 60 ms apart. The rates are measured, and the offset stays within 2 ms."""
    room = Room(
        Side(ppm=microphone_ppm, jitter_us=2000),
        Side(48_000, ppm=loudspeaker_ppm, jitter_us=2000, latency_us=40_000),
    )
    room.pass_s(100)
    offset, worst = room.path.alignment.offset, 0.0
    for _ in range(200):
        room.pass_s(1)
        worst = max(worst, abs(room.path.alignment.error_samples))
    assert room.path.alignment.offset == offset
    assert room.path.alignment.leaps == 0
    assert worst < 32
    assert room.path.drift.ppm == pytest.approx(microphone_ppm - loudspeaker_ppm, abs=40)


@pytest.mark.parametrize(("ppm", "seconds"), [(0.0, 3), (150.0, 90)])
def test_the_loudspeaker_is_recorded_beside_what_was_heard_at_that_time(ppm: float, seconds: int) -> None:
    """The microphone hears the loudspeaker through the air: on the recording both lie at the same place.

    Two clocks need a minute to be known; until then they may be 3 ms apart.
    """
    room = Room(Side(latency_us=20_000), Side(ppm=ppm, latency_us=70_000), echo=True)
    room.playout.open(1)
    room.playout.write(1, noise(seconds))
    room.pass_s(seconds)
    recorded, beside = room.recorder.tracks()
    part = slice((seconds - 2) * MIC_HZ, (seconds - 1) * MIC_HZ)
    late = lag(beside[part], recorded[part])
    assert abs(late) <= (16 if ppm else 2)
    assert alike(recorded[part], beside[slice(part.start - late, part.stop - late)]) > 0.9


def test_a_card_that_broke_up_shakes_no_reference() -> None:
    """Where it keeps its place the offset stays, whatever its word wavers; where not, it is found anew, once."""
    alignment, random = Alignment(), np.random.default_rng(3)

    def told(about: float, blocks: int) -> set[int | None]:
        offsets = set()
        for wavers in random.uniform(-60, 60, blocks):
            alignment.note(about + wavers)
            offsets.add(alignment.offset)
        return offsets

    told(1000, 350)
    before = alignment.offset
    alignment.doubt()
    assert told(1000, 150) == {before}
    alignment.doubt()
    found = told(400, 150)
    assert found == {before, alignment.offset}
    assert alignment.offset == pytest.approx(400, abs=60)
    assert alignment.leaps == 1


@pytest.mark.parametrize("seconds", [3, 6, 9])
def test_a_word_that_wanders_and_comes_back_moves_no_reference(seconds: int) -> None:
    """By 5 ms either way, over some seconds; where the stream settled at one end of it, by 10."""
    alignment = Alignment()
    for _ in range(SETTLED_BLOCKS):
        alignment.note(1080)
    for block in range(30_000):
        alignment.note(1000 + 80 * np.cos(2 * np.pi * block / (100 * seconds)))
    assert (alignment.offset, alignment.leaps) == (1080, 0)


@pytest.mark.parametrize("late_blocks", [0, 5, 40, 300])
@pytest.mark.parametrize("told", [True, False])
def test_a_card_that_is_at_another_place_is_followed_in_one_leap(late_blocks: int, told: bool) -> None:
    """Also where the place changes only after the block that tells of the break, or nothing tells of it."""
    alignment, random = Alignment(), np.random.default_rng(5)

    def blocks(about: float, count: int) -> None:
        for wavers in random.uniform(-40, 40, count):
            alignment.note(about + wavers)

    blocks(1000, SETTLED_BLOCKS + 2000)
    if told:
        alignment.doubt()
    blocks(1000, late_blocks)
    blocks(40, 200)
    assert alignment.leaps == 1
    blocks(40, 3000)
    assert alignment.leaps == 1
    assert alignment.offset == pytest.approx(40, abs=40)


def test_a_clock_that_was_measured_is_not_forgotten_when_a_card_breaks_up() -> None:
    drift = DriftControl()
    assert drift.update(error_samples=0, microphone=None, loudspeaker=None) == 0
    known = drift.update(error_samples=0, microphone=1.0, loudspeaker=1.0002)
    assert known == pytest.approx(-200, abs=0.1)
    assert drift.update(error_samples=0, microphone=1.0, loudspeaker=None) == known
