"""``is2s score``: who gets the floor, measured from labelled sound."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.settings import table_of
from states.errors import ConfigError

if TYPE_CHECKING:
    from engine.score.corpus import Corpus
    from engine.score.report import Setup

QUICK = 4
USUAL = 20

_Path = click.Path(path_type=Path)


def _of_corpus(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which trials there are."""
    for option in (
        click.option("--manifest", type=_Path, help="What the recordings are.  [default: FOLDER/clips.toml]"),
        click.option("--recordings", type=_Path, metavar="FOLDER", help="Human recordings beside the made ones."),
        click.option("--seed", type=int, default=1, show_default=True, help="Another corpus of the same split."),
        click.option("--class", "classes", multiple=True, metavar="NAME", help="Only this class; may be repeated."),
        click.option("--quick", is_flag=True, help=f"{QUICK} trials a class."),
        click.option(
            "--trials", type=int, default=USUAL, show_default=True, help="Trials a class, times its weight."
        ),
        click.option(
            "--split",
            type=click.Choice(["dev", "test"]),
            default="dev",
            show_default=True,
            help="Never tune on test.",
        ),
    ):
        command = option(command)
    return command


@click.group("score", invoke_without_command=True)
@_of_corpus
@click.option("--stt", "kind", default="labels", show_default=True, help="labels, sphinx, whisper:PATH or none.")
@click.option("--wer", "wer_pct", type=int, default=0, show_default=True, help="Words that labels gets wrong, in %.")
@click.option("--config", "file", type=_Path, help="Settings from a TOML file.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option(
    "--versus", "others", multiple=True, metavar="KEY=VALUE", help="A second configuration beside the first."
)
@click.option("--sweep", metavar="KEY=V1,V2,..", help="A configuration for each value, for the curves of --plot.")
@click.option("--against", type=_Path, metavar="BASELINE.json", help="Exit 1 where a figure is worse beyond chance.")
@click.option("--json", "output", type=_Path, help="Write the results there.")
@click.option("--brief", is_flag=True, help="Leave single trials out of --json: a baseline to keep.")
@click.option("--plot", type=_Path, help="Draw both curves there: .svg, .png or .pdf.")
@click.option("--jobs", type=int, default=0, help="Processes.  [default: one a core]")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int | None:
    """Run the engine on labelled trials, on a virtual clock, and score it from the sound it made.

    The words come from the labels unless --stt says otherwise: an oracle, flagged as one in every result.

    \b
    Examples:
      is2s score --quick
      is2s score --class backchannel --class stop --set dialogue.verification_ms=800
      is2s score --versus endpointing.sustain_ms=96 --json results.json
      is2s score --sweep endpointing.silence_ms=300,450,640,900 --plot curves.svg
      is2s score --json baseline.json --brief
      is2s score --against baseline.json
      is2s score --recordings recordings --stt whisper:weights/small
      is2s score corpus trials --quick           for another engine: add its output.wav
      is2s score wav trials/*                    and score that
    """
    return None if ctx.invoked_subcommand else _run(**options)


def _run(
    kind: str, wer_pct: int, file: Path | None, assignments: tuple[str, ...], others: tuple[str, ...],
    sweep: str | None, against: Path | None, output: Path | None, brief: bool, plot: Path | None, jobs: int,
    **trials: Any,
) -> int:  # fmt: skip
    from engine.score import plot as plotting
    from engine.score.against import check_comparable, read_baseline
    from engine.score.recognisers import Listening
    from engine.score.report import score_setup

    listening = Listening(kind, wer_pct)
    setups = _setups(file, assignments, others, sweep)
    baseline = None if against is None else read_baseline(against)
    if plot is not None:
        plotting.check(plot)
    corpus = _corpus(**trials)
    if baseline is not None:
        hears = {"kind": kind, "wer_pct": wer_pct, "oracle": listening.oracle}
        check_comparable({"corpus": corpus.digest, "recogniser": hears}, baseline)
    results = []
    for setup in setups:
        with click.progressbar(length=len(corpus.trials), label=setup.label, file=sys.stderr) as bar:

            def told(done: int, bar: Any = bar) -> None:
                bar.update(done - bar.pos)

            results.append(score_setup(setup, corpus, listening, jobs=jobs, told=told))
    return _report(results, output, brief=brief, plot=plot, baseline=baseline)


