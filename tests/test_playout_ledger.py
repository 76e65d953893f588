"""Playout, whatever is ordered: the ledger, at random and from three threads at once."""

from itertools import pairwise
from threading import Thread

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.ledger import KEPT_STRETCHES, Rendered
from engine.stages.playout import Playout
from models.ports import MIC_HZ
from states.events import Event, PlayoutDrained, PlayoutStarted
from tests.test_playout import BLOCK, FADE, STEP, counting, ones, playing, steps

NOISE = np.random.default_rng(3).uniform(0.1, 1, 40 * 3000).astype(np.float32)
"""A reply in which no sample can pass for its neighbour."""


def test_the_ledger_gives_each_sample_once_also_while_it_grows() -> None:
    playout, _ = playing(ones(4 * BLOCK))
    playout.render(BLOCK)
    assert playout.take_ledger() == [Rendered(0, 1, 0, BLOCK, 100, 100)]
    assert playout.take_ledger() == []
    playout.render(BLOCK)
    playout.render(BLOCK)
    assert playout.take_ledger() == [Rendered(BLOCK, 1, BLOCK, 2 * BLOCK, 100, 100)]
    playout.duck(1)
    playout.render(BLOCK)
    assert [(e.samples, e.gain_start_pct, e.gain_end_pct) for e in playout.take_ledger()] == [
        (FADE, 100, 18),
        (BLOCK - FADE, 18, 18),
    ]


def test_a_ledger_nobody_takes_is_bounded() -> None:
    playout, _ = playing(ones(0))
    for _ in range(KEPT_STRETCHES + 10):
        playout.write(1, ones(1))
        playout.render(2)
    ledger = playout.take_ledger()
    assert len(ledger) == KEPT_STRETCHES
    assert ledger[-1].reply_first_sample == KEPT_STRETCHES + 9


ORDERS = st.one_of(
    st.tuples(st.just("render"), st.sampled_from([1, 64, 160, 320, 512, 700])),
    st.tuples(st.just("write"), st.sampled_from([1, 50, 400, 3000])),
    st.tuples(st.sampled_from(["duck", "hold", "resume", "stop", "open", "late"]), st.just(0)),
)


@settings(max_examples=300, deadline=None)
@given(orders=st.lists(ORDERS, max_size=40))
def test_whatever_is_ordered(orders: list[tuple[str, int]]) -> None:
    """What went out is what the ledger says, and the ledger is each reply from its start without a gap."""
    playout = Playout(post=lambda _: None)
    reply, written, out, heard = 1, {1: 0}, [], {}
    playout.open(1)
    for order, size in orders:
        if order == "render":
            out.append(playout.render(size))
        elif order == "write":
            if playout.write(reply, NOISE[written[reply] : written[reply] + size]):
                written[reply] += size
        elif order == "open":
            reply += 1
            written[reply] = 0
            playout.open(reply)
        elif order == "late":
            assert not playout.write(reply - 1, ones(5))
        else:
            getattr(playout, order)(reply)
        heard[reply] = playout.heard(reply)
    sound = np.concatenate(out) if out else ones(0)
    assert playout.total_rendered == len(sound)
    ledger = playout.take_ledger()
    told = np.zeros(len(sound), bool)
    for entry in ledger:
        place = slice(entry.out_sample, entry.out_sample + entry.samples)
        assert not told[place].any()  # no two stretches at once
        told[place] = True
        sent = NOISE[entry.reply_first_sample :][: entry.samples]
        ramp = np.arange(1, entry.samples + 1) / entry.samples
        gain = (entry.gain_start_pct + (entry.gain_end_pct - entry.gain_start_pct) * ramp) / 100
        assert np.allclose(sound[place] / sent, gain, rtol=0, atol=0.0051)  # the ledger rounds to percents
    assert not sound[~told].any()
    for number in written:
        own = [entry for entry in ledger if entry.reply == number]
        assert all(b.reply_first_sample == a.reply_first_sample + a.samples for a, b in pairwise(own))
        if own:
            assert own[0].reply_first_sample == 0
        total = sum(entry.samples for entry in own)
        assert heard.get(number, 0) <= total <= written[number]
    assert heard.get(reply, 0) == sum(entry.samples for entry in ledger if entry.reply == reply)


@settings(deadline=None)
@given(orders=st.lists(st.tuples(st.sampled_from(["duck", "hold", "resume", ""]), st.integers(1, 600)), max_size=40))
def test_no_change_of_level_clicks(orders: list[tuple[str, int]]) -> None:
    playout, _ = playing(ones(40 * 600))
    blocks = [playout.render(BLOCK)]
    for order, size in orders:
        if order:
            getattr(playout, order)(1)
        blocks.append(playout.render(size))
    assert steps(*blocks) <= STEP


def test_three_threads() -> None:
    """Samples of one reply arrive whole and in order while the loop turns them down and up."""
    events: list[Event] = []
    playout = Playout(post=events.append)
    playout.open(1)
    length = 3 * MIC_HZ

    def synthesise() -> None:
        for first in range(0, length, 1000):
            playout.write(1, counting(1000, first=first + 1))

    def command() -> None:
        for _ in range(200):
            playout.hold(1)
            playout.duck(1)
            playout.resume(1)

    threads = [Thread(target=synthesise), Thread(target=command)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or playout.ahead(1):
        playout.render(BLOCK)
        if not playout.ahead(1):
            for thread in threads:
                thread.join(0.001)
    assert playout.heard(1) == length
    ledger = playout.take_ledger()
    assert all(b.reply_first_sample == a.reply_first_sample + a.samples for a, b in pairwise(ledger))
    assert events[0] == PlayoutStarted(1)
    assert events[-1] == PlayoutDrained(1)
