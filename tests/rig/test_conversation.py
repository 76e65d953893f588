"""Conversations through a real sound system: PortAudio, ALSA and PulseAudio, without a card."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from models.ports import MIC_HZ, Samples
from tests.rig.pulse import Rig
from tests.rig.recording import Recording
from tests.rig.talk import Talk
from tests.rig.tones import spoken


def silence(ms: int) -> Samples:
    return np.zeros(ms * MIC_HZ // 1000, np.float32)


def wav(folder: Path, *parts: Samples) -> Path:
    path = folder / "said.wav"
    soundfile.write(path, np.concatenate(parts), MIC_HZ)
    return path


def checked(session: Path) -> list[str]:
    """The files of a session are whole, its journal re-executes; the states that were entered."""
    log = read_log(session)
    assert verify(log).mismatch == ""
    return [line["dest"] for line in log.lines if line["outcome"] == "moved"]


def test_a_conversation(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """The user says hello, and what comes back is in the room and in the history."""
    session = talk()
    session.until("microphone", "loudspeaker")
    recording = Recording(rig.env)
    with rig.say(wav(tmp_path, silence(300), spoken("hello there"), silence(300))):
        pass
    session.until("reply_finished")
    assert session.stop() == 0
    loudspeaker, mouth = recording.stop()
    assert checked(session.session) == ["listening", "transcribing", "thinking", "speaking", "idle"]
    assert "Hello yourself." in "".join(session.out)
    assert np.abs(mouth).max() > 0.3
    assert np.abs(loudspeaker).max() > 0.15
    metrics = [json.loads(line) for line in (session.session / "metrics.jsonl").read_text().splitlines()]
    assert next(line for line in metrics if line["event"] == "card")["blocks"] > 50
