"""``is2s run`` from beginning to end, at both paces, and cut off by Ctrl-C; the models come from another package."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from tests.engine.small_scenario import write_tone

WAIT_S = 30.0

ROOT = str(Path(__file__).resolve().parents[2])
"""What is tested is what lies beside the tests, not what may be installed."""

MODELS = """
from models.scripted import *

TAKES = [Take((SpokenWord("count", 3200, 8000), SpokenWord("on", 8000, 12800)), 3200, 12800)]

class Vad(ScriptedVad):
    def __init__(self):
        super().__init__(lambda: TAKES)

class Recognizer(ScriptedRecognizer):
    def __init__(self):
        super().__init__(lambda: TAKES)

class Model(ScriptedLanguageModel):
    def __init__(self, text="One, two.", endless=False):
        super().__init__([ScriptedAnswer(text, endless=endless)])
"""

ENTRY_POINTS = """
[is2s.vad]
third = third_party:Vad
[is2s.stt]
third = third_party:Recognizer
[is2s.llm]
model = third_party:Model
[is2s.tts]
tones = models.scripted:ScriptedSynthesizer
"""

CONFIG = """
[models]
vad = "third"
stt = "third"
llm = "model"
tts = "tones"
[endpointing]
pause_ms = 96
silence_ms = 192
[session]
tail_ms = 100
"""

CALL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it
from engine.cli import main
main()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording, settings, and a package with models, installed as pip would."""
    write_tone(tmp_path / "user.wav", ms=900)
    (tmp_path / "run.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "third_party.py").write_text(MODELS, encoding="utf-8")
    about = tmp_path / "third_party-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    return tmp_path


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CALL, "run", "--input", "user.wav", "--config", "run.toml", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), ROOT))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def check_session(folder: Path) -> list[str]:
    """The files are whole; the states that were entered."""
    log = read_log(folder)
    assert log.note == ""
    found = verify(log)
    assert found.mismatch == ""
    assert log.lines[-1]["reason"] == "session_stopped"
    sound, rate_hz = soundfile.read(folder / "conversation.wav", always_2d=True)
    assert rate_hz == 16_000
    assert sound.shape[1] == 2
    metrics = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(metrics[-1])["event"] == "counters"
    assert (folder / "config.toml").stat().st_size > 0
    return [line["dest"] for line in log.lines if line["outcome"] == "moved"]


@pytest.mark.parametrize("pace", ["--pace=real", "--fast"])
def test_a_conversation(folder: Path, pace: str) -> None:
    with start(folder, pace, "--set", "options.model.text=Three, four.") as process:
        out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[-1] == f"session: {Path('sessions', '001')}"
    assert 'user: "count on"' in out
    assert 'kept "Three, four."' in out
    path = check_session(folder / "sessions" / "001")
    assert path == ["listening", "transcribing", "thinking", "speaking", "idle"]


def test_quiet_and_the_next_folder(folder: Path) -> None:
    (folder / "sessions" / "001").mkdir(parents=True)
    with start(folder, "--fast", "-q") as process:
        out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, out, err) == (0, "", "")
    check_session(folder / "sessions" / "002")


ENDLESS = ("--set", "options.model.endless=true")
"""An answer of two thousand words."""

SLOWLY = ("--set", "options.tones.word_ms=5000", "--set", "session.max_s=100000")
"""Hours of it, so that even a virtual session is still at it when the signal comes."""


@pytest.mark.parametrize("moment", ["-> listening", "-> transcribing", "-> speaking"])
def test_ctrl_c_in_real_time(folder: Path, moment: str) -> None:
    with start(folder, "--output", "out", *ENDLESS) as process:
        assert process.stdout is not None
        assert any(moment in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err) == (0, ""), "it is how one leaves a conversation"
    assert out.endswith("session: out\n")
    assert check_session(folder / "out")[0] == "listening"


def test_ctrl_c_in_virtual_time(folder: Path) -> None:
    with start(folder, "--output", "out", "--fast", *ENDLESS, *SLOWLY) as process:
        assert process.stdout is not None
        assert any("-> speaking" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err.strip()) == (130, "")
    assert check_session(folder / "out")[-2:] == ["speaking", "idle"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_disk_is_told_and_the_conversation_goes_on(folder: Path) -> None:
    out = folder / "out"
    out.mkdir()
    for name in ("metrics.jsonl", "conversation.wav"):
        (out / name).symlink_to("/dev/full")
    with start(folder, "--output", "out", "--fast") as process:
        shown, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert 'kept "One, two."' in shown
    assert sorted(err.splitlines()) == [
        "is2s: recording to out/conversation.wav has ended: No space left on device",
        "is2s: the metrics end here: No space left on device",
    ]
    assert verify(read_log(out)).mismatch == ""
