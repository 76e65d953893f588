"""The journal: the same bytes for the same steps, and a full disk is one warning and no more."""

import errno
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codec import FORMAT, step_record
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from engine.journal import Journal
from states.dialogue import Dialogue
from states.events import Event, SpeechDropped, SpeechEnded, SpeechStarted, SpeechSustained, UtteranceTranscribed
from states.history import Message
from states.settings import DialogueSettings
from states.step import Step
from tests.engine.unhurried import unhurried

FULL = Path("/dev/full")
needs_full_disk = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full on this system")
HISTORY = (Message("user", "earlier"), Message("assistant", "yes", cut=True))


def steps(words: str = "hello") -> list[Step]:
    events: list[Event] = [
        SpeechStarted(1),
        SpeechDropped(1, 64),
        SpeechStarted(2),
        SpeechSustained(2, 160),
        SpeechEnded(2, 400),
        UtteranceTranscribed(2, words, 80, 400),
    ]
    dialogue = Dialogue(DialogueSettings(), HISTORY)
    return [dialogue.handle(event, now=1000 * at, heard=0) for at, event in enumerate(events)]


def fail(_: str) -> None:
    pytest.fail("nothing to warn of")


def written(words: str = "hello") -> str:
    file = io.StringIO()
    journal = Journal(file, fail)
    journal.open(DialogueSettings(), HISTORY, 16_000, {"llm": "scripted"})
    for step in steps(words):
        journal.write(step)
    text = file.getvalue()
    journal.close()
    assert file.closed
    return text


def numbers_in(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [n for inner in value.values() for n in numbers_in(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in numbers_in(inner)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_same_steps_same_bytes() -> None:
    assert written() == written()


def test_form_of_the_lines() -> None:
    text = written("größer, 日本 \U0001f600")
    assert text.endswith("\n")
    assert "\r" not in text
    assert "größer, 日本 \U0001f600" in text, "readable as it is"
    lines = text.removesuffix("\n").split("\n")
    assert len(lines) == 7
    for line in lines:
        record = json.loads(line)
        assert line == json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert all(type(number) is int for number in numbers_in(record))
    head, *rest = map(json.loads, lines)
    assert (head["event"], head["format"]) == ("session", FORMAT)
    assert [record["seq"] for record in rest] == [1, 2, 3, 4, 5, 6]
    assert {record["event"] for record in rest} == {"transition"}


def test_every_line_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "transitions.jsonl"
    journal = Journal(path.open("w", encoding="utf-8", newline="\n"), fail)
    journal.open(DialogueSettings(), HISTORY, 16_000, {"llm": "scripted"})
    for count, step in enumerate(steps(), 2):
        journal.write(step)
        assert path.read_bytes().count(b"\n") == count
    journal.close()
    assert path.read_text(encoding="utf-8") == written()


@unhurried
@given(words=st.text(min_size=1))
def test_any_words_come_back(words: str) -> None:
    # Not least those that hold what Unicode calls the end of a line.
    text = written(words)
    assert text.count("\n") == 7
    assert json.loads(text.split("\n")[6])["text.text"] == words


@pytest.mark.parametrize("words", ["a\u2028b", "a\x85b", "a\nb\r\n", "\x1c\x1d", "\ud83d lone \udc00"])
def test_awkward_words_through_a_file(tmp_path: Path, words: str) -> None:
    path = tmp_path / "transitions.jsonl"
    journal = Journal(path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n"), fail)
    journal.open(DialogueSettings(), HISTORY, 16_000, {"llm": "scripted"})
    for step in steps(words):
        journal.write(step)
    journal.close()
    log = read_log(path)
    assert log.note == ""
    assert log.lines[-1]["text.text"] == words
    found = verify(log)
    assert (found.lines, found.mismatch) == (6, "")


class Full(io.StringIO):
    """A file on a disk that is full after some bytes, and may have room again later."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, text: str) -> int:
        self.room -= len(text)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


@pytest.mark.parametrize("short", [10, 800, 10**6], ids=["last line", "some line", "first line"])
def test_a_full_disk_is_told_once(short: int) -> None:
    file, warnings = Full(len(written()) - short), list[str]()
    journal = Journal(file, warnings.append)
    journal.open(DialogueSettings(), HISTORY, 16_000, {"llm": "scripted"})
    for step in steps():
        journal.write(step)
    assert warnings == ["the transition log ends here: No space left on device"]
    file.room = 10**6
    size = len(file.getvalue())
    for step in steps():
        journal.write(step)
    assert len(file.getvalue()) == size, "a log with a hole would be worse than a short one"
    journal.close()
    assert len(warnings) == 1


@needs_full_disk
def test_the_full_device() -> None:
    warnings: list[str] = []
    journal = Journal(FULL.open("w", encoding="utf-8"), warnings.append)
    journal.open(DialogueSettings(), (), 16_000, {})
    journal.write(steps()[0])
    journal.close()
    assert warnings == ["the transition log ends here: No space left on device"]


def test_a_close_that_fails_is_told() -> None:
    class Stubborn(io.StringIO):
        def close(self) -> None:
            super().close()
            raise OSError(errno.EIO, "Input/output error")

    warnings: list[str] = []
    journal = Journal(Stubborn(), warnings.append)
    journal.open(DialogueSettings(), (), 16_000, {})
    journal.close()
    assert warnings == ["the transition log ends here: Input/output error"]


def test_a_record_of_a_step_is_left_as_it_was() -> None:
    step = steps()[0]
    before = step_record(step)
    journal = Journal(io.StringIO(), fail)
    journal.write(step)
    assert step_record(step) == before
