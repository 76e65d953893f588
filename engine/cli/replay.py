"""``is2s replay``: recorded scenarios as tests, and recorded sessions once more."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.sweep import Variant, variants
from states.errors import IS2SError

if TYPE_CHECKING:
    from engine.replay.runner import Replay


@click.command("replay")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--update", is_flag=True, help="Write the golden logs anew where a person's expectations are met.")
@click.option("--output", type=click.Path(path_type=Path), help="Keep each session's folder below this one.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Override a setting; no golden check.")
@click.option("--sweep", "sweeps", multiple=True, metavar="KEY=A,B", help="Try several values, lists and words too.")
@click.option("--jobs", default=0, metavar="N", help="Processes for several values.  [default: one a core]")
@click.option("--latency", "factor", default=1.0, show_default=True, help="Multiply all declared latencies.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a scenario or session.")
@click.option("-q", "--quiet", is_flag=True, help="Print failures only.")
def command(
    paths: tuple[Path, ...],
    update: bool,
    output: Path | None,
    assignments: tuple[str, ...],
    sweeps: tuple[str, ...],
    jobs: int,
    factor: float,
    as_json: bool,
    quiet: bool,
) -> int:
    """Replay scenario folders and recorded session folders (or folders of them) on a virtual clock.

    A scenario must meet its [expect] and give its golden log to the byte. A session recorded with is2s run --record
    must give its own log: to the byte with --fast, else the same transitions for the same reasons. Exits 1 where one
    does not. With --set it is told what the setting changed: barge-ins that vanish or appear, dismissals, the first
    reaction and the first sound, on the virtual clock. Several values, --set dialogue.min_voiced_ms=120,160,240,
    make a table; several keys with several values, every combination. A labels.toml beside a session or a scenario
    tells which interjections were real.

    \b
    Examples:
      is2s replay scenarios
      is2s replay scenarios/interrupt_counting --output /tmp/sessions
      is2s replay scenarios/interrupt_counting --set dialogue.verification_ms=500
      is2s replay scenarios --update
      is2s replay sessions/001
      is2s replay sessions/001 --set endpointing.silence_ms=400
      is2s replay sessions --set dialogue.min_voiced_ms=120,160,240 --set dialogue.min_confidence_pct=30,50
      is2s replay sessions/001 --sweep 'dialogue.stop_phrases=["stop"],["stop","wait"]'
    """
    from engine.replay.scenario import find

    if not 0 <= factor <= 1000:  # a NaN is not
        raise click.BadParameter(f"{factor} is not from 0 to 1000", param_hint="--latency")
    folders = find(list(paths))
    tried = variants(assignments, sweeps)
    if len(tried) > 1 or sweeps:
        return _sweep(folders, tried, factor, jobs, as_json=as_json, refused=update or output is not None)
    settings = tried[0].table
    golden = not assignments and factor == 1.0
    failed = 0
    for folder in folders:
        report = _replay_one(folder, settings, output, factor, golden=golden, update=update)
        failed += not report["ok"]
        if as_json:
            click.echo(json.dumps(report, ensure_ascii=False))
        elif not quiet or not report["ok"]:
            _print(report)
    if not as_json and not quiet:
        click.echo(f"{len(folders) - failed} of {len(folders)} {_what(folders)} passed")
    return 1 if failed else 0


def _sweep(
    folders: list[Path], tried: list[Variant], factor: float, jobs: int, *, as_json: bool, refused: bool
) -> int:
    """Try every combination on every recording and print what each changed."""
    from engine.cli.whatif_run import cores, try_out
    from engine.cli.whatif_table import table

    if refused:
        raise click.UsageError("several values are tried and kept nowhere: --update and --output do not go with them")
    found = try_out(folders, tried, factor, jobs or cores())
    for line in [json.dumps(each.as_record(), ensure_ascii=False) for each in found] if as_json else table(found):
        click.echo(line)
    return 0


def _what(folders: list[Path]) -> str:
    return "scenarios" if all((folder / "scenario.toml").is_file() for folder in folders) else "replays"


def _replay_one(
    folder: Path, settings: dict[str, Any], output: Path | None, factor: float, *, golden: bool, update: bool
) -> dict[str, Any]:
    from engine.cassette.session import is_session
    from engine.clock import MonotonicClock
    from engine.replay.expectation import check_golden, failures
    from engine.replay.runner import replay
    from engine.replay.scenario import load

    watch = MonotonicClock()
    problems: list[str] = []
    report: dict[str, Any] = {"scenario": folder.name, "ok": False, "problems": problems}
    try:
        session = None if output is None else output / folder.resolve().name
        if session is not None:
            session.mkdir(parents=True, exist_ok=True)
        if is_session(folder):
            result = _replay_session(folder, settings, session, factor, report)
        else:
            scenario = load(folder, settings)
            report["title"], report["covers"] = scenario.file.title, list(scenario.file.covers)
            result = replay(scenario, session, latency_factor=factor, warn=_warn)
            problems += failures(scenario, result)
            if scenario.file.golden and golden and not problems:
                if update:
                    scenario.golden_path.write_text(result.journal, encoding="utf-8", newline="\n")
                check_golden(scenario, result)
        if settings:
            from engine.cli.whatif_run import what_changed

            report |= what_changed(folder, settings, result)
        report["seconds"] = round(result.seconds, 3)
        report["took_s"] = round(watch.now_us() / 1e6, 3)
        report["barge_ins"] = sum(s.outcome == "moved" and s.dest.value == "interrupted" for s in result.steps)
        report["dismissed"] = [s.reason for s in result.steps if s.verdict == "dismiss"]
        report["history"] = [[m.role, m.text] for m in result.history]
    except IS2SError as error:
        problems.append(str(error))
    report["ok"] = not problems
    return report


def _replay_session(
    folder: Path, settings: dict[str, Any], output: Path | None, factor: float, report: dict[str, Any]
) -> "Replay":
    from engine.cassette.compare import text_of
    from engine.cassette.replaying import replay_session

    found = replay_session(folder, settings, output, factor=factor, warn=_warn)
    report["problems"] += found.problems
    if found.apart_us:
        ordered = sorted(abs(us) for us in found.apart_us)
        report["apart_ms"] = {"p50": ordered[(len(ordered) - 1) // 2] / 1000, "max": ordered[-1] / 1000}
    if found.comparison is not None:
        report["changes"] = found.comparison.as_record()
        report["changes_text"] = list(text_of(found.comparison))
    return found.result


def _warn(text: str) -> None:
    click.echo(f"is2s: {text}", err=True)


def _print(report: dict[str, Any]) -> None:
    mark = click.style("ok  ", fg="green") if report["ok"] else click.style("FAIL", fg="red")
    if "took_s" in report:
        figures = f"{report['seconds']:6.1f} s in {report['took_s']:.2f} s, {report['barge_ins']} barge-in(s)"
        click.echo(f"{mark} {report['scenario']:32} {figures}")
    else:
        click.echo(f"{mark} {report['scenario']}")
    if "apart_ms" in report:
        apart = report["apart_ms"]
        click.echo(
            f"     the same transitions; their times differ by {apart['p50']:.0f} ms, at most {apart['max']:.0f}"
        )
    for line in (*report.get("what_if_text", ()), *report.get("changes_text", ())):
        click.echo(f"     {line}")
    for problem in report["problems"]:
        click.echo(f"     {problem}")
