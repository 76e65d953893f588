"""``is2s run`` with a simulated echo: the assistant in a room, tried from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models import registry
from models.ports import MIC_HZ
from tests.engine.command import Call, refused

CLIP = Path(__file__).resolve().parents[2] / "scenarios" / "clips" / "count_to_twenty.flac"
ROOM = "[echo.simulated]\nlevel_db = -6\ndelay_ms = 60\nnoise_db = -66\n"

embedded = pytest.mark.skipif(
    not (registry.available("stt", "sphinx").ready and registry.available("tts", "espeak").ready),
    reason="the embedded models are not installed",
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A question to be answered at length, and a room for the answer to come back from."""
    sound, _ = soundfile.read(CLIP, dtype="float32")
    soundfile.write(tmp_path / "user.wav", np.concatenate([sound, np.zeros(8 * MIC_HZ)]), MIC_HZ)
    path = tmp_path / "room.toml"
    models = '[models]\nvad = "silero"\nstt = "sphinx"\nllm = "companion"\ntts = "espeak"\n'
    path.write_text(models + ROOM, encoding="utf-8")
    return path


def reasons(folder: Path) -> list[str]:
    lines = (folder / "transitions.jsonl").read_text(encoding="utf-8").splitlines()
    return [line["reason"] for line in map(json.loads, lines) if line["event"] == "transition"]


@embedded
def test_an_answer_that_comes_back_from_the_room_is_not_interrupted(is2s: Call, config: Path) -> None:
    run = ("run", "--input", "user.wav", "--config", config, "--fast", "--quiet")
    assert is2s(*run, "--output", "with").status == 0
    assert "onset" not in reasons(Path("with"))
    sound, _ = soundfile.read("with/conversation.wav")
    plays = np.abs(sound[:, 1]) > 0.01
    assert np.std(sound[plays, 0]) > 0.1 * np.std(sound[plays, 1]), "the recording keeps the microphone as it was"
    assert is2s(*run, "--output", "without", "--set", "echo.canceller=none", "--set", "session.max_s=14").status in (
        0,
        1,
    )
    assert "onset" in reasons(Path("without"))


@embedded
@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("echo.canceller=kalmann", "did you mean 'kalman'?"),
        ("echo.simulated.level_db=99", "level_db must be -80 to 40"),
        ("echo.simulated.level=-3", "did you mean 'level_db'?"),
        ("echo.simulated.room=nowhere.wav", "nowhere.wav: there is no such file"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(is2s: Call, config: Path, setting: str, told: str) -> None:
    refused(is2s("run", "--input", "user.wav", "--config", config, "--fast", "--quiet", "--set", setting), told)
    assert not Path("sessions").exists(), "nothing was begun, so no folder is left"
