"""Measure the journal and what reads it: ``python -m tests.bench_inspect [FOLDER]``.

Figures are of this machine, the shortest of some runs; ratios between them tell more. The long log is a recorded
scenario said over and over with new ids and later times, re-executed so that it is a real one.
"""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.codec import Record, as_line, event_of, header, settings_of, step_record
from engine.inspect.export_perfetto import render as perfetto
from engine.inspect.exports import read_told
from engine.inspect.reader import read_log, stream_log
from engine.inspect.schema import checker
from engine.inspect.stats import stats_of
from engine.inspect.story import story_of
from engine.inspect.verify import verify
from engine.journal import Journal
from states.dialogue import Dialogue
from states.step import Step
from tests.bench_report import repeated, report

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "scenarios" / "twenty_barge_ins" / "expected.jsonl"
LINES = 100_000
DAY_LINES = 305_910
"""What the soak's day came to."""

COUNTED = ("utterance", "reply", "deadline")


def long_log(path: Path, lines: int) -> list[Step]:
    """A log of at least so many transitions; its first steps."""
    log = read_log(SCENARIO)
    said = log.lines[:-1]  # less the end of the session
    dialogue = Dialogue(settings_of(log.head))
    steps: list[Step] = []
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(as_line(header(settings_of(log.head), (), 16_000, {})) + "\n")
        for count, line in enumerate(_over_and_over(said), 1):
            step = dialogue.handle(event_of(line), now=line["t_us"], heard=line["heard_samples"])
            file.write(as_line(step_record(step)) + "\n")
            if len(steps) < len(said):
                steps.append(step)
            if count >= lines and count % len(said) == 0:
                return steps
    raise AssertionError("it never ends")


def _over_and_over(lines: tuple[Record, ...]) -> Iterator[Record]:
    most = {name: _most(lines, name) for name in COUNTED}
    length_us = lines[-1]["t_us"] + 1_000_000
    number = 0
    while True:
        for line in lines:
            on = {k: v + number * most[k] if k in COUNTED and v else v for k, v in line["on"].items()}
            yield line | {"on": on, "t_us": line["t_us"] + number * length_us}
        number += 1


def _most(lines: tuple[Record, ...], name: str) -> int:
    told: list[Any] = [part.get(name, 0) for line in lines for part in (line["on"], *line["commands"])]
    return max(told)


def journal_cost(steps: list[Step]) -> None:
    """What a step costs the loop: written where it comes, and handed to the thread."""
    for name, live in (("written and flushed", False), ("handed over, live", True)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "transitions.jsonl"

            def write(live: bool = live, path: Path = path) -> None:
                journal = Journal(path.open("w", encoding="utf-8", newline="\n"), print, live=live)
                for step in steps:
                    journal.write(step)

            took_s = min(repeated(write, most=5, budget_s=5))
        report(f"journal: a step, {name}", f"{took_s / len(steps) * 1e6:.1f} us")
    records = [step_record(step) for step in steps]
    for name, dump in (("orjson", as_line), ("json", _with_json)):
        took_s = min(repeated(lambda dump=dump: [dump(record) for record in records], most=5, budget_s=5))
        report(f"journal: of that as JSON by {name}", f"{took_s / len(steps) * 1e6:.1f} us")


def _with_json(record: Record) -> str:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def reading(path: Path) -> None:
    """Everything ``inspect`` does, with 10^5 transitions."""
    size = f"{path.stat().st_size / 1e6:.0f} MB"
    told = read_told(path)
    works = {
        f"read as a stream ({size})": (lambda: sum(1 for _ in stream_log(path).lines), "-"),
        "turns, replies and candidates": (lambda: story_of(told.head, told.lines), "-"),
        "figures from them": (lambda: stats_of(told.story), "-"),
        "Chrome trace": (lambda: perfetto(told), "-"),
    }
    for name, (work, aim) in works.items():
        report(f"10^5 transitions: {name}", f"{min(repeated(work, most=3, budget_s=6)):.2f} s", aim)
    for options, aim in (((), "< 1 s"), (("--all",), "-"), (("--all", "--json"), "-"), (("--stats",), "-")):
        command = [sys.executable, "-m", "engine.cli", "inspect", str(path), *options]
        took_s = min(repeated(lambda command=command: _run(command), most=3, budget_s=9))
        report(f"10^5 transitions: is2s inspect {' '.join(options)}, started anew", f"{took_s:.2f} s", aim)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def checking(folder: Path) -> None:
    """``--verify`` of a day, and the memory it takes: in a process of its own."""
    path = folder / "day.jsonl"
    long_log(path, DAY_LINES)
    count = sum(1 for _ in stream_log(path).lines)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench_inspect", "--verify", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    took_s, peak_mb = json.loads(done.stdout)
    report(f"--verify of {count} lines", f"{took_s:.1f} s, {took_s / count * 1e6:.0f} us a line")
    report("--verify of them: memory at most", f"{peak_mb:.0f} MB", "no more with length")
    wrong, lines = checker(read_log(SCENARIO).head["format"]), read_log(SCENARIO).lines
    took_s = min(repeated(lambda: [wrong(line) for line in lines], most=5, budget_s=5))
    report("--verify: of that the schema", f"{took_s / len(lines) * 1e6:.1f} us a line")


def _verify_here(path: Path) -> None:
    log = stream_log(path)
    (took_s,) = repeated_once(lambda: verify(log, checker(log.head["format"])))
    print(json.dumps([took_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def repeated_once(work: Any) -> tuple[float]:
    """A stream comes but once."""
    from tests.bench_report import seconds

    found: list[Any] = []
    took_s = seconds(lambda: found.append(work()))
    assert found[0].mismatch == "", found[0].mismatch
    return (took_s,)


def main() -> None:
    """Run all of it; a minute or two."""
    if sys.argv[1:2] == ["--verify"]:
        _verify_here(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.jsonl"
        steps = long_log(path, LINES)
        journal_cost(steps * 20)
        reading(path)
        checking(Path(folder))


if __name__ == "__main__":
    main()
