"""``is2s run`` in a pipe: typed conversations, plain lines, and what does not go together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from tests.engine.test_run_command import CALL, ROOT, WAIT_S
from tests.terminal.pseudo_terminal import at_terminal, furnish

TYPED = ("run", "--text", "--llm", "model", "--output", "out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    furnish(tmp_path)
    return tmp_path


def run(folder: Path, *arguments: str, given: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", CALL, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), ROOT)), **env},
        input=given,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def history(folder: Path) -> list[tuple[str, str]]:
    found = verify(read_log(folder / "out"))
    assert found.mismatch == ""
    return [(message.role, message.text) for message in found.history]  # type: ignore[union-attr]


def test_one_line_one_answer(folder: Path) -> None:
    done = run(folder, *TYPED, given="hello")
    assert (done.returncode, done.stdout, done.stderr) == (0, "One, two.\n", "session: out\n")
    assert history(folder) == [("user", "hello"), ("assistant", "One, two.")]
    assert not (folder / "out" / "conversation.wav").exists()


def test_each_line_has_its_answer_before_the_next(folder: Path) -> None:
    done = run(folder, *TYPED, "-q", given="one\n\n  \ntwo\nthree\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "One, two.\n" * 3, "")
    assert [text for role, text in history(folder) if role == "user"] == ["one", "two", "three"]


def test_in_a_hurry_at_a_terminal(folder: Path) -> None:
    long = ("--set", "options.model.text=" + "word " * 1500 + "over.")
    with at_terminal(folder, *TYPED, "--fast", *long, TERM="dumb") as terminal:
        terminal.press("go\n")
        terminal.wait_for("over.\r\n")
        terminal.press("\x04")
        assert terminal.ends() == 0
    assert read_log(folder / "out").lines[-1]["t_us"] < 60e6, "six minutes of reading"
    assert "words_per_minute = 60000" in (folder / "out" / "config.toml").read_text(encoding="utf-8")


def test_nothing_to_say(folder: Path) -> None:
    assert run(folder, *TYPED, given="").returncode == 0
    assert history(folder) == []


def test_every_step_on_demand(folder: Path) -> None:
    done = run(folder, *TYPED, "--verbose", given="hello\n")
    assert done.stdout == "One, two.\n"
    assert "idle -> thinking" in done.stderr
    assert "thinking -> speaking" in done.stderr


def test_a_model_that_fails_is_apologised_for(folder: Path) -> None:
    done = run(
        folder, *TYPED, "--set", "options.model.text=", "--set", "dialogue.generation_failed=No answer.", given="a"
    )
    assert (done.returncode, done.stdout) == (0, "No answer.\n")


def test_a_line_typed_into_a_reply_cuts_it_at_the_words_shown(folder: Path) -> None:
    slowly = ("--set", "options.model.endless=true", "--set", "options.silent.words_per_minute=300")
    with at_terminal(folder, *TYPED, "-q", *slowly, TERM="dumb") as terminal:
        terminal.press("hello\n")
        terminal.wait_for("One, two. One,")
        terminal.press("stop that\n")
        terminal.wait_for(" --\r\n")
        terminal.wait_for("One, two.")
        terminal.press("\n")
        terminal.wait_for(" --\r\n")
        terminal.press("\x04")
        assert terminal.ends() == 0
        assert "\x1b" not in terminal.written
        shown = [line.strip() for line in terminal.written.replace("stop that\r\n", "").split(" --\r\n")]
    said = history(folder)
    assert [text for role, text in said if role == "user"] == ["hello", "stop that"]
    kept = [text for role, text in said if role == "assistant"]
    printed = [line.replace("hello\r\n", "").replace("\r\n", "") for line in shown[:2]]
    assert printed == kept, "the history keeps the words that were shown"


@pytest.mark.parametrize("how", [[], ["--verbose"], ["--fast"]])
def test_no_escape_codes_in_a_pipe(folder: Path, how: list[str]) -> None:
    env = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color"}
    done = run(folder, "run", "--input", "user.wav", "--config", "run.toml", "--output", "out", *how, **env)
    assert done.returncode == 0
    assert "thinking -> speaking" in done.stdout
    assert ("sound" in done.stdout) == ("--verbose" in how)
    assert "\x1b" not in done.stdout + done.stderr


def test_a_reader_that_leaves_ends_the_session_in_order(folder: Path) -> None:
    arguments = ("run", "--input", "user.wav", "--config", "run.toml", "--output", "out")
    endless = ("--set", "options.model.endless=true", "--set", "session.max_s=600")
    with subprocess.Popen(
        [sys.executable, "-c", CALL, *arguments, *endless],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), ROOT))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(WAIT_S) == 1
        assert process.stderr.read() == "", "as of any program in a pipe"
    assert read_log(folder / "out").lines[-1]["reason"] == "session_stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Windows cannot close them")
def test_standard_streams_that_are_closed(folder: Path) -> None:
    shell = 'exec "$0" -c "$1" run --input user.wav --config run.toml --output out <&- >&-'
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), ROOT))}
    done = subprocess.run(["sh", "-c", shell, sys.executable, CALL], cwd=folder, env=env, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert read_log(folder / "out").lines[-1]["reason"] == "session_stopped"
    shell = 'exec "$0" -c "$1" run --text <&-'
    done = subprocess.run(["sh", "-c", shell, sys.executable, CALL], cwd=folder, env=env, capture_output=True)
    assert done.returncode == 2
    assert b"standard input, which is closed" in done.stderr


CONTRADICTIONS = [
    (["--text", "--input", "user.wav"], "--input"),
    (["--text", "--push-to-talk"], "--push-to-talk"),
    (["--text", "--record"], "--record"),
    (["--push-to-talk", "--input", "user.wav"], "terminal"),
    (["--push-to-talk", "--input", "user.wav", "--fast"], "real time"),
]


@pytest.mark.parametrize(("arguments", "word"), CONTRADICTIONS)
def test_what_does_not_go_together(folder: Path, arguments: list[str], word: str) -> None:
    done = run(folder, "run", *arguments)
    assert done.returncode == 2
    assert word in done.stderr
    assert not (folder / "sessions").exists()
