"""Playout: each sample of a reply once and in order, no clicks, and nothing of a reply that is closed."""

import numpy as np
import pytest

from engine.audio.ledger import Rendered
from engine.stages.playout import Playout
from models.ports import Samples
from states.events import Event, PlayoutDrained, PlayoutStarted

BLOCK = 512
FADE = 320
DUCK = float(10 ** (-15 / 20))
STEP = 1.001 / FADE
"""The most a full-scale constant may change from one sample to the next while it fades."""


def counting(count: int, first: int = 1) -> Samples:
    """Samples that tell their own place in the reply, all non-zero and exact in float32."""
    return (np.arange(first, first + count) / 2**20).astype(np.float32)


def ones(count: int) -> Samples:
    return np.ones(count, np.float32)


def playing(samples: Samples, reply: int = 1) -> tuple[Playout, list[Event]]:
    events: list[Event] = []
    playout = Playout(post=events.append)
    playout.open(reply)
    playout.write(reply, samples)
    return playout, events


def steps(*blocks: Samples) -> float:
    return float(np.abs(np.diff(np.concatenate(blocks))).max())


def test_silence_when_nothing_plays() -> None:
    playout = Playout(post=lambda _: None)
    assert not playout.render(BLOCK).any()
    assert playout.render(7).shape == (7,)
    assert playout.total_rendered == BLOCK + 7
    assert playout.take_ledger() == []


def test_samples_come_out_as_they_went_in() -> None:
    playout, events = playing(counting(700))
    playout.write(1, counting(300, first=701))
    out = np.concatenate([playout.render(BLOCK), playout.render(BLOCK)])
    assert np.array_equal(out[:1000], counting(1000))
    assert not out[1000:].any()
    assert out.dtype == np.float32
    assert playout.heard(1) == 1000
    assert playout.ahead(1) == 0
    assert events == [PlayoutStarted(1), PlayoutDrained(1)]


def test_running_dry_and_going_on() -> None:
    playout, events = playing(counting(100))
    playout.render(BLOCK)
    assert not playout.render(BLOCK).any()
    assert events == [PlayoutStarted(1), PlayoutDrained(1)]
    playout.write(1, counting(BLOCK, first=101))
    assert np.array_equal(playout.render(BLOCK), counting(BLOCK, first=101))
    assert events == [PlayoutStarted(1), PlayoutDrained(1), PlayoutDrained(1)]


def test_no_start_before_a_sample() -> None:
    playout, events = playing(ones(0))
    playout.render(BLOCK)
    assert events == []


def test_what_is_written_may_be_reused() -> None:
    samples = counting(BLOCK)
    playout, _ = playing(samples)
    samples[:] = 0
    assert np.array_equal(playout.render(BLOCK), counting(BLOCK))


def test_a_duck_is_down_within_one_block_and_a_resume_brings_it_back() -> None:
    playout, _ = playing(ones(10 * BLOCK))
    before = playout.render(BLOCK)
    playout.duck(1)
    down, low = playout.render(BLOCK), playout.render(BLOCK)
    playout.resume(1)
    up, high = playout.render(BLOCK), playout.render(BLOCK)
    assert steps(before, down, low, up, high) <= STEP
    assert np.allclose(down[FADE:], DUCK)
    assert np.allclose(low, DUCK)
    assert (up[FADE:] == 1).all()
    assert (high == 1).all()
    assert playout.heard(1) == 5 * BLOCK


def test_a_hold_freezes_at_a_sample_and_a_resume_goes_on_with_the_next() -> None:
    playout, events = playing(ones(10 * BLOCK))
    first = playout.render(BLOCK)
    playout.hold(1)
    faded, silent = playout.render(BLOCK), playout.render(BLOCK)
    assert steps(first, faded, silent) <= STEP
    assert not faded[FADE - 1 :].any()
    assert not silent.any()
    assert playout.heard(1) == BLOCK + FADE
    playout.resume(1)
    back = playout.render(BLOCK)
    assert steps(silent, back) <= STEP
    assert playout.heard(1) == 2 * BLOCK + FADE
    assert events == [PlayoutStarted(1)]
    ledger = playout.take_ledger()
    assert ledger == [
        Rendered(0, 1, 0, BLOCK, 100, 100),
        Rendered(BLOCK, 1, BLOCK, FADE, 100, 0),
        Rendered(3 * BLOCK, 1, BLOCK + FADE, FADE, 0, 100),
        Rendered(3 * BLOCK + FADE, 1, BLOCK + 2 * FADE, BLOCK - FADE, 100, 100),
    ]


def test_a_resume_in_the_middle_of_the_fade_turns_round() -> None:
    playout, _ = playing(ones(10 * BLOCK))
    blocks = [playout.render(100)]
    playout.hold(1)
    blocks.append(playout.render(100))
    playout.resume(1)
    blocks += [playout.render(BLOCK), playout.render(BLOCK)]
    assert steps(*blocks) <= STEP
    assert 0 < np.concatenate(blocks).min() < 1
    assert playout.heard(1) == 200 + 2 * BLOCK


