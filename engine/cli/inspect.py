"""``is2s inspect``: what happened in a session, when and why."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.export_options import export_options
from engine.cli.report_options import report_options, write_page

if TYPE_CHECKING:
    from engine.inspect.filters import Filter

STATES = ("idle", "listening", "transcribing", "thinking", "speaking", "interrupted")


@click.command("inspect")
@click.argument("logs", nargs=-1, type=click.Path(path_type=Path), metavar="LOG...")
@click.option("--follow", "-f", "following", is_flag=True, help="Show a running session as it goes on, to its end.")
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Steps that begin or end in it.")
@click.option("--reason", "reasons", multiple=True, metavar="REASON", help="Steps with this reason.")
@click.option("--turn", "turns", multiple=True, metavar="N[-M]", help="Steps of this turn, or of several.")
@click.option("--since", metavar="TIME", help="Steps from then on: 75, 75.5 or 1:15 since the session began.")
@click.option("--all", "everything", is_flag=True, help="Show every line, also late events and growing replies.")
@click.option("--stats", is_flag=True, help="Figures: turns, barge-ins, dismissals, latencies, talk time.")
@click.option("--verify", "verifying", is_flag=True, help="Check every line and re-execute it through the core.")
@click.option("--json", "as_json", is_flag=True, help="JSON: an object a line, or one for each log.")
@click.option("--redact", is_flag=True, help="Leave out what was said.")
@report_options
@export_options
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the journal.")
@click.pass_context
def command(
    ctx: click.Context,
    logs: tuple[Path, ...],
    following: bool,
    states: tuple[str, ...],
    reasons: tuple[str, ...],
    turns: tuple[str, ...],
    since: str | None,
    everything: bool,
    stats: bool,
    verifying: bool,
    as_json: bool,
    redact: bool,
    page: str | None,
    opening: bool,
    form: str | None,
    output: Path | None,
    endpoint: str | None,
    schema: bool,
) -> int:
    """Read LOG: a session folder or a transitions.jsonl; of several, or of a folder of sessions, a table.

    A log that was cut off in mid-line is read as far as it goes. Filters may be given together, and several times.

    \b
    Examples:
      is2s inspect sessions/001
      is2s inspect sessions/001 --follow
      is2s inspect sessions/001 --html --open
      is2s inspect sessions/001 --state interrupted --since 1:15
      is2s inspect sessions/001 --stats
      is2s inspect sessions
      is2s inspect sessions/001 --export perfetto -o trace.json
      is2s inspect scenarios/interrupt_counting/expected.jsonl --verify
    """
    from engine.cli import inspecting
    from engine.inspect.filters import Filter, since_us, turn_range

    if schema:
        return inspecting.print_schema()
    if not logs:
        raise click.UsageError("Missing argument 'LOG...'.", ctx)
    asked = Filter(
        states=frozenset(states),
        reasons=frozenset(reasons),
        turns=tuple(turn_range(turn) for turn in turns),
        since_us=since_us(since) if since is not None else 0,
        everything=everything,
    )
    _refuse_what_contradicts(
        ctx,
        asked,
        following=following,
        stats=stats,
        verifying=verifying,
        form=form,
        output=output,
        endpoint=endpoint,
        logs=logs,
    )
    found = inspecting.sessions(logs)
    if page is not None or opening:
        if following or stats or verifying or form or endpoint or len(found) > 1:
            raise click.UsageError("--html makes the page of one log, and goes with --open and --redact only.", ctx)
        return write_page(found[0], page, opening=opening, redact=redact)
    if following:
        return inspecting.follow_log(logs[0], asked, stats=stats, as_json=as_json, redact=redact)
    if form is not None or endpoint is not None:
        return inspecting.export_log(
            found[0], form, output, endpoint, turn=asked.turns[0][0] if turns else None, redact=redact
        )
    if verifying:
        return inspecting.verify_logs(found, as_json=as_json, redact=redact)
    if stats or len(found) > 1:
        return inspecting.show_stats(found, as_json=as_json)
    return inspecting.show_lines(found[0], asked, as_json=as_json, redact=redact)


def _refuse_what_contradicts(
    ctx: click.Context,
    asked: "Filter",
    *,
    following: bool,
    stats: bool,
    verifying: bool,
    form: str | None,
    output: Path | None,
    endpoint: str | None,
    logs: tuple[Path, ...],
) -> None:
    """Say so where options do not go together, in place of passing one over."""
    chosen = [name for name, on in (("--stats", stats), ("--verify", verifying), ("--export", form)) if on]
    if len(chosen) > 1:
        raise click.UsageError(f"{chosen[0]} and {chosen[1]} do not go together.", ctx)
    if following and (len(logs) > 1 or verifying or form):
        raise click.UsageError("--follow shows one log, its lines or its --stats.", ctx)
    if form and len(logs) > 1:
        raise click.UsageError("--export takes one log.", ctx)
    if (output is not None and not form) or (endpoint is not None and (form != "otlp" or output is not None)):
        raise click.UsageError("--output goes with --export; --endpoint with --export otlp, in its place.", ctx)
    narrowed = asked.states or asked.reasons or asked.since_us or asked.everything or (asked.turns and not form)
    if narrowed and (chosen or len(logs) > 1):
        raise click.UsageError("Filters choose lines to show; figures, exports and checks are of whole logs.", ctx)
