"""``is2s inspect``: what it shows, what it detects, and what it makes of a log that is not whole."""

import json
from pathlib import Path

import pytest

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from states.errors import JournalError
from tests.engine.command import Call, refused


def test_inspect(is2s: Call, tmp_path: Path, log: Path) -> None:
    answer = is2s("inspect", log)
    assert (answer.status, answer.err) == (0, "")
    assert 'user: "what time is it"' in answer.out
    assert 'kept "It is “spät”, 日本, my friend."' in answer.out
    assert is2s("inspect", tmp_path).out == answer.out
    assert len(is2s("inspect", log, "--all").out.splitlines()) > len(answer.out.splitlines())


def test_inspect_as_json(is2s: Call, log: Path, journal: bytes) -> None:
    lines = [json.loads(line) for line in journal.decode().split("\n")[1:-1]]
    assert [json.loads(line) for line in is2s("inspect", log, "--all", "--json").out.splitlines()] == lines
    shown = [json.loads(line) for line in is2s("inspect", log, "--json").out.splitlines()]
    assert shown == [line for line in lines if line in shown]
    assert len(shown) == len(is2s("inspect", log).out.splitlines())


def test_verify(is2s: Call, log: Path, journal: bytes) -> None:
    count = journal.count(b"\n") - 1
    answer = is2s("inspect", log, "--verify")
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        f"{count} lines re-executed to the same steps",
        "  user: what time is it",
        "  assistant: It is “spät”, 日本, my friend.",
    ]
    found = json.loads(is2s("inspect", log, "--verify", "--json").out)
    assert (found["lines"], found["mismatch"]) == (count, "")
    assert found["history"] == [["user", "what time is it"], ["assistant", "It is “spät”, 日本, my friend."]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"outcome":"moved","reason":"short_pause"', b'"outcome":"stayed","reason":"short_pause"'),
        (b'"reason":"short_pause"', b'"reason":"hearsay"'),
        (b'"text.kept":"It is', b'"text.kept":"It was'),
        (b'"text.said":"what time', b'"text.said":"what crime'),
        (b'"turn":1', b'"turn":true'),
        (b'"stall_ms":8000', b'"stall_ms":8001'),
    ],
)
def test_verify_detects_a_tampered_line(is2s: Call, log: Path, journal: bytes, old: bytes, new: bytes) -> None:
    assert old in journal
    log.write_bytes(journal.replace(old, new, 1))
    answer = is2s("inspect", log, "--verify")
    assert answer.status == 1
    assert "differs: " in answer.out or "breaks the schema: turn: true" in answer.out
    assert answer.out.count("\n") == 1


def test_verify_detects_lines_lost_doubled_or_swapped(is2s: Call, log: Path, journal: bytes) -> None:
    lines = journal.splitlines(keepends=True)
    lost, doubled = [*lines[:4], *lines[5:]], [*lines[:5], *lines[4:]]
    swapped = [*lines[:4], lines[5], lines[4], *lines[6:]]
    for changed, number in ((lost, 5), (doubled, 6), (swapped, 5)):
        log.write_bytes(b"".join(changed))
        answer = is2s("inspect", log, "--verify")
        assert answer.status == 1
        assert answer.out.startswith(f"line {number} differs")


def test_verify_detects_a_line_that_is_damaged_in_the_middle(is2s: Call, log: Path, journal: bytes) -> None:
    lines = journal.splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:4], lines[4][:-20] + b"\n", *lines[5:]]))
    answer = is2s("inspect", log, "--verify")
    assert answer.status == 1
    assert "line 5 is damaged; read as far as line 4" in answer.out
    shown = is2s("inspect", log)
    assert shown.status == 0
    assert "line 5 is damaged" in shown.err


@pytest.mark.parametrize("change", [b'"t_us":"x"', b'"t_us":null', b'"t_us":-5', b'"t_us":1.5'])
def test_a_time_that_is_none(is2s: Call, log: Path, journal: bytes, change: bytes) -> None:
    log.write_bytes(journal.replace(b'"t_us":', change + b',"was":', 3))
    answer = is2s("inspect", log, "--verify")
    assert answer.status == 1
    assert "Traceback" not in answer.err
    is2s("inspect", log)


def test_a_log_cut_at_every_byte_of_its_last_two_lines(is2s: Call, log: Path, journal: bytes) -> None:
    lines = journal.splitlines(keepends=True)
    whole = len(lines)
    for end in range(len(journal) - len(lines[-1]) - len(lines[-2]), len(journal) + 1):
        log.write_bytes(journal[:end])
        complete = journal[:end].count(b"\n")
        rest = journal[:end].rpartition(b"\n")[2]
        read = read_log(log)
        if rest and rest + b"\n" not in lines:
            assert read.note == f"line {complete + 1} is cut off or damaged; read as far as line {complete}"
            assert len(read.lines) == complete - 1
        else:
            assert read.note == ""
            assert len(read.lines) == complete - 1 + bool(rest)
        assert not read.damaged
        if not rest or end % 50 == 0:
            assert verify(read).mismatch == ""
    assert len(read.lines) == whole - 1
    log.write_bytes(journal[:-3])
    for arguments in ([], ["--json"], ["--verify"], ["--verify", "--json"], ["--all"]):
        answer = is2s("inspect", log, *arguments)
        assert answer.status == 0
        assert answer.out
        assert answer.err == f"is2s: {log}: line {whole} is cut off or damaged; read as far as line {whole - 1}\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"Dear diary,\n",
        bytes(range(256)),
        b"{}\n",
        b"[]\n",
        b'"session"\n',
        b'{"event":"transition"}\n',
        b'{"event":["session"]}\n',
        b'{"event":"session"}\n',
        b'{"event":"session","format":99}\n',
        b"[" * 100_000,
        b'{"event":"session","format":' + b"9" * 5000 + b"}\n",
        b'\xef\xbb\xbf{"event":"session","format":1}\n',
    ],
    ids=lambda content: repr(content[:30]),
)
def test_what_is_no_log(is2s: Call, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(content)
    refused(is2s("inspect", path), path)
    with pytest.raises(JournalError):
        read_log(path)


def test_a_log_that_is_not_there(is2s: Call, tmp_path: Path) -> None:
    refused(is2s("inspect", "absent.jsonl"), "absent.jsonl: No such file or directory")
    refused(is2s("inspect", tmp_path), tmp_path / "transitions.jsonl", "No such file or directory")


@pytest.mark.parametrize("part", [b'"settings":{', b'"text.history":[7],"settings":{"nonsense":1,'])
def test_a_head_of_another_version(is2s: Call, log: Path, journal: bytes, part: bytes) -> None:
    log.write_bytes(journal.replace(b'"settings":{', part.replace(b'"settings":{', b'"settings":{"nonsense":1,')))
    refused(is2s("inspect", log, "--verify"), "the head of the journal holds no settings of this version")


def test_words_are_shown_on_one_line_and_steer_no_terminal(is2s: Call, log: Path, journal: bytes) -> None:
    log.write_bytes(journal.replace("日本".encode(), rb"a\nb\u001b[2J\u2028c"))
    shown = is2s("inspect", log)
    assert 'kept "It is “spät”, a b\ufffd[2J c, my friend."' in shown.out