def test_a_hold_before_the_first_sample_lets_nothing_through() -> None:
    events: list[Event] = []
    playout = Playout(post=events.append)
    playout.open(1)
    playout.hold(1)
    playout.write(1, counting(2 * BLOCK))
    assert not playout.render(BLOCK).any()
    assert (playout.heard(1), events) == (0, [])
    playout.resume(1)
    assert np.array_equal(playout.render(BLOCK), counting(BLOCK))  # nothing was heard, so nothing to fade from
    assert events == [PlayoutStarted(1)]


def test_a_duck_does_not_wake_what_is_held() -> None:
    playout, _ = playing(ones(10 * BLOCK))
    playout.render(BLOCK)
    playout.hold(1)
    playout.render(BLOCK)
    playout.duck(1)
    assert not playout.render(BLOCK).any()
    assert playout.heard(1) == BLOCK + FADE


def test_a_hold_while_dry_keeps_what_comes_later() -> None:
    playout, _ = playing(ones(100))
    playout.render(BLOCK)
    playout.hold(1)
    playout.render(BLOCK)
    playout.write(1, ones(BLOCK))
    assert not playout.render(BLOCK).any()
    assert playout.heard(1) == 100
    playout.resume(1)
    assert steps(np.zeros(1, np.float32), playout.render(BLOCK)) <= STEP


@pytest.mark.parametrize("block", [160, 320, 512, 1024])
def test_a_stop_fades_within_its_block(block: int) -> None:
    playout, events = playing(ones(10_000))
    before = playout.render(block)
    playout.stop(1)
    during, after = playout.render(block), playout.render(block)
    assert steps(before, during, after) <= 1.001 / min(FADE, block)
    assert not during[FADE - 1 :].any()
    assert not after.any()
    assert playout.heard(1) == block + min(FADE, block)
    assert playout.ahead(1) == 0
    assert playout.refused_samples == 10_000 - playout.heard(1)
    assert not playout.write(1, ones(10))
    playout.resume(1)
    assert not playout.render(block).any()
    assert events == [PlayoutStarted(1)]  # a closed reply does not drain


def test_a_stop_fades_what_little_is_left() -> None:
    playout, _ = playing(ones(BLOCK + 100))
    before = playout.render(BLOCK)
    playout.stop(1)
    during = playout.render(BLOCK)
    assert steps(before, during) <= 0.0101
    assert not during[99:].any()


def test_a_stop_of_what_is_ducked_or_held() -> None:
    playout, _ = playing(ones(10_000))
    playout.render(BLOCK)
    playout.duck(1)
    low = playout.render(BLOCK)
    playout.stop(1)
    assert steps(low, playout.render(BLOCK)) <= STEP
    playout.open(2)
    playout.write(2, ones(10_000))
    playout.render(BLOCK)
    playout.hold(2)
    playout.render(BLOCK)
    playout.stop(2)
    assert not playout.render(BLOCK).any()
    assert playout.heard(2) == BLOCK + FADE


def test_a_stop_before_the_first_block_lets_nothing_through() -> None:
    playout, events = playing(ones(BLOCK))
    playout.stop(1)
    assert not playout.render(BLOCK).any()
    assert events == []
    assert playout.refused_samples == BLOCK


def test_a_new_reply_begins_after_the_fade_of_the_old() -> None:
    playout, events = playing(ones(10_000))
    before = playout.render(BLOCK)
    playout.open(2)
    assert playout.heard(1) == playout.heard(2) == 0
    playout.write(2, ones(10_000))
    during = playout.render(BLOCK)
    assert steps(before, during[:FADE]) <= STEP
    assert (during[FADE:] == 1).all()  # the first sample of a reply is not faded
    assert playout.heard(2) == BLOCK - FADE
    assert playout.total_rendered == 2 * BLOCK
    assert events == [PlayoutStarted(1), PlayoutStarted(2)]
    assert [(entry.out_sample, entry.reply, entry.samples) for entry in playout.take_ledger()] == [
        (0, 1, BLOCK),
        (BLOCK, 1, FADE),
        (BLOCK + FADE, 2, BLOCK - FADE),
    ]


def test_orders_and_samples_for_another_reply_do_nothing() -> None:
    playout, _ = playing(ones(10_000), reply=5)
    playout.duck(4)
    playout.hold(6)
    playout.stop(4)
    assert not playout.write(4, ones(10))
    assert playout.refused_samples == 10
    assert (playout.render(BLOCK) == 1).all()
    assert playout.heard(4) == playout.ahead(4) == 0
    with pytest.raises(ValueError):
        playout.open(5)


@pytest.mark.parametrize("wrong", [{"fade_ms": 9}, {"fade_ms": 31}, {"duck_db": 1}, {"duck_db": -61}])
def test_settings_out_of_range(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        Playout(post=lambda _: None, **wrong)
