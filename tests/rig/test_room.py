"""The assistant is heard by its own microphone, through the real audio path, and it does not interrupt itself.

Where the machine is so busy that the sound breaks up, the room is another one each time, and nothing is claimed.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.codec import Record
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from models import registry
from models.ports import MIC_HZ
from tests.rig.pulse import WAIT_S, Rig
from tests.rig.talk import ROOT, VOICES, Talk
from tests.rig.voices import USERS, said

LEVEL_DB = -12
ASK, CUT_IN = "tell_me_a_story", "stop_what_number"

pytestmark = pytest.mark.skipif(not registry.available("tts", "espeak").ready, reason="espeak is not installed")

dry = pytest.mark.parametrize("rig", [{"both": True, "both_db": LEVEL_DB}], indirect=True)
"""The echo is a wire inside the sound system: nothing that a busy machine could be late with."""

walled = pytest.mark.parametrize("rig", [{"walls": True}], indirect=True)
"""The echo comes from a room, by a program."""


@pytest.fixture
def walls(rig: Rig) -> Iterator[None]:
    """They send back what the loudspeaker plays, from before the test to its end."""
    command = [sys.executable, "-m", "tests.rig.walls", str(LEVEL_DB)]
    with subprocess.Popen(
        command, env={**rig.env, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield
        finally:
            process.terminate()
            process.wait(WAIT_S)


def ask(rig: Rig, session: Talk, folder: Path, level: float) -> None:
    """Have the user ask for a story; returns when it begins to sound."""
    session.until("microphone", "loudspeaker")
    second = np.zeros(MIC_HZ, np.float32)
    soundfile.write(folder / "ask.wav", level * np.concatenate((second, said(ASK), second)), MIC_HZ)
    with rig.say(folder / "ask.wav"):
        session.until("first_sample")


def interrupt(rig: Rig, session: Talk, folder: Path, level: float, after_s: int) -> None:
    """Let the assistant speak for so long, and cut in; returns when it answers that."""
    gap = np.zeros(after_s * MIC_HZ, np.float32)
    soundfile.write(folder / "cut_in.wav", level * np.concatenate((gap, said(CUT_IN), gap[:MIC_HZ])), MIC_HZ)
    with rig.say(folder / "cut_in.wav"):
        session.until("INTERRUPT")
    session.until("first_sample")


def journal(session: Talk) -> list[Record]:
    """Of a session that is over. Skips the test where the sound broke up."""
    assert session.stop() == 0
    log = read_log(session.session)
    assert verify(log).mismatch == ""
    metrics = [json.loads(line) for line in (session.session / "metrics.jsonl").read_text().splitlines()]
    card: dict[str, Any] = next(line for line in metrics if line["event"] == "card")
    broken = {name: card[name] for name in ("under_runs", "over_runs", "leaps") if card[name]}
    if broken:
        pytest.skip(f"the sound broke up: {broken}; the machine is too busy")
    return log.lines


def noticed(lines: list[Record], before_s: float) -> list[float]:
    """At which seconds of the first reply speech was noticed, within so much of it."""
    at_s = [
        line["heard_samples"] / MIC_HZ
        for line in lines
        if line["on"]["type"] == "speech_started" and line["source"] == "speaking" and line["reply"] == 1
    ]
    return [at for at in at_s if at < before_s]


def undisturbed(lines: list[Record], spoken_s: int) -> None:
    """Nothing was noticed of the assistant's own voice, and the user was heard and understood."""
    assert noticed(lines, spoken_s - 1) == []
    cuts = [line for line in lines if "interrupt" in str(line.get("verdict", ""))]
    assert len(cuts) == 1
    assert cuts[0]["heard_samples"] > (spoken_s - 1) * MIC_HZ
    assert USERS[CUT_IN] in [line.get("text.said") for line in lines]


def echo_share(session: Path) -> float:
    """How strong the microphone is against the loudspeaker while that plays."""
    sound, _ = soundfile.read(session / "conversation.wav")
    plays = np.abs(sound[:, 1]) > 0.01
    return float(np.std(sound[plays, 0]) / np.std(sound[plays, 1]))


@dry
@pytest.mark.slow
def test_it_does_not_hear_itself_but_the_user(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    session = talk(*VOICES)
    ask(rig, session, tmp_path, 0.5)
    interrupt(rig, session, tmp_path, 0.25, after_s=5)
    undisturbed(journal(session), 5)
    assert echo_share(session.session) > 0.2


@dry
@pytest.mark.slow
def test_without_a_canceller_it_hears_itself(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """The echo of the test above is one that would be taken for a user."""
    session = talk(*VOICES, "--set", "echo.canceller=none")
    ask(rig, session, tmp_path, 0.5)
    session.until("onset")
    assert noticed(journal(session), 5)


@walled
@pytest.mark.soak
@pytest.mark.usefixtures("walls")
def test_in_a_room_it_does_not_hear_itself_but_the_user(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """A user as loud as the echo, after ten seconds. Each is heard by the half, but for the walls' own doubling."""
    session = talk(*VOICES)
    ask(rig, session, tmp_path, 0.5)
    interrupt(rig, session, tmp_path, 2 * 10 ** (LEVEL_DB / 20), after_s=10)
    undisturbed(journal(session), 10)
    assert echo_share(session.session) > 0.1
