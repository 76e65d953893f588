"""``is2s run`` at a terminal, from the first picture to the terminal as it was: every key, and every way out."""

import re
import signal
from pathlib import Path
from typing import Any

import pytest

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from tests.engine.test_run_command import CALL
from tests.terminal.pseudo_terminal import at_terminal, furnish

pytestmark = pytest.mark.slow

LONG = (
    "run", "--input", "user.wav", "--config", "run.toml", "--output", "out", "--set", "options.model.endless=true",
    "--set", "session.max_s=600", "--set", "session.tail_ms=600000",
)  # fmt: skip
"""A question, and an answer that only a key ends."""

IN_BACKGROUND = f"""
import os, subprocess, sys
sys.exit(subprocess.call([sys.executable, "-c", {CALL!r}, *sys.argv[1:]], preexec_fn=os.setpgrp))
"""
"""As a shell starts what is followed by an ampersand."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    furnish(tmp_path)
    return tmp_path


def events(folder: Path) -> list[tuple[str, str]]:
    """What the journal tells of the user's hand, and why each mattered; the journal re-executes."""
    log = read_log(folder / "out")
    assert verify(log).mismatch == ""
    kinds = ("turn_typed", "microphone_muted", "microphone_unmuted", "stop_requested", "session_stopped")
    return [(line["on"]["type"], line["reason"]) for line in log.lines if line["on"]["type"] in kinds]


def steps(folder: Path) -> list[dict[str, Any]]:
    return list(read_log(folder / "out").lines)


def test_every_key(folder: Path) -> None:
    with at_terminal(folder, *LONG) as terminal:
        terminal.wait_for("space stop · m mute · t type · q quit · ? keys")
        terminal.wait_for("[speaking]")
        terminal.press("m")
        terminal.wait_for("● muted")
        terminal.press("m?")
        terminal.wait_for("stop the reply now")
        terminal.press("?t")
        terminal.wait_for("you › ")
        terminal.press("count  m\x7fon")
        terminal.wait_for("you › count  on")
        terminal.press("\r")
        terminal.wait_for("thinking → speaking")
        terminal.press(" ")
        terminal.wait_for("stop key")
        terminal.press("q")
        assert terminal.ends() == 0
        assert terminal.is_restored()
        after = terminal.shown.rpartition("? keys")[2]
    assert "you        count on" in after, "what was said is still there when the picture is gone"
    assert "session: out" in after
    assert events(folder) == [
        ("microphone_muted", "muted"),
        ("microphone_unmuted", "unmuted"),
        ("turn_typed", "typed"),
        ("stop_requested", "stop_key"),
        ("session_stopped", "session_stopped"),
    ]
    typed = next(line for line in steps(folder) if line["on"]["type"] == "turn_typed")
    assert typed["text.text"] == "count  on"
    assert typed["text.kept"].startswith("One"), "what was heard until then"


def test_what_is_worth_knowing_is_told_before_in_and_after_the_picture(folder: Path) -> None:
    arguments = ("run", "--text", "--output", "out", "--set", "options.ollama.host=http://127.0.0.1:1")
    with at_terminal(folder, *arguments) as terminal:
        terminal.wait_for("is2s: llm: companion is taken, for ollama is not ready")
        terminal.wait_for("llm: companion is taken, for ollama is not ready")
        terminal.wait_for("Type something.")
        terminal.press("hello\r")
        terminal.wait_for("Hello. Say help")
        terminal.press("\x04")
        assert terminal.ends() == 0


WAYS_OUT = [
    pytest.param("\x03", 0, id="ctrl-c"),
    pytest.param("q", 0, id="q"),
    pytest.param("\x04", 0, id="ctrl-d"),
    pytest.param(signal.SIGTERM, 0, id="sigterm"),
]


@pytest.mark.parametrize(("way", "status"), WAYS_OUT)
def test_the_terminal_is_left_as_it_was(folder: Path, way: "str | signal.Signals", status: int) -> None:
    with at_terminal(folder, *LONG) as terminal:
        terminal.wait_for("[speaking]")
        assert not terminal.is_restored(), "it is in use"
        if isinstance(way, signal.Signals):
            terminal.process.send_signal(way)
        else:
            terminal.press(way)
        assert terminal.ends() == status
        assert terminal.is_restored()
        assert terminal.written.endswith("session: out\r\n")
    assert events(folder)[-1] == ("session_stopped", "session_stopped")


def test_after_an_exception_too(folder: Path) -> None:
    with at_terminal(folder, *LONG, "--vad", "broken") as terminal:
        terminal.wait_for("[idle]")
        assert terminal.ends() == 1
        assert terminal.is_restored()
        assert "RuntimeError: the detector broke" in terminal.shown.rpartition("? keys")[2]


