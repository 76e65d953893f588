"""The trace of a reply finds what was done to it where it was done."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.score.gate import calibrate, gate_above, heard_runs, voicing
from engine.score.trace import trace
from models.ports import MIC_HZ
from tests.score.made_outputs import SECOND, control, cut_at, held, turned_down

REPLY = control()
PLACES = st.integers(SECOND, 10 * SECOND)


def test_an_undisturbed_reply_has_no_reaction() -> None:
    found = trace(REPLY, REPLY)
    assert (found.reacted, found.silenced, found.given_up, found.said_until) == (-1, -1, -1, -1)
    assert found.pauses == ()
    assert found.turned_down == 0
    assert found.spoken == len(REPLY)


@given(PLACES)
@settings(max_examples=25, deadline=None)
def test_a_hard_cut_is_found_to_the_sample(place: int) -> None:
    found = trace(cut_at(place, REPLY), REPLY)
    assert found.reacted == found.silenced == found.given_up == found.said_until == place


@given(PLACES, st.integers(MIC_HZ // 20, SECOND))
@settings(max_examples=25, deadline=None)
def test_a_reply_turned_down_is_found_to_the_sample_and_is_no_silence(first: int, length: int) -> None:
    found = trace(turned_down(first, first + length, REPLY), REPLY)
    assert found.reacted == first
    assert found.silenced == found.given_up == -1
    assert abs(found.turned_down - length) <= MIC_HZ // 50
    assert abs(found.full_again - (first + length)) <= MIC_HZ // 100


@given(PLACES, st.integers(MIC_HZ // 20, SECOND))
@settings(max_examples=25, deadline=None)
def test_a_hold_is_a_pause_of_which_nothing_is_lost(first: int, length: int) -> None:
    found = trace(held(first, length, REPLY), REPLY)
    assert found.given_up == -1
    (pause,) = found.pauses
    assert (pause.first, pause.end, pause.lost, pause.repeated) == (first, first + length, 0, 0)


@given(PLACES, st.integers(2, 4000))
@settings(max_examples=25, deadline=None)
def test_lost_and_repeated_samples_are_counted(first: int, samples: int) -> None:
    lost = trace(held(first, 3200, REPLY, lost=samples), REPLY)
    assert [(p.lost, p.repeated) for p in lost.pauses] == [(samples - 2, 0)]  # two may be a fade's last steps
    again = trace(held(first, 3200, REPLY, repeated=samples), REPLY)
    assert [(p.lost, p.repeated) for p in again.pauses] == [(0, samples)]


def test_two_holds_are_two_pauses() -> None:
    once = held(2 * SECOND, 4000, REPLY)
    found = trace(held(5 * SECOND, 8000, once), REPLY)
    assert [(p.first, p.end) for p in found.pauses] == [
        (2 * SECOND, 2 * SECOND + 4000),
        (5 * SECOND, 5 * SECOND + 8000),
    ]
    assert found.given_up == -1


def test_another_reply_after_a_silence_is_not_the_same_one_going_on() -> None:
    out = cut_at(3 * SECOND, REPLY)
    out[4 * SECOND : 8 * SECOND] = control(4.0, seed=9)
    found = trace(out, REPLY)
    assert found.given_up == 3 * SECOND
    assert found.pauses == ()


def test_a_fade_is_silence_from_thirty_decibels_down() -> None:
    place, fade = 3 * SECOND, 320
    out = cut_at(place + fade, REPLY)
    out[place : place + fade] *= 1 - np.arange(1, fade + 1, dtype=np.float32) / fade
    found = trace(out, REPLY)
    assert place + fade * 0.73 <= found.reacted <= place + fade * 0.78  # 12 dB down is a quarter left
    assert place + fade * 0.95 <= found.silenced <= place + fade * 0.99
    assert found.said_until == place + fade - 1


def test_silence_throughout_was_given_up_at_once() -> None:
    found = trace(np.zeros_like(REPLY), REPLY)
    assert found.given_up == 0
    assert found.spoken == 0


@given(st.lists(st.tuples(st.integers(100, 4000), st.integers(1500, 4000)), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_runs_are_the_stretches_that_were_made(parts: list[tuple[int, int]]) -> None:
    out, truth = np.zeros(0, dtype=np.float32), []
    for sound, gap in parts:
        truth.append((len(out), len(out) + sound))
        out = np.concatenate((out, np.full(sound, 0.1, np.float32), np.zeros(gap, np.float32)))
    assert heard_runs(out) == truth
    assert all(voicing(truth, first, end) for first, end in truth)
    assert not voicing(truth, truth[0][0], truth[0][1] + 1)


def test_the_gate_lies_above_a_noisy_output() -> None:
    assert gate_above(np.full(100, 0.01, np.float32)) == pytest.approx(0.02)
    assert heard_runs(np.full(1000, 0.01, np.float32), gate=0.02) == []


def test_calibration_of_a_reply_that_is_never_near_zero_has_no_error() -> None:
    found = calibrate(REPLY)
    assert found.cuts == 200
    assert found.worst_samples == 0


def test_calibration_tells_of_the_silences_inside_words() -> None:
    gappy = REPLY.copy()
    gappy.reshape(-1, 1600)[:, :400] = 0  # 25 ms of silence in every 100
    assert 300 < calibrate(gappy).worst_samples <= 400
