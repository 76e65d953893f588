"""Measure the journal and what reads it: ``python -m tests.bench_inspect [FOLDER]``.

Figures are of this machine, the shortest of some runs; ratios between them tell more. The long log is a recorded
scenario over and over, with later numbers and times.
"""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.codec import Record, as_line, event_of, settings_of, step_record
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
from tests.bench_report import repeated, report, seconds

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "scenarios" / "twenty_barge_ins" / "expected.jsonl"
LINES = 100_000
CHECKED = (2_500, 5_000, 10_000)
"""Lines that are re-executed, to see whether a line costs more in a longer session."""

COUNTED = ("utterance", "reply", "deadline", "turn", "seq", "since")
"""Numbers that only grow in a session."""


def long_log(path: Path, lines: int, *, core: bool = False) -> None:
    """A log of at least so many transitions; by the core, where it is to re-execute: the user's level is learned."""
    log = read_log(SCENARIO)
    dialogue = Dialogue(settings_of(log.head))
    said = log.lines[:-1]  # less the end of the session
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(as_line(log.head) + "\n")
        for count, line in enumerate(_over_and_over(said), 1):
            if core:
                step = dialogue.handle(event_of(line), now=line["t_us"], heard=line["heard_samples"])
                line = step_record(step)
            file.write(as_line(line) + "\n")
            if count >= lines and count % len(said) == 0:
                return


def _over_and_over(lines: tuple[Record, ...]) -> Iterator[Record]:
    most = {name: max(_numbers(lines, name)) for name in COUNTED}
    most["since"] = most["utterance"]
    length_us = lines[-1]["t_us"] + 1_000_000
    number = 0
    while True:
        for line in lines:
            later = _later(line, most, number)
            later["on"] = _later(line["on"], most, number)
            later["commands"] = [_later(command, most, number) for command in line["commands"]]
            yield later | {"t_us": line["t_us"] + number * length_us}
        number += 1


def _later(part: Record, most: dict[str, int], number: int) -> Record:
    return {k: v + number * most[k] if k in COUNTED and v else v for k, v in part.items()}


def _numbers(lines: tuple[Record, ...], name: str) -> Iterator[int]:
    for line in lines:
        for part in (line, line["on"], *line["commands"]):
            yield part.get(name, 0)


def some_steps() -> list[Step]:
    """Those of the scenario."""
    log = read_log(SCENARIO)
    dialogue = Dialogue(settings_of(log.head))
    return [dialogue.handle(event_of(line), now=line["t_us"], heard=line["heard_samples"]) for line in log.lines]


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
    """``--verify``, and the memory it takes: each in a process of its own."""
    path = folder / "checked.jsonl"
    for lines in CHECKED:
        long_log(path, lines, core=True)
        command = [sys.executable, "-m", "tests.bench_inspect", "--verify", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took_s, count, peak_mb = json.loads(done.stdout)
        figure = f"{took_s:.1f} s, {took_s / count * 1e6:.0f} us a line, {peak_mb:.0f} MB"
        report(f"--verify of {count} lines", figure, "a line's cost does not grow")
    wrong, sample = checker(read_log(SCENARIO).head["format"]), read_log(SCENARIO).lines
    took_s = min(repeated(lambda: [wrong(line) for line in sample], most=5, budget_s=5))
    report("--verify: of that the schema", f"{took_s / len(sample) * 1e6:.1f} us a line")


def _verify_here(path: Path) -> None:
    log = stream_log(path)
    found = []
    took_s = seconds(lambda: found.append(verify(log, checker(log.head["format"]))))
    assert found[0].mismatch == "", found[0].mismatch
    print(json.dumps([took_s, found[0].lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def main() -> None:
    """Run all of it; a minute or two."""
    if sys.argv[1:2] == ["--verify"]:
        _verify_here(Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.jsonl"
        journal_cost(some_steps() * 20)
        long_log(path, LINES)
        reading(path)
        checking(Path(folder))


if __name__ == "__main__":
    main()
