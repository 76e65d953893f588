"""Hours of talk through a real sound system; a minute's worth of them in the ordinary tests.

``IS2S_SOAK_S`` is the length of the long one in seconds, an hour unless told. Its figures are printed, and written to
``soak/talk.json`` under ``IS2S_SOAK_OUT`` where that is given.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.rig.pulse import Rig
from tests.rig.soak_report import report
from tests.rig.soak_run import CLIPS, ROUND_S, talk_for

LENGTH_S = int(os.environ.get("IS2S_SOAK_S", "3600"))
MB_PER_HOUR = 1.0
CLOCK_PPM = 300
"""A null sink's clock runs up to 220 ppm fast, by its rounding."""
BEHIND_MS = 200
APART_MS = 60
"""What is believed of the two sides may waver by the card's buffers, but not run away from one another."""
DRIFT_MS_PER_HOUR = 10
LONG_S = 3000
"""From this length on a slope tells something: half a megabyte comes at once where the machine was busy for a moment
and sound piled up, which over twenty minutes is a slope of 3 MB an hour."""
CLEAR = 2
"""A slope is not taken for growth below its bound and so many of its standard errors."""


hears_itself = pytest.mark.parametrize("rig", [{"both": True}], indirect=True)


def settled(found: dict[str, Any]) -> None:
    """What holds after any length, on any machine."""
    assert found["mismatch"] == ""
    assert found["state_before_stop"] == "idle"
    assert "open" not in found["onsets"]
    assert any(end.startswith("interrupt") for end in found["onsets"])
    assert found["left"] == {"threads": ["MainThread"], "files": []}


@pytest.mark.slow
@hears_itself
def test_half_a_minute(rig: Rig, tmp_path: Path) -> None:
    run = talk_for(rig, tmp_path, 2, look_every_s=ROUND_S)
    assert run.status == 0, run.said
    settled(report(run))


@pytest.mark.soak
@hears_itself
def test_hours(rig: Rig, tmp_path: Path) -> None:
    run = talk_for(rig, tmp_path, LENGTH_S // ROUND_S)
    assert run.status == 0, run.said
    found = report(run)
    told = json.dumps(found, indent=1)
    print(told)
    if out := os.environ.get("IS2S_SOAK_OUT"):
        Path(out).mkdir(parents=True, exist_ok=True)
        (Path(out) / "talk.json").write_text(told, encoding="utf-8")
    settled(found)
    assert 2 * found["times_idle"] >= LENGTH_S // ROUND_S // len(CLIPS), "once a cycle, where nothing came late"
    assert found["threads"][0] == found["threads"][1]
    assert found["files"][0] == found["files"][1]
    drift, echo = found["drift"], found["echo"]
    assert abs(drift["microphone_against_clock_ppm"]) - CLEAR * drift["microphone_error_ppm"] <= CLOCK_PPM
    assert drift["behind_ms_max"] <= BEHIND_MS
    assert echo["pieces"] > 0
    assert echo["delay_ms_max"] - echo["delay_ms_min"] <= APART_MS
    if LENGTH_S >= LONG_S:
        grown = found["memory"]
        assert grown["mb_per_hour"] - CLEAR * grown["standard_error"] <= MB_PER_HOUR
        assert abs(drift["behind_ms_per_hour"]) - CLEAR * drift["behind_error"] <= DRIFT_MS_PER_HOUR
        assert abs(echo["delay_ms_per_hour"]) - CLEAR * echo["delay_error"] <= DRIFT_MS_PER_HOUR
