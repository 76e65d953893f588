"""What other settings would have done: several values, labels, and how far a cassette carries."""

import json
from pathlib import Path

import pytest
import tomli_w

from engine.cli.sweep import variants
from engine.whatif.change import change, headline
from engine.whatif.labels import read_labels
from engine.whatif.running import Task, outcomes, run
from models.ports import MIC_HZ
from states.errors import ConfigError, ScenarioError
from tests.cassette.recorded_session import SAYS
from tests.engine.command import Call, refused
from tests.engine.live_session import WORD_MS

DEAF = "dialogue.min_voiced_ms"
"""So much speech is needed for an interruption; none of these lasts a second."""


def values(*assignments: str, sweeps: tuple[str, ...] = ()) -> list[dict[str, object]]:
    return [dict(variant.values) for variant in variants(assignments, sweeps)]


def test_numbers_with_commas_are_several_values() -> None:
    assert values("a.b=1,2", "a.c=true,false") == [
        {"a.b": 1, "a.c": True},
        {"a.b": 1, "a.c": False},
        {"a.b": 2, "a.c": True},
        {"a.b": 2, "a.c": False},
    ]
    tables = [variant.table for variant in variants(["a.b=1,2", "x.y=word"])]
    assert tables == [{"a": {"b": 1}, "x": {"y": "word"}}, {"a": {"b": 2}, "x": {"y": "word"}}]


@pytest.mark.parametrize(
    ("text", "value"), [('a.b=["x","y"]', ["x", "y"]), ("a.b=x,y", "x,y"), ('a.b="x,y"', "x,y"), ("a.b=1", 1)]
)
def test_a_list_and_a_word_are_one_value(text: str, value: object) -> None:
    (variant,) = variants([text])
    assert variant.table == {"a": {"b": value}}
    assert variant.values == ()


def test_a_sweep_takes_lists_and_words_apart() -> None:
    assert values(sweeps=('a.b=["x"],["x","y"]',)) == [{"a.b": ["x"]}, {"a.b": ["x", "y"]}]
    assert values(sweeps=("a.b=x, y",)) == [{"a.b": "x"}, {"a.b": "y"}]
    assert values(sweeps=("a.b=1",)) == [{"a.b": 1}]


def test_the_last_value_counts_and_too_many_are_refused() -> None:
    assert [variant.table for variant in variants(["a.b=1,2", "a.b=3"])] == [{"a": {"b": 3}}]
    many = ",".join(str(n) for n in range(50))
    with pytest.raises(ConfigError, match="2500 combinations"):
        variants([f"a.b={many}", f"a.c={many}"])


@pytest.fixture
def labelled(tmp_path: Path, recorded: Path) -> Path:
    """The recorded session with a label for each thing said."""
    import shutil

    folder = Path(shutil.copytree(recorded, tmp_path / "talk"))
    kinds = ("turn", "backchannel", "interruption", "turn")
    events = [
        {
            "class": kind,
            "onset_sample": at_ms * MIC_HZ // 1000,
            "end_sample": (at_ms + len(words.split()) * WORD_MS) * MIC_HZ // 1000,
        }
        for kind, (at_ms, words) in zip(kinds, SAYS, strict=True)
    ]
    (folder / "labels.toml").write_text(tomli_w.dumps({"event": events}), encoding="utf-8")
    return folder


def test_a_real_barge_in_vanishes(labelled: Path) -> None:
    before, after = run(labelled, {}).outcome, run(labelled, {"dialogue": {"min_voiced_ms": 1000}}).outcome
    found = change("talk", before, after, read_labels(labelled))
    (gone,) = found.vanished
    assert (gone.label, gone.real, found.appeared) == ("interruption", True, ())
    assert gone.now == "no verdict on it", "the reply came to its end first, and this was a turn like any other"
    assert headline([found]).startswith("1 of 1 barge-ins vanishes, which was real")
    assert (found.before.missed, found.after.missed, found.before.interruptions) == (0, 1, 1)


def test_a_false_barge_in_appears(labelled: Path) -> None:
    before, after = run(labelled, {}).outcome, run(labelled, {"dialogue": {"backchannels": []}}).outcome
    found = change("talk", before, after, read_labels(labelled))
    (new,) = found.appeared
    assert (new.label, new.real, new.words) == ("backchannel", False, "yeah")
    assert new.now == "dismissed: backchannel"
    assert (found.before.false, found.after.false) == (0, 1)
    assert "1 appears, which was not real" in headline([found])


def test_without_labels_the_recorded_verdict_is_told(recorded: Path) -> None:
    before, after = run(recorded, {}).outcome, run(recorded, {"dialogue": {"min_voiced_ms": 1000}}).outcome
    found = change("talk", before, after, ())
    assert found.vanished[0].real is None
    assert "no labels tell" in headline([found])


def test_nothing_changes_nothing(labelled: Path) -> None:
    outcome = run(labelled, {}).outcome
    found = change("talk", outcome, outcome, read_labels(labelled))
    assert (found.vanished, found.appeared, found.until_us) == ((), (), None)
    assert found.before == found.after
    assert headline([found]) == "the same 1 barge-in"


