"""Options of ``is2s inspect`` for the page of a session."""

import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from states.errors import IS2SError

HERE = "-"
"""Stands for the usual place: ``report.html`` beside the log."""

F = TypeVar("F", bound=Callable[..., Any])


def report_options(command: F) -> F:
    """``--html`` and ``--open``."""
    for option in (
        click.option("--open", "opening", is_flag=True, help="With --html: show the page in a browser."),
        click.option(
            "--html",
            "page",
            is_flag=False,
            flag_value=HERE,
            metavar="[FILE]",
            help="Write one self-contained page of it all, report.html beside the log unless told.",
        ),
    ):
        command = option(command)
    return command


def write_page(path: Path, page: str | None, *, opening: bool, redact: bool) -> int:
    """Make the page of a log, say where it is, and open it where that is asked for."""
    from engine.inspect.reader import read_log
    from engine.inspect.redaction import redacted, redacted_lines
    from engine.report.page import page_of

    log = read_log(path)
    if redact:
        log = type(log)(log.path, redacted(log.head), tuple(redacted_lines(log.lines)), log.note, log.damaged)
    where = log.path.parent / "report.html" if page in (None, HERE) else Path(str(page))
    title = f"IS2S session {log.path.resolve().parent.name}"
    try:
        told = page_of(log, title=title, redacted=redact, folder=where.parent)
        where.write_text(told, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise IS2SError(f"cannot write {where}: {error.strerror}") from error
    click.echo(str(where))
    if opening and not webbrowser.open(where.resolve().as_uri()):
        click.echo("is2s: no browser was found to open it", err=True)
    return 0
