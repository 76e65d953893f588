"""``is2s devices`` on a real sound system."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig.pulse import WAIT_S, Rig

ROOT = Path(__file__).resolve().parents[2]


def devices(rig: Rig, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", "devices", *arguments],
        env={**rig.env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def test_the_list(rig: Rig) -> None:
    done = devices(rig)
    assert done.returncode == 0
    marked = [line for line in done.stdout.splitlines() if line.startswith("<>")]
    assert len(marked) == 1
    assert "default (ALSA)" in marked[0]


def test_nothing_to_list(rig: Rig) -> None:
    rig.kill()
    done = devices(rig)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "is2s run --input FILE" in done.stderr


@pytest.mark.parametrize("rig", ["echo"], indirect=True)
def test_a_trial_that_hears_itself(rig: Rig) -> None:
    found = json.loads(devices(rig, "--test", "--json").stdout)["test"]
    assert found["sweeps_heard"] >= 4  # a break may cost one
    assert -6 < found["echo_db"] < 1
    assert found["round_trip_ms"] > 5
    assert abs(found["drift_ppm"]) < 5000


def test_a_trial_that_hears_nothing(rig: Rig) -> None:
    done = devices(rig, "--test")
    assert "hears nothing" in done.stdout
    assert "none of 6 sweeps" in done.stdout
