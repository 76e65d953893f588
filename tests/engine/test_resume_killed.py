"""A process killed in mid-reply, and another that goes on from what its journal holds."""

import signal
from pathlib import Path

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from tests.engine.test_run_command import ENDLESS, WAIT_S, folder, start

__all__ = ["folder"]  # a fixture

WORDS_BEFORE = 3

FINITE = ("--set", "options.model.endless=false")
"""The settings of the killed session hold on, but for this one."""


def test_killed_in_mid_reply(folder: Path) -> None:
    with start(folder, "--pace=real", "-v", *ENDLESS) as process:
        assert process.stdout is not None
        while "-> speaking" not in process.stdout.readline():
            assert process.poll() is None
        for _ in range(WORDS_BEFORE):  # each step tells that more was heard
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=WAIT_S)
    assert process.returncode == -signal.SIGKILL
    killed = folder / "sessions" / "001"
    left = read_log(killed)
    assert left.lines[-1]["dest"] == "speaking"

    with start(folder, "--fast", *FINITE, "--resume", str(Path("sessions", "001"))) as process:
        out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    going_on, in_the_air = err.splitlines()
    assert "going on from sessions/001 after 1 turn" in going_on
    assert "in the air" in in_the_air
    assert "session: sessions/002" in out
    log = read_log(folder / "sessions" / "002")
    assert verify(log).mismatch == ""
    assert log.head["resumes"] == {"session": "001", "lines": len(left.lines)}
    assert log.head["turn"] == 1
    first, *rest = log.head["text.history"]
    assert (first["role"], first["text"]) == ("user", "count on")
    said = "".join(line["text.text"] for line in left.lines if line["on"]["type"] == "clause_generated")
    for entry in rest:  # as much of the reply as was heard, which may be nothing yet
        assert entry["role"] == "assistant"
        assert entry["cut"] is True
        assert said.startswith(entry["text"])
    assert max(line["turn"] for line in log.lines) == 2

    with start(folder, "--fast", "-q", *FINITE, "--resume", str(Path("sessions", "002"))) as process:
        process.communicate(timeout=WAIT_S)
    third = read_log(folder / "sessions" / "003").head
    assert (third["resumes"]["session"], third["turn"]) == ("002", 2)
    assert third["text.history"][0]["text"].startswith(first["text"])


def test_settings_that_are_no_more_do_not_keep_the_words_back(folder: Path) -> None:
    with start(folder, "--fast", "-q") as process:
        process.communicate(timeout=WAIT_S)
    (folder / "sessions" / "001" / "config.toml").write_text("[dialogue]\nmood = 3\n", encoding="utf-8")
    with start(folder, "--fast", "--resume", str(Path("sessions", "001"))) as process:
        _, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert "going on without the settings of then: " in err
    assert "unknown key 'mood'" in err
    assert read_log(folder / "sessions" / "002").head["turn"] == 1
