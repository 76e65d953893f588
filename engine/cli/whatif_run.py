"""Trying settings on recorded sessions and scenarios, for the command line."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from engine.cli.sweep import Variant
from engine.cli.whatif_table import Tried, told
from engine.replay.runner import Replay
from engine.whatif.change import change
from engine.whatif.labels import read_labels
from engine.whatif.outcome import outcome_of
from engine.whatif.running import Task, outcomes, run


def cores() -> int:
    """How many processes may run side by side."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def progress(total: int) -> Callable[[int], None]:
    """Counts replays on standard error, where somebody sees it."""
    show = sys.stderr is not None and sys.stderr.isatty()

    def done(count: int) -> None:
        if show:
            click.echo(f"\r{count} of {total} replays", nl=count == total, err=True)

    return done


def try_out(folders: Sequence[Path], tried: Sequence[Variant], factor: float, jobs: int) -> list[Tried]:
    """Every combination on every recording, ``jobs`` at once. Raises ``IS2SError`` for what cannot be replayed."""
    labels = [read_labels(folder) for folder in folders]
    tasks = [Task(folder, {}) for folder in folders]
    tasks += [Task(folder, variant.table, factor) for variant in tried for folder in folders]
    found = outcomes(tasks, jobs, progress(len(tasks)))
    before, rest = found[: len(folders)], found[len(folders) :]
    result = []
    for number, variant in enumerate(tried):
        after = rest[number * len(folders) : (number + 1) * len(folders)]
        parts = zip(folders, before, after, labels, strict=True)
        result.append(Tried(variant, tuple(change(f.resolve().name, b, a, la) for f, b, a, la in parts)))
    return result


def what_changed(folder: Path, settings: Mapping[str, Any], result: Replay) -> dict[str, Any]:
    """What a replay with other settings has that one with its own has not, for the report of one recording."""
    lines = [json.loads(line) for line in result.journal.split("\n")[1:] if line]
    after = outcome_of(lines, result.takes, result.near)
    found = change(folder.resolve().name, run(folder, {}).outcome, after, read_labels(folder))
    tried = Tried(Variant(dict(settings), ()), (found,))
    return {"what_if": tried.as_record(), "what_if_text": [f"{tried.headline} (virtual clock)", *told(found)]}