@command.command("corpus")
@click.argument("folder", type=_Path)
@_of_corpus
def corpus_command(folder: Path, **trials: Any) -> int:
    """Write the trials to FOLDER, each with input.wav and labels.toml, for another engine to answer.

    \b
    Examples:
      is2s score corpus trials --quick
      is2s score corpus trials --split test --recordings recordings
    """
    from engine.score.export import export

    click.echo(f"{export(_corpus(**trials), folder)} trials in {folder}")
    return 0


@command.command("wav")
@click.argument("folders", nargs=-1, required=True, type=_Path)
@click.option("--label", default="engine", show_default=True, help="What to call it in the results.")
@click.option(
    "--mode", type=click.Choice(["V", "C", "G"]), default="C", show_default=True, help="V: a virtual clock."
)
@click.option("--against", type=_Path, metavar="BASELINE.json", help="Exit 1 where a figure is worse beyond chance.")
@click.option("--json", "output", type=_Path, help="Write the results there.")
def wav_command(folders: tuple[Path, ...], label: str, mode: str, against: Path | None, output: Path | None) -> int:
    """Score any engine's sound: FOLDERS with labels.toml, input.wav and output.wav (or conversation.wav).

    \b
    Examples:
      is2s score wav trials/*
      is2s score wav trials/stop-0 --label pipecat --json pipecat.json
    """
    from engine.score.against import read_baseline
    from engine.score.report import score_folders

    baseline = None if against is None else read_baseline(against)
    return _report([score_folders(folders, label, mode)], output, baseline=baseline)


def _setups(
    file: Path | None, assignments: tuple[str, ...], others: tuple[str, ...], sweep: str | None
) -> list["Setup"]:
    """The configurations, each with the name of what is special about it."""
    from engine.config import build
    from engine.score.report import Setup

    extra: list[tuple[str, ...]] = [()]
    if sweep is not None:
        key, equals, values = sweep.partition("=")
        if not equals or not values:
            raise ConfigError(f"--sweep {sweep}: write it as section.key=value,value")
        extra += [(f"{key}={value}",) for value in values.split(",")]
    extra += [others] if others else []
    base = " ".join(assignments) or (file.name if file is not None else "default")
    setups = [Setup(" ".join(more) or base, table_of(file, [*assignments, *more])) for more in extra]
    for setup in setups:
        build(setup.table)  # says what is wrong before the first has run for minutes
    return setups


def _corpus(
    split: Any, trials: int, quick: bool, classes: tuple[str, ...], seed: int, recordings: Path | None,
    manifest: Path | None,
) -> "Corpus":  # fmt: skip
    from engine.score.corpus import build
    from engine.score.recordings import read_recordings

    unit = QUICK if quick else trials
    if recordings is None:
        if manifest is not None:
            raise ConfigError("--manifest: needs --recordings, the folder its paths count from")
        return build(split, seed=seed, unit=unit, classes=classes)
    found = read_recordings(recordings, manifest)
    return build(split, seed=seed, unit=unit, classes=classes, recorded=found.clips[split], rooms=found.rooms)


def _report(
    results: list[dict[str, Any]],
    output: Path | None,
    *,
    brief: bool = False,
    plot: Path | None = None,
    baseline: Any = None,
) -> int:
    from rich.console import Console

    from engine.score.against import RULE, regressions
    from engine.score.plot import draw
    from engine.score.report import write
    from engine.score.table import show, show_turn_ends

    console = Console()
    show(results, console)
    if len(results) > 2:
        show_turn_ends(results, console)
    if output is not None:
        write(results, output, trials=not brief)
    if plot is not None:
        draw(results, plot)
    if baseline is None:
        return 0
    worse = regressions(results[0], baseline)
    for regression in worse:
        click.echo(f"worse: {regression}")
    click.echo(f"{len(worse)} figures are worse than the baseline ({RULE})")
    return 1 if worse else 0
