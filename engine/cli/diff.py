"""``is2s diff``: two sessions side by side."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from states.errors import IS2SError

if TYPE_CHECKING:
    from engine.whatif.difference import Difference


@click.command("diff")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--ignore-times", is_flag=True, help="Times and heard positions do not count.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(a: Path, b: Path, ignore_times: bool, as_json: bool) -> int:
    """Compare two session folders or logs, A and B, and tell where they part and why.

    Steps are laid side by side by what caused them: the kind of event, and which utterance, reply and clause it is
    about. Exits 0 where they are the same, 1 where they differ, 2 where one cannot be read.

    \b
    Examples:
      is2s diff sessions/001 sessions/002
      is2s diff sessions/001 /tmp/replayed/001 --ignore-times
      is2s diff scenarios/backchannel/expected.jsonl sessions/003 --json
    """
    from engine.inspect.reader import read_log
    from engine.whatif.difference import difference

    try:
        logs = [read_log(path) for path in (a, b)]
        for log in logs:
            if log.note:
                click.echo(f"is2s: {log.path}: {log.note}", err=True)
        found = difference(*logs, ignore_times=ignore_times)
    except IS2SError as error:
        click.echo(f"is2s: {error}", err=True)
        return 2
    if as_json:
        click.echo(json.dumps(found.as_record(), ensure_ascii=False))
    else:
        _print(found)
    return 0 if found.same else 1


def _print(found: "Difference") -> None:
    if found.same:
        click.echo(f"the same: {found.steps[0]} steps")
        return
    if found.first is not None:
        places = [f"{name} line {n}" for name, n in (("A", found.first.line_a), ("B", found.first.line_b)) if n]
        click.echo(f"first divergence ({', '.join(places)}): {found.first.words}")
    else:
        click.echo("no step differs")
    for line in (*found.head, *map(str, found.settings)):
        click.echo(f"  differs: {line}")
    counted = {
        "missing": "only in A",
        "added": "only in B",
        "event": "told of something else",
        "verdict": "another verdict",
        "heard": "another heard position",
        "time": "another time only",
    }
    parts = [f"{n} {counted[kind]}" for kind, n in found.counts.items()]
    click.echo(f"  in all: {found.steps[0]} and {found.steps[1]} steps; {', '.join(parts) or 'all the same'}")
    for name, only in (("A", found.only_a), ("B", found.only_b)):
        if only:
            click.echo(f"  only in {name}: {', '.join(f'{n} {kind}' for kind, n in sorted(only.items()))}")
    if found.late_us or found.heard_apart:
        apart = f"times by {found.late_us / 1000:.1f} ms, heard positions by {found.heard_apart} samples"
        click.echo(f"  steps of the same cause differ at most: {apart}")
