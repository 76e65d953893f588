"""``is2s tune``: the settings that would have done best on recorded conversations."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.sweep import Variant, variants
from states.errors import ConfigError, ScenarioError

if TYPE_CHECKING:
    from engine.whatif.goals import Goal
    from engine.whatif.labels import Label
    from engine.whatif.outcome import Outcome
    from engine.whatif.search import Found

USUAL = (
    "dialogue.min_voiced_ms=96,160,240,320",
    "dialogue.min_confidence_pct=20,40,60",
    "dialogue.voice_alone_ms=500,800,1200",
)
"""Thresholds that a barge-in hangs on, below and above what they are by default."""


@click.command("tune")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--goal", "texts", multiple=True, required=True, metavar="GOAL", help="A bound or an aim; see below.")
@click.option("--vary", multiple=True, metavar="KEY=A,B,C", help="Values to try.  [default: three thresholds]")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="A setting that all have.")
@click.option(
    "--write", "file", type=click.Path(path_type=Path), help="Write the recommended settings to a new file."
)
@click.option("--jobs", default=0, metavar="N", help="Processes side by side.  [default: one a core]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    paths: tuple[Path, ...],
    texts: tuple[str, ...],
    vary: tuple[str, ...],
    assignments: tuple[str, ...],
    file: Path | None,
    jobs: int,
    as_json: bool,
) -> int:
    """Try settings on recorded sessions and scenarios, print the trade-off and recommend one.

    A goal is a bound, FIGURE=0 or FIGURE<=2, or an aim, "min FIGURE" or "max FIGURE"; bounds come first, then the
    aims in their order. Figures: missed, false_barge_ins, cut_off, ghosts, unlabelled (these need a labels.toml
    beside the recording), barge_ins, dismissed, reaction_ms, cut_ms, reply_ms, first_reply_ms. Times are medians on
    the virtual clock. Nothing is applied: the settings are printed, to be put into a file. Exits 1 where no setting
    meets the bounds.

    \b
    Examples:
      is2s tune sessions --goal false_barge_ins=0 --goal "min missed" --goal "min reaction_ms"
      is2s tune sessions/00* --vary dialogue.min_voiced_ms=80,120,160,200 --goal "missed<=1" --goal "min cut_ms"
      is2s tune sessions --goal "min missed" --write tuned.toml    and then: is2s run --config tuned.toml
    """
    from engine.cli.whatif_run import cores
    from engine.replay.scenario import find
    from engine.whatif.goals import goal
    from engine.whatif.judged import judged
    from engine.whatif.labels import read_labels
    from engine.whatif.search import search

    goals = [goal(text) for text in texts]
    if file is not None and file.exists():
        raise ConfigError(f"{file} is there already; choose another --write")
    tried = [Variant({}, ()), *variants(assignments, vary or USUAL)]
    folders = find(list(paths))
    labels = [read_labels(folder) for folder in folders]
    _check_labels(folders, labels, goals)
    runs = _runs(folders, tried, jobs or cores())
    seen = [[judged(run, mine) for run, mine in zip(row, labels, strict=True)] for row in runs]
    found = search(seen, goals)
    table = tried[found.best].table
    if as_json:
        click.echo(json.dumps(_record(found, tried, goals, len(folders)), ensure_ascii=False))
    else:
        _print(found, tried, goals, runs)
    if file is not None and table and found.met:
        import tomli_w

        file.write_text(tomli_w.dumps(table), encoding="utf-8", newline="\n")
        click.echo(f"written to {file}", err=True)
    return 0 if found.met else 1


def _check_labels(folders: Sequence[Path], labels: "Sequence[Sequence[Label]]", goals: "Sequence[Goal]") -> None:
    from engine.whatif.goals import FROM_LABELS
    from engine.whatif.labels import LABELS

    if needing := next((each for each in goals if each.figure in FROM_LABELS), None):
        for folder, mine in zip(folders, labels, strict=True):
            if not mine:
                raise ScenarioError(f"{folder / LABELS}: there are no labels, and --goal '{needing}' needs them")


def _runs(folders: Sequence[Path], tried: Sequence[Variant], jobs: int) -> "list[list[Outcome]]":
    from engine.cli.whatif_run import progress
    from engine.whatif.running import Task, outcomes

    tasks = [Task(folder, variant.table) for variant in tried for folder in folders]
    found = outcomes(tasks, jobs, progress(len(tasks)))
    return [found[at : at + len(folders)] for at in range(0, len(found), len(folders))]


def _print(found: "Found", tried: Sequence[Variant], goals: "Sequence[Goal]", runs: "list[list[Outcome]]") -> None:
    import tomli_w

    from engine.cli.whatif_table import head, row

    names = [variant.name or "as it is" for variant in tried]
    beyond = [_goes_beyond(outcomes_, runs[0]) for outcomes_ in runs]
    names = [f"{name}{' *' if far else ''}" for name, far in zip(names, beyond, strict=True)]
    labelled = any(figures.interruptions or figures.false_barge_ins for figures in found.figures)
    shown = dict.fromkeys((0, *found.curve, found.best))
    width = max(len(names[place]) for place in shown)
    click.echo(f"{len(tried)} settings on {len(runs[0])} recordings; those that no other beats in all of:")
    click.echo(f"{', '.join(map(str, goals))}")
    click.echo(head(width))
    for place in shown:
        click.echo(row(names[place], found.figures[place], width, labelled=labelled))
    click.echo("Times are medians in ms on the virtual clock: of the logic, not of this machine.")
    if any(beyond[place] for place in shown):
        click.echo("* asked what a cassette has not, and went on without: its later figures are of another talk.")
    if not found.met:
        click.echo(f"no setting of these meets the bounds; the nearest is {names[found.best]}")
        return
    if not tried[found.best].table:
        click.echo("recommended: leave it as it is")
    else:
        click.echo(f"recommended: {names[found.best]}\n\n{tomli_w.dumps(tried[found.best].table)}")
    if found.left_out is None:
        click.echo("too few recordings to leave one out: these figures are of what the setting was chosen by")
    else:
        click.echo("each recording with what the others recommend:")
        click.echo(row("left out", found.left_out, width, labelled=labelled))


def _goes_beyond(row: "Sequence[Outcome]", was: "Sequence[Outcome]") -> bool:
    """Whether a cassette had no answer, and had one for the settings as they are."""
    pairs = zip(row, was, strict=True)
    return any(run.limit_us is not None and run.limit_us != before.limit_us for run, before in pairs)


def _record(found: "Found", tried: Sequence[Variant], goals: "Sequence[Goal]", recordings: int) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "clock": "virtual",
        "recordings": recordings,
        "goals": [str(each) for each in goals],
        "met": found.met,
        "recommended": {"settings": tried[found.best].table, **found.figures[found.best].as_record()},
        "as_it_is": found.figures[0].as_record(),
        "curve": [{"settings": tried[at].table, **found.figures[at].as_record()} for at in found.curve],
        "left_out": None if found.left_out is None else found.left_out.as_record(),
    }
