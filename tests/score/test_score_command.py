"""``is2s score``: what is shown, written, compared and refused."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli import cli
from states.errors import IS2SError

SMALL = ("score", "--trials", "2", "--class", "stop", "--jobs", "1")


@dataclass(frozen=True)
class Answer:
    """What a call came to."""

    status: object
    out: str


Call = Callable[..., Answer]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def made(*arguments: str) -> Answer:
        status = cli.main(list(arguments), standalone_mode=False)
        return Answer(status, capsys.readouterr().out)

    return made


def refused(*arguments: str) -> str:
    with pytest.raises(IS2SError) as caught:
        cli.main(["score", *arguments], standalone_mode=False)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_results_are_shown_and_written_and_are_no_regression_of_themselves(call: Call, tmp_path: Path) -> None:
    written = tmp_path / "r.json"
    shown = call(*SMALL, "--json", str(written))
    assert shown.status == 0
    assert "mode V, split dev, 2 trials (2 made, 0 recorded)" in " ".join(shown.out.split())
    assert "oracle" in shown.out
    (result,) = json.loads(written.read_text(encoding="utf-8"))["results"]
    assert result["mode"] == "V"
    assert result["recogniser"] == {"kind": "labels", "oracle": True, "wer_pct": 0}
    assert result["origins"] == {"made": 2}
    assert len(result["trials"]) == 2
    same = call(*SMALL, "--against", str(written))
    assert same.status == 0
    assert "0 figures are worse" in same.out


def test_a_regression_exits_with_one(call: Call, tmp_path: Path) -> None:
    written = tmp_path / "r.json"
    call(*SMALL, "--json", str(written))
    table = json.loads(written.read_text(encoding="utf-8"))
    table["results"][0]["measures"]["M1_silence_ms"]["p50"] = 1.0
    written.write_text(json.dumps(table), encoding="utf-8")
    worse = call(*SMALL, "--against", str(written))
    assert worse.status == 1
    assert "worse: M1_silence_ms p50: 1 was" in worse.out


def test_two_configurations_stand_side_by_side_and_are_drawn(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plot is an optional extra")
    plot = tmp_path / "p.svg"
    trials = ("score", "--trials", "1", "--class", "stop", "--class", "complete", "--jobs", "1")
    shown = call(*trials, "--versus", "dialogue.min_voiced_ms=96", "--plot", str(plot), "--json", str(tmp_path / "r"))
    assert shown.status == 0
    results = json.loads((tmp_path / "r").read_text(encoding="utf-8"))["results"]
    assert [each["label"] for each in results] == ["default", "dialogue.min_voiced_ms=96"]
    assert "false cut-offs" in plot.read_text(encoding="utf-8").lower() or plot.stat().st_size > 5000


def test_an_exported_corpus_is_scored_once_there_is_an_output(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "trials"
    exported = call("score", "corpus", str(folder), "--trials", "1", "--class", "stop")
    assert exported.out.startswith("1 trials in ")
    (trial,) = folder.iterdir()
    (trial / "output.wav").write_bytes((trial / "input.wav").read_bytes())
    scored = call("score", "wav", str(trial), "--label", "parrot")
    assert scored.status == 0
    assert "parrot: mode C, split -, 1 trials" in " ".join(scored.out.split())


def test_what_is_wrong_is_told_in_a_line(tmp_path: Path) -> None:
    assert "unknown class 'nope'" in refused("--class", "nope")
    assert "no such folder" in refused("--recordings", str(tmp_path / "none"))
    assert "needs --recordings" in refused("--manifest", "x.toml")
    assert "unknown recogniser 'vosk'" in refused("--stt", "vosk")
    assert "No such file" in refused("--against", str(tmp_path / "none.json"))
    assert "a plot is one of" in refused("--plot", "curves.gif")
    assert "1 or more" in refused("--trials", "0")
    assert "section.key=value,value" in refused("--sweep", "endpointing.silence_ms")
    assert "unknown key 'nope'" in refused("--set", "dialogue.nope=1")
    assert "there are no labels" in refused("wav", str(tmp_path))
