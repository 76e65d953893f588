"""Capture: positions stay true whatever the device delivers and however late it is read."""

from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.stages.capture import Capture
from models.ports import FRAME_SAMPLES, MIC_HZ, Samples
from states.events import CaptureOverflowed, Event

BLOCK = 320


def counting(count: int, first: int = 1) -> Samples:
    """Samples that tell their own place, all non-zero."""
    return (np.arange(first, first + count) / 2**23).astype(np.float32)


def read_all(capture: Capture) -> list[tuple[int, Samples]]:
    frames = []
    while (frame := capture.read_frame()) is not None:
        frames.append((frame[0], frame[1].copy()))
    return frames


def no_post(event: Event) -> None:
    raise AssertionError(f"nothing should be posted: {event}")


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 2000), max_size=12), read_each=st.booleans())
def test_frames_are_the_blocks_joined(sizes: list[int], read_each: bool) -> None:
    capture = Capture(post=no_post, keep_s=1)
    sound = counting(sum(sizes))
    frames, done = [], 0
    for size in sizes:
        capture.push(sound[done : done + size])
        done += size
        if read_each:
            frames += read_all(capture)
    capture.close()
    frames += read_all(capture)
    assert capture.ended
    assert [first for first, _ in frames] == [i * FRAME_SAMPLES for i in range(-(-len(sound) // FRAME_SAMPLES))]
    joined = np.concatenate([frame for _, frame in frames]) if frames else np.zeros(0, np.float32)
    assert np.array_equal(joined[: len(sound)], sound)
    assert not joined[len(sound) :].any()


def test_a_block_may_be_reused_by_the_device() -> None:
    capture = Capture(post=no_post)
    block = counting(FRAME_SAMPLES)
    capture.push(block)
    block[:] = 9
    frame = capture.read_frame()
    assert frame is not None
    assert np.array_equal(frame[1], counting(FRAME_SAMPLES))


def test_a_frame_is_read_only() -> None:
    capture = Capture(post=no_post)
    capture.push(counting(FRAME_SAMPLES))
    frame = capture.read_frame()
    assert frame is not None
    with pytest.raises(ValueError):
        frame[1][0] = 1


def test_overflow_is_told_once_by_the_reader_and_filled_with_silence() -> None:
    events: list[Event] = []
    capture = Capture(post=events.append, queue_s=0.1)
    sound = counting(100 * BLOCK)
    for i in range(50):
        capture.push(sound[i * BLOCK : (i + 1) * BLOCK])
    assert events == []
    dropped = capture.dropped_samples
    kept = 50 * BLOCK - dropped
    assert 1600 <= kept <= 1600 + 2 * BLOCK
    frames = read_all(capture)
    assert events == []  # how long the gap is shows at the next block
    for i in range(50, 60):
        capture.push(sound[i * BLOCK : (i + 1) * BLOCK])
        frames += read_all(capture)
    assert events == [CaptureOverflowed(dropped)]
    assert capture.dropped_samples == dropped
    joined = np.concatenate([frame for _, frame in frames])
    expected = sound[: len(joined)].copy()
    expected[kept : kept + dropped] = 0
    assert np.array_equal(joined, expected)


def test_each_overflow_has_its_own_event() -> None:
    events: list[Event] = []
    capture = Capture(post=events.append, queue_s=0.1)
    for _ in range(3):
        for _ in range(30):
            capture.push(counting(BLOCK))
        read_all(capture)
    capture.close()
    read_all(capture)
    assert len(events) == 3
    assert sum(event.dropped_samples for event in events if isinstance(event, CaptureOverflowed)) == (
        capture.dropped_samples
    )


def test_dropping_goes_on_until_the_queue_is_half_empty() -> None:
    capture = Capture(post=lambda _: None, queue_s=1)
    while not capture.dropped_samples:
        capture.push(counting(BLOCK))
    for _ in range(10):  # 0.32 s: not yet half
        capture.read_frame()
    before = capture.dropped_samples
    capture.push(counting(BLOCK))
    assert capture.dropped_samples == before + BLOCK
    for _ in range(10):
        capture.read_frame()
    capture.push(counting(BLOCK))
    assert capture.dropped_samples == before + BLOCK


def test_a_gap_at_the_very_end_is_told_too() -> None:
    events: list[Event] = []
    capture = Capture(post=events.append, queue_s=0.1)
    for _ in range(30):
        capture.push(counting(BLOCK))
    capture.close()
    frames = read_all(capture)
    assert events == [CaptureOverflowed(capture.dropped_samples)]
    assert len(frames) == -(-30 * BLOCK // FRAME_SAMPLES)
    assert capture.ended


def test_a_block_longer_than_the_queue_is_taken_whole() -> None:
    capture = Capture(post=no_post, queue_s=1, keep_s=1)
    sound = counting(3 * MIC_HZ)
    capture.push(sound)
    frames = read_all(capture)
    assert np.array_equal(np.concatenate([f for _, f in frames]), sound[: len(frames) * FRAME_SAMPLES])
    assert capture.dropped_samples == 0


@settings(deadline=None)
@given(length=st.integers(0, 40_000), first=st.integers(-5_000, 45_000), count=st.integers(-100, 45_000))
def test_audio_is_clamped_to_what_is_kept(length: int, first: int, count: int) -> None:
    capture = Capture(post=no_post, keep_s=1)
    keep = -(-MIC_HZ // FRAME_SAMPLES) * FRAME_SAMPLES
    sound = counting(length)
    capture.push(sound)
    read_all(capture)
    audio = capture.audio(first, first + count)
    start = max(first, length - keep, 0)
    assert audio.first_sample == start
    assert np.array_equal(audio.samples, sound[start : max(start, first + count)])
    assert audio.samples.dtype == np.float32


def test_audio_is_a_copy() -> None:
    capture = Capture(post=no_post, keep_s=1)
    capture.push(counting(MIC_HZ))
    read_all(capture)
    audio = capture.audio(0, 1000)
    capture.push(counting(MIC_HZ, first=99))
    read_all(capture)
    assert np.array_equal(audio.samples, counting(1000))


def test_wait_tells_whether_something_came_and_loses_nothing() -> None:
    capture = Capture(post=no_post)
    assert not capture.wait(0)
    capture.push(counting(BLOCK))
    assert capture.wait(0)
    assert capture.wait(0)
    capture.push(counting(BLOCK, first=1 + BLOCK))
    assert [first for first, _ in read_all(capture)] == [0]
    assert not capture.wait(0)  # a part of a frame is left, but nothing new
    assert np.array_equal(capture.audio(0, 999).samples, counting(2 * BLOCK))


def test_after_close_nothing_is_taken() -> None:
    capture = Capture(post=no_post)
    capture.push(counting(FRAME_SAMPLES))
    capture.close()
    capture.close()
    capture.push(counting(FRAME_SAMPLES))
    assert capture.wait(0)
    assert not capture.ended
    assert len(read_all(capture)) == 1
    assert capture.ended
    assert capture.read_frame() is None


def test_two_threads() -> None:
    capture = Capture(post=no_post, queue_s=1000)
    sound = counting(5 * MIC_HZ)

    def device() -> None:
        for first in range(0, len(sound), BLOCK):
            capture.push(sound[first : first + BLOCK])
        capture.close()

    thread = Thread(target=device)
    thread.start()
    frames = []
    while not capture.ended:
        assert capture.wait(10)
        frames += read_all(capture)
    thread.join()
    assert np.array_equal(np.concatenate([f for _, f in frames])[: len(sound)], sound)


@pytest.mark.parametrize("wrong", [{"keep_s": 0}, {"queue_s": 0}, {"queue_s": -1}])
def test_sizes_must_be_positive(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Capture(post=no_post, **wrong)
