"""What ``is2s inspect`` does for each way of asking."""

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.clock import MonotonicClock
from engine.codec import Record, as_line, is_older
from engine.inspect.filters import Filter, of_story
from engine.inspect.follow import POLL_US, follow
from engine.inspect.reader import Readable, journal_path, stream_log
from engine.inspect.redaction import redacted
from engine.inspect.story import Teller, story_of
from engine.inspect.timeline import styled, text_of
from states.errors import IS2SError

if TYPE_CHECKING:
    from engine.inspect.stats import Stats

BATCH = 1000
"""Lines written at once where nobody waits for the next."""


def sessions(logs: Iterable[Path]) -> list[Path]:
    """The logs meant: of a folder that is no session but holds some, those, in the order of their names."""
    found: list[Path] = []
    for log in logs:
        inside = [] if journal_path(log).exists() or not log.is_dir() else sorted(log.glob("*/transitions.jsonl"))
        found += [path.parent for path in inside] or [log]
    return found


def print_schema() -> int:
    """Of the format that is written today."""
    from engine.inspect.schema import schema_text

    click.echo(schema_text(), nl=False)
    return 0


def show_lines(path: Path, asked: Filter, *, as_json: bool, redact: bool) -> int:
    """Those asked for, as far as the log goes."""
    gc.disable()  # records hold no cycles, and looking for some takes a fifth of the time
    if asked.turns:
        before = stream_log(path)
        asked = of_story(asked, story_of(before.head, before.lines))
    log = stream_log(path)
    lines = map(redacted, log.lines) if redact else log.lines
    shown = map(_form(as_json=as_json), asked.of(lines))
    while batch := list(islice(shown, BATCH)):
        click.echo("\n".join(batch))
    _tell_note(log)
    return 0


def follow_log(path: Path, asked: Filter, *, stats: bool, as_json: bool, redact: bool) -> int:
    """The same, as they come; to the end of the session, or to Ctrl-C."""
    clock = MonotonicClock()
    if not journal_path(path).exists():
        click.echo(f"is2s: waiting for {path}", err=True)
    records = follow(path, lambda: clock.sleep_until(clock.now_us() + POLL_US))
    try:
        teller = Teller(next(records))
        lines = map(redacted, records) if redact else records
        if stats:
            for line in lines:
                teller.add(line)
        else:
            for text in map(_form(as_json=as_json), asked.of(lines)):
                click.echo(text)
    except KeyboardInterrupt:  # the way to leave
        pass
    if stats:
        from engine.inspect.stats import stats_of

        _print_stats([(str(path), stats_of(teller.story, journal_path(path).parent))], as_json=as_json)
    return 0


def show_stats(paths: list[Path], *, as_json: bool) -> int:
    """A page for one log, a table for several; a log that cannot be read is told and costs no others."""
    gc.disable()  # as above
    from engine.inspect.stats import stats_of

    found, status = [], 0
    for path in paths:
        try:
            log = stream_log(path)
            story = story_of(log.head, log.lines)
        except IS2SError as error:
            if len(paths) == 1:
                raise
            click.echo(f"is2s: {error}", err=True)
            status = 1
            continue
        _tell_note(log)
        found.append((str(path), stats_of(story, log.path.parent)))
    _print_stats(found, as_json=as_json, several=len(paths) > 1)
    return status


def _print_stats(found: list[tuple[str, "Stats"]], *, as_json: bool, several: bool = False) -> None:
    from engine.inspect.figures import page, stats_record, table

    if as_json:
        lines: Iterator[str] = (as_line(stats_record(name, stats)) for name, stats in found)
    else:
        lines = table(found) if several else chain.from_iterable(page(stats) for _, stats in found)
    for line in lines:
        click.echo(line)


def verify_logs(paths: list[Path], *, as_json: bool, redact: bool) -> int:
    """Each of them; 1 where one does not hold."""
    named = len(paths) > 1
    return max(_verify(path, as_json=as_json, redact=redact, named=named) for path in paths)


def _verify(path: Path, *, as_json: bool, redact: bool, named: bool) -> int:
    """Whether every line holds to the schema of its format and re-executes; 1 where one does not."""
    from engine.codec import FORMAT
    from engine.inspect.redaction import redacted_entries
    from engine.inspect.schema import checker
    from engine.inspect.verify import verify

    log = stream_log(path)
    version = log.head["format"]
    found = verify(log, checker(version), quote=not redact)
    if log.note and not log.damaged:
        _tell_note(log)
    history = redacted_entries(found.history) if redact else [(m.role, m.text, m.cut) for m in found.history]
    where = f"{path}: " if named else ""
    if as_json:
        told = {"lines": found.lines, "mismatch": found.mismatch, "older": found.older, "format": version}
        click.echo(as_line({"log": str(path), **told, "history": [[role, text] for role, text, _ in history]}))
    elif found.mismatch:
        older = f"an older version wrote this log (format {version}; this is {FORMAT}): " if found.older else ""
        click.echo(f"{where}{older}{found.mismatch}")
    else:
        older = f", of format {version} (this is {FORMAT})" if is_older(log.head) else ""
        click.echo(f"{where}{found.lines} lines re-executed to the same steps{older}")
        for role, text, cut in history if not named else ():
            click.echo(f"  {role}: {text}{' --' if cut else ''}")
    return 1 if found.mismatch else 0


def export_log(
    path: Path, form: str | None, output: Path | None, endpoint: str | None, *, turn: int | None, redact: bool
) -> int:
    """The log in another form, to ``output`` or to the screen; spans to a collector."""
    from engine.inspect.exports import export, read_told

    told = read_told(path, turn=turn, redact=redact)
    if told.note:
        click.echo(f"is2s: {told.path}: {told.note}", err=True)
    if endpoint is not None:
        from engine.inspect.export_otlp import send

        click.echo(f"{send(told, endpoint)} spans sent to {endpoint}")
        return 0
    assert form is not None
    text = export(form, told)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8", newline="")
    return 0


def _form(*, as_json: bool) -> Callable[[Record], str]:
    """A line as text: JSON, or for a person, in colour where it goes to a terminal that has any."""
    if as_json:
        return as_line
    return styled if _in_colour() else text_of


def _in_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _tell_note(log: Readable) -> None:
    if log.note:
        click.echo(f"is2s: {log.path}: {log.note}", err=True)
