"""The settings that would have done best: goals, the trade-off, and what is never done silently."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.sweep import variants
from engine.cli.tune import USUAL
from engine.config import build, parse_toml
from engine.whatif.goals import Goal, costs, goal, rank, shortfall
from engine.whatif.judged import Seen, figures
from engine.whatif.search import search
from models.ports import MIC_HZ
from states.errors import ConfigError
from tests.cassette.recorded_session import SAYS
from tests.engine.command import Call, refused
from tests.engine.live_session import WORD_MS

KINDS = ("turn", "backchannel", "interruption", "turn")


def seen(missed: int = 0, false: int = 0, cut_ms: int = 100, interruptions: int = 5) -> Seen:
    return Seen(
        labelled=True,
        barge_ins=interruptions - missed + false,
        dismissed=missed,
        interruptions=interruptions,
        missed=missed,
        false=false,
        unlabelled=0,
        cut_off=0,
        ghosts=0,
        reaction_ms=(),
        cut_ms=(cut_ms,),
        reply_ms=(),
    )


SEEN = st.builds(seen, st.integers(0, 5), st.integers(0, 5), st.integers(50, 60))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min cut_ms", Goal("cut_ms", "min")),
        (" max barge_ins ", Goal("barge_ins", "max")),
        ("false_barge_ins=0", Goal("false_barge_ins", "=", 0)),
        ("missed <= 2", Goal("missed", "<=", 2)),
    ],
)
def test_goals(text: str, expected: Goal) -> None:
    assert goal(text) == expected
    assert goal(str(expected)) == expected


@pytest.mark.parametrize("text", ["", "missed", "min", "min speed", "missed<=few", "missed=<2"])
def test_what_is_no_goal(text: str) -> None:
    with pytest.raises(ConfigError, match="--goal"):
        goal(text)


def test_bounds_come_before_aims_and_aims_in_order() -> None:
    goals = [goal("min cut_ms"), goal("false_barge_ins=0")]
    assert rank(figures([seen(cut_ms=900)]), goals) < rank(figures([seen(false=1, cut_ms=1)]), goals)
    assert shortfall(figures([seen(missed=3)]), [goal("missed<=1")]) == 2
    assert shortfall(figures([seen(missed=1)]), [goal("missed<=1")]) == 0
    nothing = figures([])
    assert shortfall(nothing, [goal("cut_ms<=500")]) > 0, "no case proves nothing"


@given(rows=st.lists(st.lists(SEEN, min_size=4, max_size=4), min_size=1, max_size=8))
def test_nothing_on_the_curve_is_beaten(rows: list[list[Seen]]) -> None:
    goals = [goal("false_barge_ins=0"), goal("min missed"), goal("min cut_ms")]
    found = search(rows, goals)
    points = [costs(each, goals) for each in found.figures]
    for place in found.curve:
        assert not any(
            other != points[place] and all(x <= y for x, y in zip(other, points[place], strict=True))
            for other in points
        )
    assert points[found.best] in [points[place] for place in found.curve]
    assert all(rank(found.figures[found.best], goals) <= rank(each, goals) for each in found.figures)
    assert found.met == (found.figures[found.best].false_barge_ins == 0)
    assert found.left_out is not None


def test_nothing_is_changed_for_nothing() -> None:
    assert search([[seen()], [seen()]], [goal("min missed")]).best == 0


def test_each_is_judged_by_what_the_others_recommend() -> None:
    """The first setting is right for one recording alone, so that one is not to choose for itself."""
    first = [seen(missed=0), seen(missed=2), seen(missed=2)]
    other = [seen(missed=5), seen(missed=1), seen(missed=1)]
    found = search([first, other], [goal("min missed")])
    assert found.best == 0
    assert found.left_out is not None
    assert found.left_out.missed == 5 + 2 + 2
    assert search([first[:2], other[:2]], [goal("min missed")]).left_out is None, "two are too few"


def test_the_usual_values_are_settings() -> None:
    tried = variants([], USUAL)
    assert len(tried) == 36
    for variant in tried:
        build(variant.table)
    usual = build({}).dialogue
    assert any(all(getattr(usual, k.partition(".")[2]) == v for k, v in variant.values) for variant in tried)


@pytest.fixture
def folders(tmp_path: Path, recorded: Path) -> list[Path]:
    """Three labelled recordings."""
    events: list[dict[str, Any]] = [
        {
            "class": kind,
            "onset_sample": at_ms * MIC_HZ // 1000,
            "end_sample": (at_ms + len(words.split()) * WORD_MS) * MIC_HZ // 1000,
        }
        for kind, (at_ms, words) in zip(KINDS, SAYS, strict=True)
    ]
    made = []
    for name in ("one", "two", "three"):
        folder = Path(shutil.copytree(recorded, tmp_path / name))
        (folder / "labels.toml").write_text(tomli_w.dumps({"event": events}), encoding="utf-8")
        made.append(folder)
    return made


VARY = ("--vary", "dialogue.min_voiced_ms=64,1000", "--set", "dialogue.voice_alone_ms=5000", "--jobs", 1)


def test_it_leaves_alone_what_is_best(is2s: Call, folders: list[Path]) -> None:
    answer = is2s("tune", *folders, *VARY, "--goal", "missed=0", "--goal", "min cut_ms")
    assert (answer.status, answer.err) == (0, "")
    assert "recommended: leave it as it is" in answer.out
    assert "virtual clock" in answer.out
    assert "left out" in answer.out


def test_it_recommends_and_writes_only_when_told(is2s: Call, folders: list[Path], tmp_path: Path) -> None:
    goals = ("--goal", "barge_ins=0")
    answer = is2s("tune", *folders, *VARY, *goals)
    assert answer.status == 0
    assert "recommended: min_voiced_ms=1000" in answer.out
    assert "min_voiced_ms = 1000" in answer.out
    file = tmp_path / "tuned.toml"
    assert not list(tmp_path.glob("*.toml"))
    assert is2s("tune", *folders, *VARY, *goals, "--write", file).status == 0
    wanted = {"dialogue": {"min_voiced_ms": 1000, "voice_alone_ms": 5000}}
    assert parse_toml(file.read_text(encoding="utf-8")) == wanted
    refused(is2s("tune", *folders, *VARY, *goals, "--write", file), "is there already")


def test_bounds_that_none_meets(is2s: Call, folders: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "tuned.toml"
    answer = is2s("tune", *folders, *VARY, "--goal", "barge_ins>=100", "--write", file)
    assert answer.status == 1
    assert "no setting of these meets the bounds" in answer.out
    assert not file.exists()


def test_as_json(is2s: Call, folders: list[Path]) -> None:
    answer = is2s("tune", *folders, *VARY, "--goal", "min missed", "--goal", "min barge_ins", "--json")
    found = json.loads(answer.out)
    assert found["clock"] == "virtual"
    assert found["as_it_is"]["missed"] == 0
    assert found["as_it_is"]["interruptions"] == 3
    assert [point["missed"] for point in found["curve"]] == [0, 3]
    assert [point["barge_ins"] for point in found["curve"]] == [3, 0]


def test_without_labels_it_says_so(is2s: Call, folders: list[Path]) -> None:
    (folders[1] / "labels.toml").unlink()
    refused(is2s("tune", *folders, *VARY, "--goal", "min missed"), "two/labels.toml", "needs them")
    assert is2s("tune", *folders, *VARY, "--goal", "min cut_ms").status == 0


def test_wrong_goals_and_values_are_one_clear_line(is2s: Call, folders: list[Path], tmp_path: Path) -> None:
    refused(is2s("tune", *folders, "--goal", "min speed"), "'speed' is none of")
    goals = ("--goal", "min cut_ms", "--jobs", 1)
    refused(is2s("tune", *folders, "--vary", "dialogue.nonsense=1,2", *goals), "unknown key")
    refused(is2s("tune", tmp_path / "absent", *goals), "no scenario here")
