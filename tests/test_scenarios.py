"""Every recorded scenario: what a person demanded, the golden bytes, and the rules that hold at any speed.

Each is replayed as it is; those that are not long also with quicker and with slower models, where the bytes differ
and the rules do not. Some are replayed once more in another process. What was heard is the other file's matter.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from engine.inspect.verify import verify
from engine.replay.expectation import check_golden, failures, golden_diff
from models.ports import MIC_HZ
from states import commands as cmd
from states.errors import ReplayMismatch
from states.phrases import tokens
from states.state import State
from tests.scenario_replays import ALL, LONG, PACED, SCENARIOS, SCRIPTED, Played, commands, play


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_scenario_comes_out_as_demanded_and_to_the_byte(name: str) -> None:
    played = play(name)
    assert failures(played.scenario, played.result) == []
    if played.scenario.file.golden:
        try:
            check_golden(played.scenario, played.result)
        except ReplayMismatch:
            pytest.fail(golden_diff(played.scenario, played.result)[:4000])


def test_another_process_gives_the_same_bytes() -> None:
    """Nothing hangs on the order of a set: strings hash differently there. The golden logs are the comparison."""
    folders = [str(SCENARIOS / name) for name in SCRIPTED[::5] if name not in LONG]
    done = subprocess.run(
        [sys.executable, "-c", "from engine.cli import main; main()", "replay", "--quiet", *folders],
        env={**os.environ, "PYTHONHASHSEED": "20260"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_recordings_are_composed_as_the_scenarios_say() -> None:
    done = subprocess.run(
        [sys.executable, str(SCENARIOS / "compose.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "factor"), PACED)
def test_a_barge_in_aborts_and_cuts_exactly_once(name: str, factor: float) -> None:
    for step in play(name, factor).barge_ins:
        assert len(commands(step, cmd.CancelReply)) == len(commands(step, cmd.StopPlayout)) == 1
        assert step.kept is not None


@pytest.mark.parametrize(("name", "factor"), PACED)
def test_no_command_names_a_closed_reply(name: str, factor: float) -> None:
    closed: set[int] = set()
    for step in play(name, factor).result.steps:
        assert not [c for c in step.commands if getattr(c, "reply", None) in closed]
        if step.kept is not None:
            assert step.reply not in closed
            closed.add(step.reply)


@pytest.mark.parametrize(("name", "factor"), PACED)
def test_it_ends_with_nobody_having_the_floor_and_messages_in_turn(name: str, factor: float) -> None:
    result = play(name, factor).result
    assert result.steps[-1].dest is State.IDLE
    assert all(one.role != other.role for one, other in pairwise(result.history))


@pytest.mark.parametrize(("name", "factor"), PACED)
def test_the_journal_alone_rebuilds_the_conversation(name: str, factor: float) -> None:
    played = play(name, factor)
    again = verify(played.log)
    assert (played.log.note, again.mismatch) == ("", "")
    assert again.lines == len(played.result.steps)
    assert again.history == played.result.history


@pytest.mark.parametrize(("name", "factor"), PACED)
def test_the_history_is_what_was_heard(name: str, factor: float) -> None:
    """Each reply's words begin a text that was to be said, and are as many as sounded, give or take the one cut."""
    played = play(name, factor)
    settings = played.scenario.config.dialogue
    texts = [(a.text + " ") * 100 if a.endless else a.text for a in played.scenario.file.assistant]
    texts += [settings.not_understood, settings.recognition_failed, settings.generation_failed]
    ended = [step for step in played.result.steps if step.kept is not None]
    for step in ended:
        assert any(text.startswith(step.kept or "") for text in texts), step.kept
        if not played.scenario.file.voice.clip:  # tones can be counted, speech cannot
            sounded = words_sounded(played, step.reply)
            assert abs(len(tokens(step.kept or "")) - sounded) <= 1.05, (step.kept, sounded)
    said = [message.text for message in played.result.history if message.role == "assistant"]
    assert " ".join(said) == " ".join(step.kept for step in ended if step.kept)


def words_sounded(played: Played, reply: int) -> float:
    """Words of a reply on the recording, counted by the time in which there is a tone."""
    start = played.starts.get(reply)
    if start is None:
        return 0.0
    end = min((at for at in played.starts.values() if at > start), default=len(played.loudspeaker))
    gaps = np.diff(np.flatnonzero(np.abs(played.loudspeaker[start:end]) > 32))
    # Within a tone the level passes zero for a few samples; between words there are 300 samples and more.
    length = played.scenario.file.voice.word_ms * MIC_HZ // 1000
    return float(np.sum(gaps[gaps <= 100]) / (length - length // 10))


def test_the_whole_conversation_is_shown_to_the_model() -> None:
    shown = [c.messages for s in play("thirty_turns").result.steps for c in commands(s, cmd.GenerateReply)]
    assert [len(messages) for messages in shown] == list(range(1, 60, 2))


def test_the_table_lists_every_scenario_with_what_it_covers() -> None:
    assert list(rows()) == [(n, s.file.title, list(s.file.covers)) for n, s in sorted(ALL.items())]


def rows() -> Iterator[tuple[str, str, list[str]]]:
    """Name, title and what is covered, of each row of the table in ``scenarios/README.md``."""
    text = (SCENARIOS / "README.md").read_text(encoding="utf-8")
    for name, title, covers in re.findall(r"^\| `(\w+)` \| (.+?) \| ([A-FS0-9, ]+) \|$", text, re.MULTILINE):
        yield name, title, covers.split(", ")


def test_every_scenario_covers_something_and_demands_something() -> None:
    assert len(SCRIPTED) >= 25
    for scenario in ALL.values():
        assert scenario.file.covers
        assert all(re.fullmatch(r"[A-F]\d{1,2}|S\d\d", covered) for covered in scenario.file.covers)
        assert scenario.file.expect.barge_ins is not None


def test_every_complaint_of_the_table_has_a_scenario_or_a_test_that_is_there() -> None:
    text = (SCENARIOS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (S\d\d) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert [name for name, _, _ in rows] == [f"S{number:02}" for number in range(1, 41)]
    for name, _, where in rows:
        places = re.findall(r"`([^`]+)`", where)
        assert places or name == "S14"
        for place in places:
            folder = SCENARIOS / place
            assert (SCENARIOS.parent / place).is_file() or (folder / "scenario.toml").is_file(), f"{name}: {place}"
