"""What ``is2s inspect`` shows of a log: filters, figures, tables, redaction, and what it is in a pipe."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.inspect.filters import since_us, turn_range
from engine.inspect.reader import read_log, stream_log
from engine.inspect.redaction import redacted
from engine.inspect.stats import stats_of
from engine.inspect.story import story_of
from engine.inspect.timeline import styled, text_of
from states.errors import ConfigError, IS2SError
from tests.engine.command import Call, refused

ROOT = Path(__file__).resolve().parents[2]
TALK = ROOT / "scenarios" / "backchannel_then_interruption" / "expected.jsonl"
LIMIT_S = 60


def lines_of(is2s: Call, *arguments: object) -> list[dict[str, object]]:
    answer = is2s("inspect", TALK, "--json", *arguments)
    assert (answer.status, answer.err) == (0, "")
    return [json.loads(line) for line in answer.out.splitlines()]


def test_filters_are_joined_by_and_and_their_values_by_or(is2s: Call) -> None:
    every = lines_of(is2s, "--all")
    speaking = lines_of(is2s, "--all", "--state", "speaking")
    assert speaking == [line for line in every if "speaking" in (line["source"], line["dest"])]
    two = lines_of(is2s, "--all", "--state", "idle", "--state", "listening")
    assert two == [line for line in every if {line["source"], line["dest"]} & {"idle", "listening"}]
    sound = lines_of(is2s, "--reason", "sound", "--reason", "onset")
    assert {line["reason"] for line in sound} == {"sound", "onset"}, "asked for by name, even what tells little"
    later = lines_of(is2s, "--reason", "onset", "--since", "0:04")
    assert 0 < len(later) < sum(line["reason"] == "onset" for line in every)
    assert all(int(str(line["t_us"])) >= 4_000_000 for line in later)
    assert lines_of(is2s, "--reason", "there_is_none") == []


def test_a_turn_begins_with_the_speech_that_became_it(is2s: Call) -> None:
    story = story_of(read_log(TALK).head, read_log(TALK).lines)
    for turn in story.turns:
        shown = lines_of(is2s, "--all", "--turn", str(turn.number))
        assert shown[0]["t_us"] == turn.began_us
        assert any(line.get("text.said") == turn.text for line in shown)
    both = lines_of(is2s, "--all", "--turn", "1-2")
    assert both == lines_of(is2s, "--all", "--turn", "1", "--turn", "2")


def test_of_what_nobody_heard_it_shows_the_beginning() -> None:
    """A model may have written thousands of words ahead of the one that was cut."""
    cut = next(line for line in read_log(TALK).lines if line.get("text.dropped"))
    short = text_of({**cut, "text.dropped": "never heard"})
    assert 'dropped "never heard"' in short
    long = text_of({**cut, "text.dropped": "one two " * 1000})
    assert len(long) < len(short) + 230
    head = long.partition('dropped "')[2].partition(' ..."')[0]
    assert f'" and {2000 - len(head.split())} words more' in long
    assert len(text_of({**cut, "text.dropped": "x" * 1000})) < len(short) + 230


@pytest.mark.parametrize(("text", "us"), [("75", 75_000_000), ("75.5", 75_500_000), ("1:15", 75_000_000),
                                          ("1:02:03", 3_723_000_000), ("0", 0)])  # fmt: skip
def test_times(text: str, us: int) -> None:
    assert since_us(text) == us


@pytest.mark.parametrize("text", ["", "soon", "-1", "1:2:3:4", "1:", ":1", "1e3", "nan", "٣"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ConfigError):
        since_us(text)


@pytest.mark.parametrize("text", ["", "x", "5-3", "-3", "1-2-3"])
def test_what_is_no_turn(is2s: Call, text: str) -> None:
    with pytest.raises(ConfigError):
        turn_range(text)
    if text:
        refused(is2s("inspect", TALK, f"--turn={text}"), "takes the number of a turn")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--stats", "--verify"],
        ["--stats", "--state", "idle"],
        ["--export", "csv", "--since", "3"],
        ["--export", "csv", "--verify"],
        ["--follow", "--verify"],
        ["--state", "dreaming"],
        ["--export", "papyrus"],
        ["--endpoint", "http://localhost:1"],
        ["--output", "x"],
    ],
)
def test_options_that_do_not_go_together(is2s: Call, arguments: list[str]) -> None:
    answer = is2s("inspect", TALK, *arguments)
    assert answer.status == 2
    assert answer.out == ""
    assert "Error: " in answer.err


def test_figures(is2s: Call) -> None:
    shown = is2s("inspect", TALK, "--stats").out
    (found,) = (json.loads(line) for line in is2s("inspect", TALK, "--stats", "--json").out.splitlines())
    assert (found["turns"], found["barge_ins"], found["dismissed"]) == (2, 1, {"backchannel": 1})
    assert (found["heard_replies"], found["false_starts"], found["taken_back"]) == (2, 0, 0)
    lines = read_log(TALK).lines
    pause = next(line for line in lines if line["on"]["type"] == "speech_paused")
    heard_us = next(line["t_us"] for line in lines if line["on"]["type"] == "playout_started")
    reaction_us = heard_us - pause["t_us"] + 1000 * pause["on"]["silent_ms"]
    assert found["latencies"]["reaction"]["p50_ms"] == reaction_us / 1000
    cut_us = next(line["t_us"] for line in lines if line.get("verdict") == "interrupt")
    onset_us = max(line["t_us"] for line in lines if line["reason"] == "onset" and line["t_us"] < cut_us)
    assert found["latencies"]["interrupt"]["max_ms"] == (cut_us - onset_us) / 1000
    samples = sum(line["heard_samples"] for line in lines if "text.kept" in line)
    assert found["assistant_ms"] == samples * 1000 // 16_000
    assert "barge-ins     1" in shown
    assert "backchannel 1" in shown


def test_a_reply_prepared_in_a_pause_and_taken_back_is_told_apart() -> None:
    log = read_log(ROOT / "scenarios" / "thinking_pause" / "expected.jsonl")
    story = story_of(log.head, log.lines)
    found = stats_of(story)
    assert found.taken_back == sum(1 for line in log.lines if line.get("text.kept") == "" and line.get("cut"))
    assert found.taken_back > 0
    assert found.false_starts == 0
    assert all(story.answers[reply].turn == turn.number for turn in story.turns for reply in turn.replies)


def test_a_reply_that_begins_while_the_user_goes_on_is_a_false_start() -> None:
    # The recorded barge-in, its onset moved to just after the first sample it cuts off.
    log = read_log(TALK)
    story = story_of(log.head, log.lines)
    (cut,) = (candidate for candidate in story.candidates if candidate.verdict == "interrupt")
    heard = story.answers[cut.reply].heard_us
    assert heard is not None
    for after_ms, count in ((100, 1), (300, 1), (301, 0)):
        cut.onset_us = heard + after_ms * 1000
        assert stats_of(story).false_starts == count


@pytest.mark.parametrize("path", sorted(ROOT.glob("scenarios/*/expected.jsonl")), ids=lambda path: path.parent.name)
def test_the_figures_of_every_scenario_hold_together(path: Path) -> None:
    log = read_log(path)
    story = story_of(log.head, log.lines)
    found = stats_of(story)
    assert found.lines == len(log.lines)
    assert found.barge_ins == sum(line.get("verdict") == "interrupt" for line in log.lines)
    assert sum(found.dismissed.values()) == sum(line.get("verdict") == "dismiss" for line in log.lines)
    assert sum(story.moves.values()) == sum(line["outcome"] == "moved" for line in log.lines)
    assert found.heard_replies == sum(line["reason"] == "first_sample" for line in log.lines)
    assert all(spread.p50_ms <= spread.p95_ms <= spread.max_ms for spread in found.latencies.values())
    assert all(spread.p50_ms >= 0 for spread in found.latencies.values())
    assert [turn.text for turn in story.turns] == [line["text.said"] for line in log.lines if "text.said" in line]
    assert story.states[0].from_us == 0
    assert all(a.to_us == b.from_us for a, b in zip(story.states, story.states[1:], strict=False))


def test_the_stop_key_is_told_apart_from_speech() -> None:
    log = read_log(ROOT / "scenarios" / "key_stops_the_reply" / "expected.jsonl")
    found = stats_of(story_of(log.head, log.lines))
    assert (found.stops, found.barge_ins) == (1, 0)


def test_several_sessions_are_a_table(is2s: Call, tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / "all" / name).mkdir(parents=True)
        (tmp_path / "all" / name / "transitions.jsonl").write_bytes(TALK.read_bytes())
    shown = is2s("inspect", tmp_path / "all")
    assert (shown.status, shown.err) == (0, "")
    head, *rows = shown.out.splitlines()
    assert head.split()[:3] == ["session", "length", "turns"]
    assert [row.split()[0] for row in rows] == [str(tmp_path / "all" / name) for name in ("a", "b")]
    assert len({len(row) for row in (head, *rows)}) == 1
    found = [json.loads(line) for line in is2s("inspect", tmp_path / "all", "--json").out.splitlines()]
    assert [line["turns"] for line in found] == [2, 2]
    assert is2s("inspect", tmp_path / "all", "--verify").out.count("re-executed") == 2
    (tmp_path / "all" / "a" / "transitions.jsonl").write_bytes(b"")
    answer = is2s("inspect", tmp_path / "all")
    assert answer.status == 1
    assert "no head" in answer.err
    assert len(answer.out.splitlines()) == 2, "one that cannot be read costs no others"


SECRETS = ("tell me", "mm-hm", "why is", "Once", "machine", "waves", "built")


@pytest.mark.parametrize(
    "arguments",
    [[], ["--all", "--json"], ["--stats"], ["--stats", "--json"], ["--verify"], ["--verify", "--json"], ["--follow"],
     *(["--export", form] for form in ("perfetto", "webvtt", "mermaid-turn", "mermaid-states", "csv", "otlp"))],
    ids=" ".join,
)  # fmt: skip
def test_redaction_leaves_no_word_in_any_form(is2s: Call, arguments: list[str]) -> None:
    answer = is2s("inspect", TALK, "--redact", *arguments)
    assert answer.status == 0
    assert answer.out
    assert [word for word in SECRETS if word in answer.out + answer.err] == []
    assert any(word in is2s("inspect", TALK, *arguments).out for word in SECRETS) or "stat" in " ".join(arguments)


def test_redaction_of_a_mismatch(is2s: Call, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(TALK.read_bytes().replace(b'"text.kept":"Once', b'"text.kept":"Twice'))
    assert "Twice" in is2s("inspect", path, "--verify").out
    answer = is2s("inspect", path, "--verify", "--redact")
    assert answer.status == 1
    assert "text.kept" in answer.out
    assert "Twice" not in answer.out


def test_redaction_of_a_line() -> None:
    line = {
        "event": "transition",
        "text.text": "my secret",
        "text.said": "",
        "text.history": [{"role": "tool", "name": "lamp", "arguments": "{}", "result": "the secret", "failed": True}],
        "on": {"type": "generation_failed", "error": "cannot say secret", "words": [[0, 2, 0, 400]], "reply": 1},
    }
    shown = redacted(line)
    assert "secret" not in json.dumps(shown)
    assert shown["text.text"] == "[2 words]"
    assert shown["text.said"] == ""
    assert shown["on"]["words"] == [[0, 0, 0, 400]]
    assert shown["text.history"][0]["name"] == "lamp"
    assert line["text.text"] == "my secret", "the line itself is left as it was"


def test_colour_only_where_there_is_a_terminal_that_has_it(is2s: Call) -> None:
    assert "\x1b" not in is2s("inspect", TALK, "--all").out
    assert any("\x1b" in styled(line) for line in read_log(TALK).lines)


def child(*arguments: object, **environment: str) -> "subprocess.Popen[bytes]":
    whole = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "engine.cli", "inspect", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=whole)


@pytest.mark.skipif(os.name == "nt", reason="there is no pty")
@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_in_a_real_terminal(environment: dict[str, str], coloured: bool) -> None:
    import pty

    outside, inside = pty.openpty()
    whole = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}
    if "NO_COLOR" not in environment:
        whole.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "engine.cli", "inspect", str(TALK)]
    done = subprocess.run(command, stdout=inside, stderr=inside, env=whole, timeout=LIMIT_S)
    os.close(inside)
    shown = os.read(outside, 1 << 16)
    os.close(outside)
    assert done.returncode == 0
    assert (b"\x1b[" in shown) is coloured


@pytest.mark.parametrize("arguments", [["--all"], ["--stats"], ["--export", "perfetto"], ["--schema"]], ids=" ".join)
def test_a_pipe_that_is_closed_before_anything_is_read(arguments: list[str]) -> None:
    with child(TALK, *arguments) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(LIMIT_S) in (0, 1)


def test_a_small_log_cut_at_every_byte(tmp_path: Path, journal: bytes) -> None:
    path = tmp_path / "transitions.jsonl"
    head = journal.index(b"\n")
    whole = journal.splitlines()
    for end in range(len(journal) + 1):
        path.write_bytes(journal[:end])
        if end < head:
            with pytest.raises(IS2SError, match="no head"):
                stream_log(path)
            continue
        log = read_log(path)
        rest = journal[:end].rpartition(b"\n")[2]
        complete = journal[:end].count(b"\n") + bool(rest and rest in whole)
        assert len(log.lines) == max(0, complete - 1)
        assert bool(log.note) is bool(rest and rest not in whole)
        assert not log.damaged
        if end % 97 == 0 or not rest:
            story = story_of(log.head, log.lines)
            assert stats_of(story, tmp_path).lines == len(log.lines)


def test_schema_is_printed(is2s: Call) -> None:
    answer = is2s("inspect", "--schema")
    assert answer.status == 0
    assert json.loads(answer.out)["$schema"].endswith("2020-12/schema")
    missing = is2s("inspect")
    assert missing.status == 2
    assert "Missing argument" in missing.err
