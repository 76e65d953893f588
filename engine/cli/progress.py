"""How far a download is: bars in a terminal, a line every tenth where the output goes elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Report = Callable[[int, int], None]
"""Takes the bytes that are here, and those there will be."""


@contextmanager
def progress(label: str, *, bars: bool) -> Iterator[Report]:
    """Show one download; what comes out is to be called as it goes on. ``bars`` needs a terminal."""
    if not bars:
        yield _Lines(label)
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn()) as shown:
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


class _Lines:
    """Prints a line whenever another tenth has come; a download that is gone on with starts where it was."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._told = -1

    def __call__(self, done: int, total: int) -> None:
        tenth = done * 10 // total if total else 10
        if tenth != self._told:
            self._told = tenth
            click.echo(f"{self._label}: {tenth * 10:3} % of {total / 1e6:.1f} MB")
