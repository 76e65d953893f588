"""Talk with faults on the virtual clock: some minutes of it in the ordinary tests, a day in the soak.

``IS2S_SOAK_HOURS`` is the length of the long one, a day unless told. Its figures are printed, and written to
``day.json`` under ``IS2S_SOAK_OUT`` where that is given.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from engine.codec import Record
from engine.inspect.reader import Log
from engine.inspect.verify import verify
from tests.rig.soak_report import onsets, slope
from tests.soak_day import CYCLE, PAUSE, run

ROOT = Path(__file__).resolve().parents[1]
HOURS = float(os.environ.get("IS2S_SOAK_HOURS", "24"))
WARM_H = 1.0
MB_PER_HOUR = 1.0
LONGEST_S = {"idle": 60, "listening": 10, "transcribing": 11, "thinking": 45, "speaking": 40, "interrupted": 10}
"""No state is held for longer: a deadlock would be. Deadlines are 20 s to the first sound and 8 s without any; an
onset before a deadline puts it off once."""


class Journal:
    """The lines of a journal, read again each time: a day of them does not fit into a list."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.count = 0

    def __iter__(self) -> Iterator[Record]:
        self.count = 0
        with self._path.open(encoding="utf-8") as lines:
            next(lines)
            for line in lines:
                self.count += 1
                yield json.loads(line)

    def __len__(self) -> int:
        return self.count


def settled(found: dict[str, Any], journal: Path) -> None:
    """What holds after any length, on any machine."""
    with journal.open(encoding="utf-8") as lines:
        head = json.loads(next(lines))
    read = Journal(journal)
    checked = verify(Log(journal, head, cast(Any, read), ""))
    assert checked.mismatch == ""
    assert checked.lines > 0
    found["lines"] = checked.lines
    found["onsets"] = dict(onsets(read))
    assert found["last_state"] == "idle"
    assert "open" not in found["onsets"]
    assert found["times_idle"] >= found["rounds"] // CYCLE
    assert {state: s for state, s in found["longest_s"].items() if s > LONGEST_S[state]} == {}
    assert found["recovery_s"] <= 2.0
    injected, told = found["injected"], found["told"]
    assert told["EmptyReply"] == injected["empty"]
    assert told["SynthesisFailed"] == injected["voice_fails"]
    assert told["GenerationFailed"] == injected["raises"] + injected["raises_later"]
    assert told["TranscriptionFailed"] == injected["hearing_fails"]


@pytest.mark.slow
def test_some_minutes(tmp_path: Path) -> None:
    found = run(0.25, tmp_path)
    settled(found, tmp_path / "transitions.jsonl")
    assert len(PAUSE) * 8 > 20, "a stall must come to its deadline"
    assert found["reasons"]["reply_overdue"] > 0


@pytest.mark.soak
def test_a_day(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.soak_day", str(HOURS), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    settled(found, tmp_path / "transitions.jsonl")
    warm = [look for look in found["looks"] if look["h"] >= WARM_H]
    hours = [look["h"] for look in warm]
    found["mb_per_hour"] = slope(hours, [look["rss_mb"] for look in warm])
    found["history_mb_per_hour"] = slope(hours, [look["history_mb"] for look in warm])
    found["unexplained_mb_per_hour"] = slope(hours, [look["rss_mb"] - look["history_mb"] for look in warm])
    told = json.dumps(found, indent=1)
    print(told)
    if out := os.environ.get("IS2S_SOAK_OUT"):
        Path(out).mkdir(parents=True, exist_ok=True)
        (Path(out) / "day.json").write_text(told, encoding="utf-8")
    rate, error = found["unexplained_mb_per_hour"]
    assert rate - 2 * error <= MB_PER_HOUR
