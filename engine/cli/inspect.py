"""``is2s inspect``: what happened in a session, when and why."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.inspect.reader import Log


@click.command("inspect")
@click.argument("log", type=click.Path(path_type=Path))
@click.option("--verify", "verifying", is_flag=True, help="Re-execute the log through the core and compare.")
@click.option("--all", "everything", is_flag=True, help="Show every line, also late events and growing replies.")
@click.option("--json", "as_json", is_flag=True, help="Print the shown lines as JSON, or the result of --verify.")
def command(log: Path, verifying: bool, everything: bool, as_json: bool) -> int:
    """Read LOG: a session folder or a transitions.jsonl.

    A log that was cut off in mid-line is read as far as it goes.

    \b
    Examples:
      is2s inspect sessions/001
      is2s inspect sessions/001 --all
      is2s inspect scenarios/interrupt_counting/expected.jsonl --verify
    """
    from engine.inspect.reader import read_log

    read = read_log(log)
    if read.note:
        click.echo(f"is2s: {read.path}: {read.note}", err=True)
    if verifying:
        return _verify(read, as_json=as_json)
    from engine.inspect.timeline import notable, text_of

    for line in notable(read.lines, everything=everything):
        click.echo(json.dumps(line, ensure_ascii=False) if as_json else text_of(line))
    return 0


def _verify(log: "Log", *, as_json: bool) -> int:
    from engine.inspect.verify import verify

    found = verify(log)
    if as_json:
        history = [[message.role, message.text] for message in found.history]
        click.echo(json.dumps({"lines": found.lines, "mismatch": found.mismatch, "history": history}))
    elif found.mismatch:
        click.echo(found.mismatch)
    else:
        click.echo(f"{found.lines} lines re-executed to the same steps")
        for message in found.history:
            click.echo(f"  {message.role}: {message.text}{' --' if message.cut else ''}")
    return 1 if found.mismatch else 0