def test_keys_count_while_a_model_is_busy(folder: Path) -> None:
    with at_terminal(folder, *LONG, "--llm", "busy") as terminal:
        terminal.wait_for("[thinking]")
        terminal.press(" ")
        terminal.wait_for("thinking → idle")
        terminal.press("thello\r")
        terminal.wait_for("you        hello")
        terminal.press("q")
        assert terminal.ends() == 0
        assert terminal.is_restored()
    assert events(folder) == [
        ("stop_requested", "stop_key"),
        ("turn_typed", "typed"),
        ("session_stopped", "session_stopped"),
    ]


def test_a_closed_window_ends_the_session(folder: Path) -> None:
    with at_terminal(folder, *LONG) as terminal:
        terminal.wait_for("[speaking]")
        terminal.hang_up()
        terminal.process.wait(30)
    assert events(folder)[-1] == ("session_stopped", "session_stopped")


def test_a_window_changes_its_size(folder: Path) -> None:
    with at_terminal(folder, *LONG) as terminal:
        terminal.wait_for("[speaking]")
        for columns, rows, wide in ((40, 8, False), (20, 3, False), (130, 45, True), (80, 24, True)):
            terminal.resize(columns, rows)
            terminal.wait_for("[speaking]")
            last = terminal.written.rpartition("\x1b[2J")[2]
            assert ("transcribing" in last) == wide
        terminal.press("q")
        assert terminal.ends() == 0
        assert terminal.is_restored()


def test_no_color_is_no_color(folder: Path) -> None:
    with at_terminal(folder, *LONG, NO_COLOR="1") as terminal:
        terminal.wait_for("[speaking]")
        terminal.press("q")
        assert terminal.ends() == 0
        styles = {code for codes in re.findall(r"\x1b\[([0-9;]*)m", terminal.written) for code in codes.split(";")}
    colors = {code for code in styles if re.fullmatch("3[0-8]|4[0-8]|9[0-7]|10[0-7]", code)}
    assert not colors
    assert {"1", "2", "7"} <= styles, "bold, dim and reverse still tell things apart"


def test_a_dumb_terminal_gets_lines_and_gives_keys(folder: Path) -> None:
    with at_terminal(folder, *LONG, TERM="dumb") as terminal:
        terminal.wait_for("thinking -> speaking")
        terminal.press("mtq")
        assert terminal.ends() == 0
        assert terminal.is_restored()
        assert "\x1b" not in terminal.written
    assert [kind for kind, _ in events(folder)] == ["microphone_muted", "session_stopped"], "t has nowhere to type"


def test_verbose_lines_with_a_line_being_typed(folder: Path) -> None:
    with at_terminal(folder, *LONG, "--verbose") as terminal:
        terminal.wait_for("speaking                     sound")
        terminal.press("t")
        terminal.wait_for("you> ")
        terminal.press("now")
        terminal.wait_for("you> now")
        terminal.press("\r")
        terminal.wait_for('user: "now"')
        terminal.press("q")
        assert terminal.ends() == 0
        assert terminal.is_restored()
        assert "\x1b[?1049h" not in terminal.written


def test_a_push_to_talk_turn(folder: Path) -> None:
    furnish_long = ("--set", "endpointing.min_speech_ms=32")
    with at_terminal(folder, *LONG, *furnish_long, "--push-to-talk") as terminal:
        terminal.wait_for("push to talk")
        terminal.press(" ")
        terminal.wait_for("● talk now")
        terminal.press(" ")
        terminal.wait_for("push to talk")
        terminal.press("q")
        assert terminal.ends() == 0
    kinds = [kind for kind, _ in events(folder)]
    assert kinds == ["microphone_muted", "microphone_unmuted", "microphone_muted", "session_stopped"]
    assert "silence_ms = 30000" not in (folder / "out" / "config.toml").read_text(), "run.toml asked for less"


def test_typed_conversation(folder: Path) -> None:
    arguments = ("run", "--text", "--llm", "model", "--output", "out", "--set", "options.model.endless=true")
    with at_terminal(folder, *arguments, "--set", "options.silent.words_per_minute=600") as terminal:
        terminal.wait_for("Enter sends")
        terminal.press("hello\r")
        terminal.wait_for("[speaking]")
        terminal.press("and now\r")
        terminal.wait_for("you        and now")
        terminal.wait_for("[speaking]")
        terminal.press("\r")
        terminal.wait_for("stop key")
        terminal.press("\x04")
        assert terminal.ends() == 0
        assert terminal.is_restored()
    assert [kind for kind, _ in events(folder)] == ["turn_typed", "turn_typed", "stop_requested", "session_stopped"]
    assert not (folder / "out" / "conversation.wav").exists(), "there was no sound"


def test_in_the_background_the_terminal_is_left_alone(folder: Path) -> None:
    arguments = ("run", "--input", "user.wav", "--config", "run.toml", "--output", "out")
    with at_terminal(folder, *arguments, program=IN_BACKGROUND) as terminal:
        terminal.wait_for("speaking -> idle")
        assert terminal.ends() == 0, "it would be stopped if it set the terminal"
        assert "\x1b" not in terminal.written
