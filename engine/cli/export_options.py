"""Options of ``is2s inspect`` for other programs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

FORMS = ("perfetto", "webvtt", "mermaid-turn", "mermaid-states", "csv", "otlp")

F = TypeVar("F", bound=Callable[..., Any])


def export_options(command: F) -> F:
    """``--export``, ``--output`` and ``--endpoint``."""
    for option in (
        click.option("--endpoint", metavar="URL", help="With --export otlp: send it to this collector."),
        click.option(
            "--output",
            "-o",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Where --export goes, in place of the screen.",
        ),
        click.option(
            "--export",
            "form",
            type=click.Choice(FORMS),
            help="For other programs: Chrome trace, captions, diagrams of a --turn and of the states, CSV, spans.",
        ),
    ):
        command = option(command)
    return command
