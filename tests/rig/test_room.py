"""The assistant is heard by its own microphone, through the real audio path, and it does not interrupt itself."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from models import registry
from models.ports import MIC_HZ
from tests.rig.pulse import WAIT_S, Rig
from tests.rig.recording import Recording
from tests.rig.talk import ROOT, VOICES, Talk
from tests.rig.voices import USERS, said

LEVEL_DB = -12
SPOKEN_S = 10

pytestmark = [
    pytest.mark.soak,  # real models in real time: a machine busy with other tests breaks the sound
    pytest.mark.parametrize("rig", [{"walls": True}], indirect=True),
    pytest.mark.skipif(not registry.available("tts", "espeak").ready, reason="espeak is not installed"),
]


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


@pytest.mark.usefixtures("walls")
def test_it_is_not_interrupted_by_itself_but_by_the_user(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """Ten seconds of speech through the room; then a user as loud as the echo, who is heard and understood.

    Where the machine is so busy that the card breaks up, the room is another one each time, and nothing is claimed.
    """
    gap = np.zeros(SPOKEN_S * MIC_HZ, np.float32)
    ask, cut_in = "tell_me_a_story", "stop_what_number"
    soundfile.write(tmp_path / "ask.wav", 0.5 * np.concatenate((gap[:MIC_HZ], said(ask), gap[:MIC_HZ])), MIC_HZ)
    # Heard by the half; the echo is too, but for the walls' own doubling.
    level = 2 * 10 ** (LEVEL_DB / 20)
    soundfile.write(tmp_path / "cut_in.wav", level * np.concatenate((gap, said(cut_in), gap[:MIC_HZ])), MIC_HZ)
    session = talk(*VOICES)
    session.until("microphone", "loudspeaker")
    recording = Recording(rig.env)
    with rig.say(tmp_path / "ask.wav"):
        session.until("first_sample")
    with rig.say(tmp_path / "cut_in.wav"):
        session.until("INTERRUPT")
    session.until("first_sample")
    assert session.stop() == 0
    loudspeaker, mouth = recording.stop()
    log = read_log(session.session)
    assert verify(log).mismatch == ""
    metrics = [json.loads(line) for line in (session.session / "metrics.jsonl").read_text().splitlines()]
    card = next(line for line in metrics if line["event"] == "card")
    if card["under_runs"] or card["over_runs"]:
        pytest.skip(f"the sound broke up {card['under_runs']} and {card['over_runs']} times: the machine is too busy")
    cuts = [line for line in log.lines if "interrupt" in str(line.get("verdict", ""))]
    assert len(cuts) == 1
    assert USERS[cut_in] in [line.get("text.said") for line in log.lines]
    assert cuts[0]["heard_samples"] > (SPOKEN_S - 1) * MIC_HZ, "the user had not begun"
    assert np.abs(loudspeaker).max() > 0.1
    assert np.abs(mouth).max() > 0.05
    sound, _ = soundfile.read(session.session / "conversation.wav")
    plays = np.abs(sound[:, 1]) > 0.01
    assert np.std(sound[plays, 0]) > 0.1 * np.std(sound[plays, 1]), "the echo was there"
