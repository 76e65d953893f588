"""Medians, shares and their intervals; a regression is one beyond them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.score.against import read_baseline, regressions
from engine.score.classes import ScoreError
from engine.score.curve import TurnEnds, turn_ends
from engine.score.figures import share, spread
from engine.score.floor import FloorScore
from engine.score.report import write
from engine.score.scoring import Scored
from engine.score.summary import summarise
from engine.score.turns import GhostScore, TurnScore


@given(st.lists(st.floats(-2000, 5000), min_size=1, max_size=60))
def test_a_spread_lies_within_its_values(values: list[float]) -> None:
    found = spread(values)
    assert found is not None
    assert found.n == len(values)
    assert min(values) - 0.06 <= found.low <= found.p50 + 0.11
    assert found.p50 - 0.11 <= found.high <= max(values) + 0.06
    assert found.p50 <= found.p95 + 0.11 <= found.max + 0.22
    assert found.negative == sum(value < 0 for value in values)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_a_share_lies_in_its_interval(flags: list[bool]) -> None:
    found = share(flags)
    assert found is not None
    assert found.count == sum(flags)
    assert 0 <= found.low <= found.share <= found.high <= 1
    if all(flags) or not any(flags):
        assert found.high - found.low == pytest.approx(min(1, 3 / len(flags)), abs=1e-4)  # never certain


def test_nothing_has_no_figures() -> None:
    assert spread([]) is None
    assert share([]) is None


def floor(kind: str, group: str, score: FloorScore) -> Scored:
    return Scored(kind, kind, group, "", "", "made", None, None, score)


def good(shift_ms: float = 0.0, count: int = 30, right: int = 30) -> list[Scored]:
    """As many trials of each of the four groups, so many of them right, and their reactions so much later."""
    rows: list[Scored] = []
    for number in range(count):
        reacted = 50.0 + number + shift_ms
        hit = FloorScore(
            reacted_ms=reacted, silenced_ms=reacted + 100, kept=False, right=True, right_tau=True, history=0
        )
        rows.append(floor("stop", "R_Y", hit))
        for kind, group in (("backchannel", "S_BC"), ("cough", "S_VT"), ("tv", "S_ND")):
            fine = number < right
            rows.append(floor(kind, group, FloorScore(kept=fine, right=fine, right_tau=fine, spoken_s=6.0)))
    return rows


def result(rows: list[Scored]) -> dict[str, Any]:
    hears = {"kind": "labels", "wer_pct": 0, "oracle": True}
    return {"format": 1, "label": "a", "corpus": "x", "recogniser": hears, "trials": [], **summarise(rows)}


def test_joint_selectivity_is_the_worst_of_four() -> None:
    found = result(good(right=24))
    assert found["joint"] == {"kept": 0.8, "tau": 0.8}
    assert found["groups"]["R_Y"]["kept"]["share"] == 1.0
    without = [row for row in good() if row.group != "S_ND"]
    assert summarise(without)["joint"]["kept"] is None


def test_shares_are_told_by_condition() -> None:
    quiet = Scored("a", "tv", "S_ND", "", "", "recorded", None, None, FloorScore(right=True))
    noisy = Scored("a", "tv", "S_ND", "", "", "recorded", 5, None, FloorScore(right=False))
    found = summarise([quiet, noisy])["conditions"]
    assert {name: row["share"] for name, row in found.items()} == {
        "hold origin=recorded": 0.5,
        "hold snr_db=none": 1.0,
        "hold snr_db=5": 0.0,
        "hold echo_db=none": 0.5,
    }


def test_void_trials_are_counted_and_not_quick() -> None:
    rows = [*good(), floor("stop", "R_Y", FloorScore(void="not speaking"))]
    found = result(rows)
    assert found["voids"] == {"not speaking": 1}
    assert found["classes"]["stop"]["void"] == 1
    assert found["measures"]["M1_first_reaction_ms"]["n"] == 30


def test_negative_latencies_are_kept_and_counted() -> None:
    found = result(good(shift_ms=-60))["measures"]["M1_first_reaction_ms"]
    assert found["negative"] == 10
    assert found["p50"] == pytest.approx(4.5)


def test_turns_and_ghosts_have_their_rates() -> None:
    rows = [
        Scored("t", "complete", "turn", "", "", "made", None, None, TurnScore(900.0, False, True, 200.0, 1)),
        Scored("t", "pause_long", "turn", "", "", "made", None, None, TurnScore(-500.0, True, True, -700.0, 2)),
        Scored("t", "complete", "turn", "", "", "made", None, None, TurnScore(None, False, False)),
        Scored("g", "room_noise", "ghost", "", "", "made", None, None, GhostScore(1, 1800.0)),
    ]
    found = summarise(rows)["measures"]
    assert found["M4_answer_ms"]["negative"] == 1
    assert found["M5_cut_audible"]["count"] == found["M5_unanswered"]["count"] == 1
    assert found["M5_cut_by_log"]["count"] == found["M6_pause_taken_over"]["count"] == 1
    assert found["M5_taken_ms_by_log"]["p50"] == 200.0
    assert found["M5_answers_prepared_by_log"] == 1.0
    assert found["M15_ghost_turns"]["per_hour"] == 2.0


def test_the_same_result_is_no_regression() -> None:
    assert regressions(result(good()), result(good())) == []


def test_better_is_no_regression() -> None:
    assert regressions(result(good()), result(good(shift_ms=100, right=15))) == []


def test_worse_beyond_the_interval_is_one_and_is_named() -> None:
    worse = [str(each) for each in regressions(result(good(shift_ms=100, right=15)), result(good()))]
    assert any(line.startswith("S_BC kept: 1 was, 0.5 is now") for line in worse)
    assert any(line.startswith("M1_first_reaction_ms p50: 64.5 was, 164.5 is now") for line in worse)


def test_worse_by_chance_is_none() -> None:
    assert regressions(result(good(shift_ms=2, right=29)), result(good(right=30))) == []


def test_a_lost_sample_is_always_one() -> None:
    lost = floor("cough", "S_VT", FloorScore(right=True, right_tau=True, pauses=1, lost=3))
    worse = regressions(result([*good(), lost]), result(good()))
    assert [each.figure for each in worse] == ["M9_lost_samples"]


def test_other_trials_cannot_be_compared() -> None:
    with pytest.raises(ScoreError, match="another corpus"):
        regressions(result(good()), {**result(good()), "corpus": "y"})


def test_a_baseline_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    write([result(good())], path, trials=False)
    assert regressions(result(good()), read_baseline(path)) == []
    assert "trials" not in json.loads(path.read_text(encoding="utf-8"))["results"][0]


@pytest.mark.parametrize("text", ["", "{}", '{"results": []}', '{"results": [3]}', '{"results": [{"format": 0}]}'])
def test_what_is_no_baseline_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScoreError, match=r"b\.json: is "):
        read_baseline(path)


def test_a_curve_is_read_between_its_points_and_not_beyond() -> None:
    def at(wait_ms: float, cut: float) -> dict[str, Any]:
        return {"measures": {"M5_cut_audible": {"share": cut}, "M5_answer_ms": {"p50": wait_ms}}}

    curve = [at(400, 0.1), at(200, 0.2), at(800, 0.0)]
    assert turn_ends(curve, by_log=False) == TurnEnds(cut_at_wait=0.15, wait_at_cut_ms=600.0)
    assert turn_ends(curve[:1], by_log=False) == TurnEnds(None, None)
    assert turn_ends([at(400, 0.2), at(500, 0.1)], by_log=False) == TurnEnds(None, None)
    assert turn_ends(curve, by_log=True) == TurnEnds(None, None)
