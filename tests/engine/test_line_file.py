"""Lines of a live session: the session never waits for the disk, and a disk that fails costs one warning."""

import errno
import io
import threading
from pathlib import Path

import pytest

from engine import line_file, session
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from engine.line_file import LineFile
from tests.engine.live_session import Conversation, Say

LIMIT_S = 60
"""Nothing here waits so long unless it hangs."""


class Slow(io.StringIO):
    """A file on a disk that answers only once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.let = threading.Event()
        self.closings = 0

    def write(self, text: str) -> int:
        self.asked.set()
        assert self.let.wait(LIMIT_S)
        return super().write(text)

    def close(self) -> None:
        self.closings += 1  # what was written stays readable


def test_lines_wait_for_a_slow_disk_and_the_caller_does_not() -> None:
    file, warnings = Slow(), list[str]()
    lines = LineFile(file, "it ends", warnings.append, live=True)
    for number in range(1000):
        lines.write(f"{number}\n")  # would hang here, were it to wait
    assert file.asked.wait(LIMIT_S)
    assert file.getvalue() == ""
    file.let.set()
    lines.close()
    assert file.getvalue().split() == [str(number) for number in range(1000)]
    assert (warnings, file.closings) == ([], 1)


def test_a_disk_that_does_not_keep_up_ends_the_file_and_leaves_no_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_file, "WAITING_LINES", 10)
    file, warnings = Slow(), list[str]()
    lines = LineFile(file, "it ends", warnings.append, live=True)
    for number in range(100):
        lines.write(f"{number}\n")
    assert warnings == ["it ends: the disk does not keep up"]
    file.let.set()
    lines.write("late\n")
    lines.close()
    assert file.getvalue().split() == [str(number) for number in range(10)]
    assert (len(warnings), file.closings) == (1, 1)


def test_a_disk_that_never_answers_does_not_keep_the_session_from_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_file, "CLOSING_S", 0.01)
    file, warnings = Slow(), list[str]()
    lines = LineFile(file, "it ends", warnings.append, live=True)
    lines.write("1\n")
    lines.close()
    assert warnings == ["it ends: the disk has not answered for 0.01 s"]
    assert file.closings == 0, "the thread still holds it"
    file.let.set()


@pytest.mark.parametrize("live", [True, False])
def test_a_full_disk_is_told_once(live: bool) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            if "bad" in text:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(text)

        def close(self) -> None:
            pass

    file, warnings = Full(), list[str]()
    lines = LineFile(file, "it ends", warnings.append, live=live)
    for line in ("good\n", "bad\n", "bad\n"):
        lines.write(line)
        lines.flush()
    lines.close()
    assert warnings == ["it ends: No space left on device"]
    assert file.getvalue() in ("good\n", "")  # what came at once with a line that failed may fail with it


def test_a_conversation_on_a_disk_that_stalls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The disk answers only when the conversation is over: had the loop waited, it would never be.
    stalled: list[Slow] = []

    def stalling(_path: Path, _encoding: str = "") -> Slow:
        stalled.append(Slow())
        return stalled[-1]

    monkeypatch.setattr(session, "_new", stalling)
    talk = Conversation(tmp_path, [Say("what time is it", at_ms=100)], ["It is late, my friend."])
    closing = talk.session.executor.close

    def close() -> None:
        assert talk.path[-1] == "idle"
        for file in stalled:
            assert file.getvalue() == ""
            file.let.set()
        closing()

    monkeypatch.setattr(talk.session.executor, "close", close)
    talk.run()
    assert talk.warnings == []
    journal, metrics, track = (file.getvalue() for file in stalled)
    (tmp_path / "transitions.jsonl").write_text(journal, encoding="utf-8")
    log = read_log(tmp_path)
    assert log.note == ""
    assert log.lines[-1]["reason"] == "session_stopped"
    assert verify(log).mismatch == ""
    assert len(track) > 30, "a character for every 32 ms"
    assert metrics.endswith("\n")
