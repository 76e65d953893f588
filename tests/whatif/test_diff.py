"""Two journals side by side: the same, one event more, another verdict and why."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.inspect.reader import Log, read_log
from engine.whatif.alignment import align, causes
from engine.whatif.difference import difference
from tests.cassette.recorded_session import SAYS, record
from tests.engine.command import Call

Lines = tuple[dict[str, Any], ...]


@pytest.fixture(scope="module")
def log(recorded: Path) -> Log:
    return read_log(recorded)


def with_lines(log: Log, lines: Lines) -> Log:
    return Log(log.path, log.head, lines, "")


@given(a=st.lists(st.tuples(st.sampled_from("abc"))), b=st.lists(st.tuples(st.sampled_from("abc"))))
def test_every_place_once_and_in_order(a: list[tuple[str]], b: list[tuple[str]]) -> None:
    pairs = align(a, b)
    assert [p.a for p in pairs if p.a is not None] == list(range(len(a)))
    assert [p.b for p in pairs if p.b is not None] == list(range(len(b)))
    assert all(a[p.a] == b[p.b] for p in pairs if p.a is not None and p.b is not None)
    assert all(p.a is not None or p.b is not None for p in pairs)


@settings(deadline=None, max_examples=30)
@given(seed=st.randoms(use_true_random=False), edits=st.integers(1, 4))
def test_far_apart_edits_stay_few(seed: Random, edits: int) -> None:
    """Longer than what is looked at together, and of causes that recur all the time."""
    a = [(seed.choice("abcd"),) for _ in range(1500)]
    b = list(a)
    for _ in range(edits):
        b.insert(seed.randrange(len(b)), ("new",))
    pairs = align(a, b)
    assert [b[p.b] for p in pairs if p.a is None and p.b is not None] == [("new",)] * edits
    assert all(p.b is not None for p in pairs)
    assert [p.a for p in pairs if p.a is not None] == list(range(len(a)))


@given(a=st.lists(st.tuples(st.sampled_from("abc"))))
def test_nothing_is_alone_in_the_same(a: list[tuple[str]]) -> None:
    assert all(p.a == p.b for p in align(a, a))


def test_the_same(log: Log) -> None:
    found = difference(log, log)
    assert found.same
    assert (found.first, found.settings, found.counts, found.only_a) == (None, (), {}, {})


@settings(deadline=None)
@given(data=st.data())
def test_one_event_more_is_found_as_that(log: Log, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log.lines)))
    new = data.draw(st.sampled_from(["device_lost", "capture_overflowed", "microphone_muted"]))
    line = {**log.lines[min(place, len(log.lines) - 1)], "on": {"type": new}, "commands": []}
    more = with_lines(log, (*log.lines[:place], line, *log.lines[place:]))
    found = difference(log, more)
    assert found.only_b == {new: 1}
    assert found.only_a == {}
    assert found.counts == {"added": 1}
    assert found.first is not None
    assert (found.first.kind, found.first.line_a, found.first.line_b) == ("added", 0, place + 2)
    assert new in found.first.words
    fewer = difference(more, log)
    assert (fewer.only_a, fewer.counts) == ({new: 1}, {"missing": 1})


@settings(deadline=None)
@given(data=st.data())
def test_later_is_no_other_conversation(log: Log, data: st.DataObject) -> None:
    """Times and ids do not count in what is laid side by side."""
    apart = data.draw(st.integers(1, 10**9))
    more = data.draw(st.integers(1, 50))
    lines = tuple(
        {
            **line,
            "t_us": line["t_us"] + apart,
            "on": {k: v + more if k in ("utterance", "reply", "deadline") else v for k, v in line["on"].items()},
            "commands": [
                {k: v + more if k in ("reply", "deadline") else v for k, v in command.items()}
                for command in line["commands"]
            ],
        }
        for line in log.lines
    )
    assert [c[0] for c in causes(lines)] == [c[0] for c in causes(log.lines)]
    found = difference(log, with_lines(log, lines))
    assert (found.only_a, found.only_b, found.parted) == ({}, {}, False)
    assert found.late_us == apart
    assert not found.same
    assert difference(log, with_lines(log, lines), ignore_times=True).same


def test_the_setting_to_blame_is_named(recorded: Path, tmp_path: Path) -> None:
    changed = {"dialogue": {"min_confidence_pct": 40, "backchannels": [], "stall_ms": 9000}}
    other = record(tmp_path / "other", SAYS, settings=changed)
    found = difference(read_log(recorded), read_log(other))
    assert found.first is not None
    assert found.first.kind == "verdict"
    assert "instead of" in found.first.words
    assert "because dialogue.backchannels differs" in found.first.words
    assert "stall_ms" not in found.first.words, "it differs, and is not to blame"
    assert {setting.key for setting in found.settings} == {"dialogue.backchannels", "dialogue.stall_ms"}


def test_what_was_heard_otherwise_is_named(log: Log) -> None:
    place = next(i for i, line in enumerate(log.lines) if line.get("text.text"))
    lines = list(log.lines)
    lines[place] = {**lines[place], "text.text": "something else"}
    found = difference(log, with_lines(log, tuple(lines)))
    assert found.first is not None
    assert found.first.kind == "event"
    assert "'something else'" in found.first.words
    assert found.counts == {"event": 1}


def test_exit_codes(is2s: Call, recorded: Path, tmp_path: Path) -> None:
    same = is2s("diff", recorded, recorded)
    assert (same.status, same.err) == (0, "")
    assert "the same" in same.out
    other = record(tmp_path / "other", SAYS, settings={"dialogue": {"backchannels": []}})
    differs = is2s("diff", recorded, other)
    assert differs.status == 1
    assert differs.out.startswith("first divergence (A line ")
    assert "  differs: dialogue.backchannels: " in differs.out
    record_ = json.loads(is2s("diff", recorded, other, "--json").out)
    assert record_["first"]["kind"] == "verdict"
    assert record_["same"] is False
    trouble = is2s("diff", recorded, tmp_path / "absent")
    assert (trouble.status, trouble.out) == (2, "")
    assert trouble.err.startswith("is2s: ")
    assert trouble.err.count("\n") == 1
