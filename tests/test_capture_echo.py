"""Capture with an echo canceller: each frame is cleaned as it is read, by the loudspeaker's samples of its moment."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.file_device import FileDevice
from engine.audio.wav_source import WavSource
from engine.stages.capture import Capture
from engine.stages.playout import Playout
from models.ports import FRAME_SAMPLES, Samples
from states.events import CaptureOverflowed, Event


class Subtraction:
    """Takes the loudspeaker's samples off as they are, as if it were heard at once and as loud."""

    def __init__(self) -> None:
        self.lengths: set[int] = set()

    def process(self, mic: Samples, speaker: Samples) -> Samples:
        self.lengths |= {len(mic), len(speaker)}
        return mic - speaker

    def reset(self) -> None:
        """Nothing is kept."""


def noise(count: int, seed: int) -> Samples:
    """Multiples of 2^-15, so that adding and subtracting them is exact."""
    return (np.random.default_rng(seed).integers(-9000, 9000, count) / 32768).astype(np.float32)


def read_all(capture: Capture) -> Samples:
    frames = [np.zeros(0, np.float32)]
    while (frame := capture.read_frame()) is not None:
        frames.append(frame[1].copy())
    return np.concatenate(frames)


@settings(deadline=None)
@given(
    blocks=st.lists(st.tuples(st.integers(0, 1500), st.booleans()), max_size=12),
    read_each=st.booleans(),
    reused=st.booleans(),
)
def test_the_loudspeaker_is_taken_out_sample_by_sample(
    blocks: list[tuple[int, bool]], read_each: bool, reused: bool
) -> None:
    canceller = Subtraction()
    capture = Capture(post=lambda _: None, canceller=canceller)
    total = sum(size for size, _ in blocks)
    near, far = noise(total, 1), noise(total, 2)
    heard, done = [], 0
    for size, plays in blocks:
        speaker = far[done : done + size].copy()
        if plays:
            capture.push(near[done : done + size] + speaker, speaker)
        else:
            capture.push(near[done : done + size])
        if reused:
            speaker[:] = 7
        done += size
        if read_each:
            heard.append(read_all(capture))
    capture.close()
    heard.append(read_all(capture))
    joined = np.concatenate(heard)
    assert np.array_equal(joined[:total], near)
    assert not joined[total:].any()
    assert canceller.lengths <= {FRAME_SAMPLES}
    assert np.array_equal(capture.audio(0, total).samples, near), "the recogniser gets the cleaned sound too"


def test_where_blocks_were_dropped_the_loudspeaker_was_silent_too() -> None:
    events: list[Event] = []
    capture = Capture(post=events.append, queue_s=0.1, canceller=Subtraction())
    near, far = noise(60 * 320, 1), noise(60 * 320, 2)
    for first in range(0, 50 * 320, 320):
        capture.push(near[first : first + 320] + far[first : first + 320], far[first : first + 320])
    dropped = capture.dropped_samples
    kept = 50 * 320 - dropped
    heard = [read_all(capture)]
    for first in range(50 * 320, 60 * 320, 320):
        capture.push(near[first : first + 320] + far[first : first + 320], far[first : first + 320])
        heard.append(read_all(capture))
    near[kept : kept + dropped] = 0
    joined = np.concatenate(heard)
    assert np.array_equal(joined, near[: len(joined)])
    assert events == [CaptureOverflowed(dropped)]


def test_without_a_canceller_the_microphone_stays_as_it_is() -> None:
    capture = Capture(post=lambda _: None)
    capture.push(noise(FRAME_SAMPLES, 1), noise(FRAME_SAMPLES, 2))
    assert np.array_equal(read_all(capture), noise(FRAME_SAMPLES, 1))


@pytest.mark.parametrize("block", [160, 512])
def test_a_device_gives_the_loudspeaker_of_the_same_moment(block: int) -> None:
    playout = Playout(post=lambda _: None)
    playout.open(1)
    playout.write(1, noise(4096, 2))
    capture = Capture(post=lambda _: None, canceller=Subtraction())
    near = noise(8192, 1)
    device = FileDevice(WavSource(near), capture, playout, None, block_samples=block)
    for _ in range(8192 // block):
        device.render()
        device.deliver()
    heard = read_all(capture)
    expected = near.copy()
    expected[:4096] -= noise(4096, 2)
    assert np.array_equal(heard, expected[: len(heard)])
