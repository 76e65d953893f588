"""The scenario file, what is held against a replay, and a whole replay."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.config import Config
from engine.replay.expectation import check_golden, failures, golden_diff
from engine.replay.runner import Replay, replay
from engine.replay.scenario import (
    Expectation,
    Scenario,
    ScenarioFile,
    find,
    load,
)
from models.ports import MIC_HZ
from states.errors import ReplayMismatch, ScenarioError
from states.events import (
    Event,
    SpeechPaused,
    SpeechStarted,
)
from states.history import Message
from states.state import State
from states.step import Step
from tests.engine.small_scenario import TOML, write_scenario


def step(event: Event, now_us: int = 0, **changes: Any) -> Step:
    plain = Step(1, now_us, event, State.IDLE, State.IDLE, "stayed", "", 0, 0, 0, 0)
    return replace(plain, **changes)


def entered(state: State, now_us: int) -> Step:
    return step(SpeechStarted(1), now_us, dest=state, outcome="moved")


def load_text(tmp_path: Path, text: str, settings: dict[str, Any] | None = None) -> Scenario:
    (tmp_path / "scenario.toml").write_text(text, encoding="utf-8")
    return load(tmp_path, settings)


@pytest.mark.parametrize(
    ("text", "place", "accepted"),
    [
        ("title = ", "not valid TOML", ""),
        ("", "title", "required"),
        ("title = 5", "title", "string"),
        ("titel = 'x'", "unknown key 'titel'", "did you mean 'title'?"),
        ("title = 'x'\n[echo]\nlevel = 1", "echo: unknown key 'level'", "did you mean 'level_db'?"),
        ("title = 'x'\n[models]\nvat = 'x'", "models: unknown key 'vat'", "did you mean 'vad'?"),
        ("title = 'x'\n[[user]]\nclipp = 'x'", "user 1: unknown key 'clipp'", "did you mean 'clip'?"),
        (
            "title = 'x'\n[[user]]\nat_ms = 1\n[[user]]\nxyz = 1",
            "user 2: unknown key 'xyz'",
            "known are after, at_ms",
        ),
        ("title = 'x'\n[[user]]\nafter = {word = 1, repy = 1}", "user 1: after: unknown key 'repy'", "'reply'?"),
        ("title = 'x'\n[[user]]\nclip = 'x'", "user 1", "either at_ms or after"),
        ("title = 'x'\n[[user]]\nat_ms = 1\nafter = {reply = 1}", "user 1", "either at_ms or after"),
        ("title = 'x'\n[[user]]\nat_ms = 'soon'", "user.0.at_ms", "valid integer"),
        ("title = 'x'\n[[user]]\nafter = {}", "user 1", "exactly one of reply, state and user"),
        ("title = 'x'\n[[user]]\nafter = {reply = 1, state = 'idle'}", "user 1", "exactly one of"),
        ("title = 'x'\n[[user]]\nafter = {state = 'idle', word = 2}", "user 1", "need a reply"),
        ("title = 'x'\n[[key]]\npress = 'any'\nat_ms = 1", "key.0.press", "'stop', 'quit', 'mute' or 'unmute'"),
        ("title = 'x'\n[[key]]\npress = 'stop'", "key 1", "either at_ms or after"),
        ("title = 'x'\n[[assistant]]\non = 'x'", "assistant.0.text", "required"),
        ("title = 'x'\n[settings.dialogue]\nstal_ms = 1", "settings: dialogue: unknown key", "'stall_ms'?"),
        ("title = 'x'\n[settings.dialogue]\nstall_ms = 0", "settings: dialogue", "above 0"),
        ("title = 'x'\n[expect]\nbarge_in = 1", "expect: unknown key 'barge_in'", "'barge_ins'?"),
        ("title = 'x'\n[expect]\nhistory = [['user']]", "expect.history", ""),
    ],
)
def test_errors_name_file_key_and_what_is_accepted(tmp_path: Path, text: str, place: str, accepted: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "scenario.toml"))
    assert place in message
    assert accepted in message
    assert "\n" not in message


def test_a_scenario_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "absent")
    with pytest.raises(ScenarioError, match=r"no scenario here; a scenario is a folder with a scenario\.toml"):
        find([tmp_path])


def test_finding_scenarios(tmp_path: Path) -> None:
    b, a = write_scenario(tmp_path / "some" / "b"), write_scenario(tmp_path / "some" / "a")
    (tmp_path / "some" / "clips").mkdir()
    assert find([tmp_path / "some"]) == [a, b]
    assert find([b]) == [b]
    assert find([b, tmp_path / "some"]) == [b, a, b]


def test_settings_given_override_those_of_the_file(tmp_path: Path) -> None:
    text = "title = 'x'\n[settings.dialogue]\nstall_ms = 1\nreply_ms = 2"
    scenario = load_text(tmp_path, text, {"dialogue": {"stall_ms": 7}})
    assert (scenario.config.dialogue.stall_ms, scenario.config.dialogue.reply_ms) == (7, 2)
    assert scenario.name == tmp_path.name
    with pytest.raises(ScenarioError, match="unknown key 'nonsense'"):
        load_text(tmp_path, text, {"nonsense": 1})


# What came of it.


def result(**changes: Any) -> Replay:
    moved = [State.LISTENING, State.TRANSCRIBING, State.THINKING, State.SPEAKING, State.INTERRUPTED, State.IDLE]
    steps = [entered(state, 0) for state in moved]
    steps.insert(4, step(SpeechPaused(2, 90), verdict="dismiss", reason="backchannel"))
    history = (Message("user", "count to ten"), Message("assistant", "One, two, three,"))
    return replace(Replay("a\nb\nc\n", tuple(steps), history, (), 1.0), **changes)


def scenario(folder: Path = Path("x"), **expected: Any) -> Scenario:
    return Scenario(folder, ScenarioFile("t", expect=Expectation(**expected)), Config())


PATH = ("listening", "transcribing", "thinking", "speaking", "interrupted", "idle")
HISTORY = (("user", "count to ten"), ("assistant", "One, two, three,"))


def test_expectations_met() -> None:
    assert failures(scenario(), result()) == []
    met = scenario(path=PATH, barge_ins=1, dismissed=("backchannel",), reasons=("backchannel", ""), history=HISTORY)
    assert failures(met, result()) == []


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (
            {"path": PATH[:-1]},
            "path: expected listening transcribing thinking speaking interrupted, "
            "got listening transcribing thinking speaking interrupted idle",
        ),
        ({"path": ()}, "path: expected , got listening transcribing thinking speaking interrupted idle"),
        ({"barge_ins": 2}, "barge_ins: expected 2, got 1"),
        ({"barge_ins": 0}, "barge_ins: expected 0, got 1"),
        ({"dismissed": ()}, "dismissed: expected [], got ['backchannel']"),
        ({"dismissed": ("no_words",)}, "dismissed: expected ['no_words'], got ['backchannel']"),
        ({"reasons": ("backchannel", "stop_key")}, "reasons: 'stop_key' did not occur"),
        ({"history": HISTORY[:1]}, "history: expected 1 messages, got [('user', 'count to ten'), "
                                   "('assistant', 'One, two, three,')]"),
        ({"history": (HISTORY[0], ("assistant", "One, two,"))},
         "history 2: expected assistant 'One, two,', got assistant 'One, two, three,'"),
        ({"history": (("assistant", "count to ten"), HISTORY[1])},
         "history 1: expected assistant 'count to ten', got user 'count to ten'"),
    ],
)  # fmt: skip
def test_expectations_failed(expected: dict[str, Any], message: str) -> None:
    assert failures(scenario(**expected), result()) == [message]


def test_what_was_never_said_is_a_failure() -> None:
    assert failures(scenario(), result(unsaid=("user 2",))) == ["user 2 was never said: its moment never came"]


@pytest.mark.parametrize(
    ("words", "tolerance", "met"),
    [
        ("One, two, three,", 0, True),
        ("One, two,", 1, True),
        ("One, two, three, four,", 1, True),
        ("One,", 1, False),
        ("One,", 2, True),
        ("Two, three,", 1, False),
    ],
)
def test_an_assistants_message_may_differ_by_some_words(words: str, tolerance: int, met: bool) -> None:
    expected = scenario(history=(HISTORY[0], ("assistant", words)), tolerance_words=tolerance)
    assert (failures(expected, result()) == []) == met


def test_a_users_message_may_not() -> None:
    assert failures(scenario(history=(("user", "count to"), HISTORY[1]), tolerance_words=5), result())


def test_the_golden_log(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    with pytest.raises(ScenarioError, match="no golden log yet; write it with: is2s replay --update ") as missing:
        check_golden(one, result())
    assert not isinstance(missing.value, ReplayMismatch)
    one.golden_path.write_text("a\nb\nc\n", encoding="utf-8")
    check_golden(one, result())
    with pytest.raises(ReplayMismatch) as differs:
        check_golden(one, result(journal="a\nB\nC\n"))
    assert str(differs.value) == f"{one.golden_path}: line 2 differs\n  expected: b\n  got:      B"
    for journal, count in (("a\nb\n", 2), ("a\nb\nc\nd\n", 4)):
        with pytest.raises(ReplayMismatch) as shorter:
            check_golden(one, result(journal=journal))
        assert str(shorter.value) == f"{one.golden_path}: expected 3 lines, got {count}"
    assert golden_diff(one, result(journal="a\nB\nc\n")).splitlines()[-4:] == [" a", "-b", "+B", " c"]


# All together.


def test_a_replay_is_the_same_every_time(tmp_path: Path) -> None:
    folder = write_scenario(tmp_path / "small")
    one, two = replay(load(folder)), replay(load(folder))
    assert failures(load(folder), one) == []
    assert one.journal == two.journal
    assert one == two
    slow = replay(load(folder), latency_factor=4.0)
    assert failures(load(folder), slow) == []
    assert slow.journal != one.journal
    assert slow.seconds > one.seconds


def test_a_replay_leaves_its_files_where_it_is_told(tmp_path: Path) -> None:
    folder, kept = write_scenario(tmp_path / "small"), tmp_path / "kept"
    kept.mkdir()
    found = replay(load(folder), kept)
    assert (kept / "transitions.jsonl").read_text(encoding="utf-8") == found.journal
    assert {path.name for path in kept.iterdir()} == {
        "config.toml", "conversation.wav", "metrics.jsonl", "transitions.jsonl", "vad.u8",
    }  # fmt: skip
    assert (kept / "conversation.wav").stat().st_size > 2 * 2 * MIC_HZ


def test_a_moment_that_never_comes(tmp_path: Path) -> None:
    text = TOML.replace("at_ms = 200", "after = { reply = 7 }").partition("[expect]")[0]
    found = replay(load(write_scenario(tmp_path / "small", text)))
    assert found.unsaid == ("user 1",)
    assert found.history == ()
