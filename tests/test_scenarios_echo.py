"""The scenarios in which the assistant hears itself: what they prove, and that nothing in them hangs by a hair.

A Fourier transform in floating point is not the same to the last bit on every machine. Their golden logs are promised
all the same, because a change many times larger than that, of the echo itself, changes no byte of them.
"""

from dataclasses import replace

import numpy as np
import pytest

from engine.audio.echo_path import EchoPath
from engine.config import build, merged
from engine.echo import EchoSettings
from engine.replay.runner import replay
from engine.replay.scenario import load
from models.ports import MIC_HZ
from states import commands as cmd
from states.errors import IS2SError
from tests.scenario_replays import ALL, SCENARIOS, SCRIPTED, commands, play

ECHOING = [name for name in SCRIPTED if ALL[name].file.echo is not None]


@pytest.mark.parametrize("name", ECHOING)
def test_the_log_is_the_same_for_an_echo_that_is_a_hair_louder_or_softer(name: str) -> None:
    """By 0.002 dB, 2e-4 of it, and some three steps of 16 bits: a rounding error is a thousandth of that."""
    scenario = ALL[name]
    echo = scenario.file.echo
    assert echo is not None
    for nudge_db in (0.002, -0.002):
        nudged = replace(scenario.file, echo=replace(echo, level_db=echo.level_db + nudge_db))
        assert replay(replace(scenario, file=nudged)).journal == play(name).result.journal


@pytest.mark.parametrize("name", [name for name in ECHOING if ALL[name].file.expect.barge_ins == 0])
def test_the_recording_keeps_the_microphone_with_the_echo_in_it(name: str) -> None:
    played = play(name)
    echo = played.scenario.file.echo
    assert echo is not None
    start = min(played.starts.values())
    spoken = slice(start, start + MIC_HZ)
    delay = echo.delay_ms * MIC_HZ // 1000
    heard = slice(start + delay, start + delay + MIC_HZ)
    out, back = played.loudspeaker[spoken].astype(float), played.microphone[heard].astype(float)
    assert abs(np.corrcoef(out, back)[0, 1]) > 0.3


def test_without_a_canceller_it_talks_to_itself_for_ever() -> None:
    """So the echo of these scenarios is one that matters. It is quieter than the user, which is told from it."""
    off = {"echo": {"canceller": "none"}, "session": {"max_s": 20}, "dialogue": {"far_db": 96}}
    with pytest.raises(IS2SError, match="did not end"):
        replay(load(SCENARIOS / "echo_long_reply", off))


@pytest.mark.parametrize("name", [name for name in ECHOING if ALL[name].file.expect.dismissed == ()])
def test_an_echo_alone_does_not_so_much_as_duck_the_reply(name: str) -> None:
    played = play(name)
    ducked = [step for step in played.result.steps if commands(step, cmd.DuckPlayout)]
    assert len(ducked) == len(played.barge_ins)


def test_a_cancellers_name_is_a_setting_like_any_other() -> None:
    config = build(merged({}, {"echo": {"canceller": "kalman", "simulated": {"level_db": -6}}}))
    assert config.echo == EchoSettings("kalman", EchoPath(level_db=-6))
