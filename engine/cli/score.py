"""``is2s score``: who gets the floor, measured from labelled sound."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from engine.cli.settings import table_of
from states.errors import IS2SError

QUICK = 4
USUAL = 20


@click.command("score")
@click.option(
    "--split", type=click.Choice(["dev", "test"]), default="dev", show_default=True, help="test: never to tune on."
)
@click.option(
    "--trials", "unit", type=int, default=USUAL, show_default=True, help="Trials a class, times its weight."
)
@click.option("--quick", is_flag=True, help=f"{QUICK} trials a class.")
@click.option("--class", "classes", multiple=True, metavar="NAME", help="Only this class; may be repeated.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another corpus of the same split.")
@click.option(
    "--stt", "kind", default="labels", show_default=True, help="labels (an oracle), sphinx, whisper:PATH or none."
)
@click.option(
    "--wer", "wer_pct", type=int, default=0, show_default=True, help="Word errors of the oracle, in percent."
)
@click.option("--config", "file", type=click.Path(path_type=Path), help="Settings from a TOML file.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option(
    "--versus", "others", multiple=True, metavar="KEY=VALUE", help="A second configuration, beside the first."
)
@click.option("--jobs", type=int, default=0, help="Processes.  [default: one a core]")
@click.option("--json", "output", type=click.Path(path_type=Path), help="Write the results there.")
def command(
    split: str, unit: int, quick: bool, classes: tuple[str, ...], seed: int, kind: str, wer_pct: int,
    file: Path | None, assignments: tuple[str, ...], others: tuple[str, ...], jobs: int, output: Path | None,
) -> int:  # fmt: skip
    """Run the engine on labelled trials, on a virtual clock, and score it from the sound it made.

    \b
    Examples:
      is2s score --quick
      is2s score --class backchannel --class stop --set dialogue.verification_ms=800
      is2s score --versus endpointing.sustain_ms=96 --json results.json
    """
    from rich.console import Console

    from engine.score.corpus import build
    from engine.score.recognisers import Listening
    from engine.score.table import show

    listening = Listening(kind, wer_pct)
    tables = [table_of(file, assignments)]
    if others:
        tables.append(table_of(file, [*assignments, *others]))
    corpus = build(_split(split), seed=seed, unit=QUICK if quick else unit, classes=classes)
    labels = [" ".join(assignments) or "default", " ".join(others)]
    results = [_score(corpus, table, listening, label, jobs) for table, label in zip(tables, labels, strict=False)]
    show(results, Console())
    if output is not None:
        _write(output, results)
    return 0


def _split(name: str) -> Any:
    return name


def _score(corpus: Any, table: Mapping[str, Any], listening: Any, label: str, jobs: int) -> dict[str, Any]:
    from engine.score.scoring import score_all
    from engine.score.summary import FORMAT, summarise

    scored = score_all(corpus, table, listening, jobs=jobs)
    head = {"format": FORMAT, "label": label, "mode": "V", "split": corpus.split, "seed": corpus.seed}
    hears = {"kind": listening.kind, "wer_pct": listening.wer_pct, "oracle": listening.oracle}
    rest = {"corpus": corpus.digest, "recogniser": hears, "settings": dict(table), "n": len(scored)}
    return {**head, **rest, **summarise(scored), "trials": [each.as_record() for each in scored]}


def _write(path: Path, results: list[dict[str, Any]]) -> None:
    try:
        path.write_text(json.dumps({"results": results}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise IS2SError(f"{path}: cannot be written: {error.strerror}") from error