def test_beyond_the_cassette_nothing_is_compared(labelled: Path) -> None:
    """With the backchannel taken for words, the model is asked what nobody recorded."""
    before, after = run(labelled, {}).outcome, run(labelled, {"dialogue": {"backchannels": []}}).outcome
    assert before.limit_us is None
    found = change("talk", before, after, read_labels(labelled))
    assert after.limit_us is not None
    assert found.until_us == after.limit_us
    assert "the cassette has no answer to" in found.why
    assert all(each.at_us < found.until_us for each in (*found.vanished, *found.appeared))


def test_side_by_side_is_the_same(labelled: Path) -> None:
    tasks = [Task(labelled, {}), Task(labelled, {"dialogue": {"min_voiced_ms": 1000}})]
    assert outcomes(tasks, 2) == outcomes(tasks, 1)


def test_a_table(is2s: Call, labelled: Path) -> None:
    answer = is2s("replay", labelled, "--set", f"{DEAF}=64,1000", "--jobs", 1)
    assert (answer.status, answer.err) == (0, "")
    head, was, same, deaf, *rest = answer.out.splitlines()
    assert head.split()[:3] == ["barge-ins", "missed", "false"]
    assert was.split()[2:6] == ["was", "1", "0", "0"]
    assert same.split()[:4] == ["min_voiced_ms=64", "1", "0", "0"]
    assert deaf.split()[:4] == ["min_voiced_ms=1000", "0", "1", "0"]
    assert "virtual clock" in rest[0]
    assert any(line.startswith("min_voiced_ms=1000: 1 of 1 barge-ins vanishes, which was real") for line in rest)
    assert any("interruption 'what" in line for line in rest)


def test_as_json(is2s: Call, labelled: Path) -> None:
    answer = is2s("replay", labelled, "--set", f"{DEAF}=64,1000", "--json", "--jobs", 1)
    same, deaf = (json.loads(line) for line in answer.out.splitlines())
    assert same["before"] == same["after"]
    assert deaf["clock"] == "virtual"
    assert deaf["settings"] == {"dialogue": {"min_voiced_ms": 1000}}
    assert deaf["sessions"][0]["vanished"][0]["label"] == "interruption"


def test_one_value_is_told_beside_the_transitions(is2s: Call, labelled: Path) -> None:
    answer = is2s("replay", labelled, "--set", f"{DEAF}=1000")
    assert "1 of 1 barge-ins vanishes, which was real" in answer.out
    assert "- barge-in" in answer.out
    report = json.loads(is2s("replay", labelled, "--set", f"{DEAF}=1000", "--json").out)
    assert report["what_if"]["after"]["missed"] == 1


def test_a_scenario_is_tried_too(is2s: Call) -> None:
    scenario = Path(__file__).resolve().parents[2] / "scenarios" / "backchannel_then_interruption"
    answer = is2s(
        "replay", scenario, "--set", f"{DEAF}=160,5000", "--set", "dialogue.voice_alone_ms=9000", "--jobs", 1
    )
    assert answer.status == 0
    assert "min_voiced_ms=5000: 1 of 1 barge-ins vanishes" in answer.out


def test_labels_of_a_scenario_name_its_entries(tmp_path: Path) -> None:
    import shutil

    source = Path(__file__).resolve().parents[2] / "scenarios" / "backchannel_then_interruption"
    folder = Path(shutil.copytree(source, tmp_path / source.name))
    events = [{"class": "turn", "user": 1}, {"class": "backchannel", "user": 2}, {"class": "stop", "user": 3}]
    (folder / "labels.toml").write_text(tomli_w.dumps({"event": events}), encoding="utf-8")
    shutil.copytree(source.parent / "clips", tmp_path / "clips")
    before = run(folder, {}).outcome
    after = run(folder, {"dialogue": {"min_voiced_ms": 5000, "voice_alone_ms": 9000}}).outcome
    found = change("it", before, after, read_labels(folder))
    assert [(each.label, each.real) for each in found.vanished] == [("stop", True)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no [[event]]"),
        ('[[event]]\nclass = "sneeze"', "class 'sneeze' is none of"),
        ('[[event]]\nclass = "turn"\nonset_sample = 5\nend_sample = 5', "onset_sample and a later end_sample"),
        ('[[event]]\nclass = "turn"\nuser = 0', "user counts entries from 1"),
        ('[[event]]\nclass = "turn"\nonset_ms = 0', "unknown key 'onset_ms'"),
    ],
)
def test_wrong_labels_are_one_clear_line(is2s: Call, labelled: Path, text: str, why: str) -> None:
    (labelled / "labels.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_labels(labelled)
    assert why in str(error.value)
    refused(is2s("replay", labelled, "--set", f"{DEAF}=64,1000", "--jobs", 1), why)


def test_wrong_values_are_one_clear_line(is2s: Call, labelled: Path) -> None:
    refused(is2s("replay", labelled, "--set", "dialogue.min_voiced=1,2", "--jobs", 1), "unknown key 'min_voiced'")
