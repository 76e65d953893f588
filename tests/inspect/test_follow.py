"""A log that is followed: whatever the pieces in which it is written, and by a real process beside a real session."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.inspect.follow import follow
from engine.inspect.reader import read_log
from states.errors import JournalError
from tests.engine.command import Call, refused

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60


class Writer:
    """Plays the session: each time the reader waits, it does the next thing."""

    def __init__(self, path: Path, pieces: Iterator[bytes]) -> None:
        self.path = path
        self.pieces = pieces

    def __call__(self) -> None:
        piece = next(self.pieces, None)
        assert piece is not None, "waits for more than there will be"
        with self.path.open("ab") as file:
            file.write(piece)


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 10**6])
def test_a_log_written_in_pieces(tmp_path: Path, journal: bytes, size: int) -> None:
    path = tmp_path / "transitions.jsonl"
    pieces = (journal[at : at + size] for at in range(0, len(journal), size))
    records = list(follow(tmp_path, Writer(path, pieces)))
    assert records == [json.loads(line) for line in journal.splitlines()]


def test_a_folder_that_is_not_there_yet(tmp_path: Path, journal: bytes) -> None:
    folder, waits = tmp_path / "later", 0

    def wait() -> None:
        nonlocal waits
        waits += 1
        if waits == 2:
            folder.mkdir()
        if waits == 4:
            (folder / "transitions.jsonl").write_bytes(journal)
        assert waits < 6

    assert len(list(follow(folder, wait))) == journal.count(b"\n")


def test_a_log_that_is_none_or_shrinks(tmp_path: Path, journal: bytes) -> None:
    path = tmp_path / "transitions.jsonl"
    head, first, *_ = journal.splitlines(keepends=True)

    def shrink() -> None:
        path.write_bytes(b"")

    for content, found in ((head + first[:-9] + b"\n", "line 2 is damaged"), (b"Dear diary\n", "no head")):
        path.write_bytes(content)
        with pytest.raises(JournalError, match=found):
            list(follow(path, shrink))
    path.write_bytes(head + first)
    with pytest.raises(JournalError, match="became shorter"):
        list(follow(path, shrink))


def test_a_whole_log_is_shown_and_left(is2s: Call, log: Path) -> None:
    shown = is2s("inspect", log, "--follow")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out == is2s("inspect", log).out
    assert is2s("inspect", log, "-f", "--json", "--all").out == is2s("inspect", log, "--json", "--all").out
    assert is2s("inspect", log, "-f", "--stats", "--json").out == is2s("inspect", log, "--stats", "--json").out
    log.write_bytes(b"nonsense\n")
    refused(is2s("inspect", log, "--follow"), "no head")


@contextmanager
def following(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "engine.cli", "inspect", str(folder), "--follow", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment, encoding="utf-8") as process:
        try:
            yield process
        finally:
            process.kill()


def test_each_line_is_told_before_the_next_is_written(tmp_path: Path, journal: bytes) -> None:
    with following(tmp_path, "--all", "--json") as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert process.stderr.readline() == f"is2s: waiting for {tmp_path}\n"
        with (tmp_path / "transitions.jsonl").open("wb", buffering=0) as file:
            head, *lines = journal.splitlines(keepends=True)
            file.write(head)
            for line in lines:
                file.write(line[:20])
                file.write(line[20:])
                assert json.loads(process.stdout.readline()) == json.loads(line)
        assert process.wait(LIMIT_S) == 0


@pytest.mark.skipif(os.name == "nt", reason="a signal of POSIX")
def test_ctrl_c_leaves_in_order(tmp_path: Path, journal: bytes) -> None:
    whole = journal.splitlines(keepends=True)
    (tmp_path / "transitions.jsonl").write_bytes(b"".join(whole[:-1]))  # killed: it has no end
    with following(tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=LIMIT_S)
        assert (process.returncode, err) == (0, "")


def test_beside_a_session_in_a_process_of_its_own(tmp_path: Path) -> None:
    # Both real: the session writes through its thread, in real time, and the reader was there before it.
    folder = tmp_path / "session"
    talk = (
        "import pathlib, sys; from tests.engine.live_session import Conversation, Say; "
        "folder = pathlib.Path(sys.argv[1]); folder.mkdir(); "
        "Conversation(folder, [Say('what time is it', at_ms=100)], ['It is late, my friend.']).run()"
    )
    with following(folder, "--all", "--json") as process:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", talk, str(folder)], check=True, env=environment, timeout=LIMIT_S)
        out, _ = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0
    assert tuple(json.loads(line) for line in out.splitlines()) == read_log(folder).lines
