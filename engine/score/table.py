"""Results as tables for a terminal, one column a configuration."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.score.curve import turn_ends

_MEASURES = {
    "M1_first_reaction_ms": "M1 first reaction (-12 dB)",
    "M1_silence_ms": "M1 silence",
    "M1_needless_ducking": "M1 needless ducking",
    "M2_commit_ms_by_log": "M2 commit (engine's log)",
    "M4_answer_ms": "M4 end of turn to answer, declared latencies",
    "M5_answer_ms": "M5 the same, of turns not cut off",
    "M5_cut_audible": "M5 turns cut off, heard",
    "M5_cut_by_log": "M5 turns taken too early (log)",
    "M5_taken_ms_by_log": "M5 end of turn to its being taken (log)",
    "M5_unanswered": "M5 turns without an answer",
    "M5_answers_prepared_by_log": "M5 answers prepared a turn (log)",
    "M6_pause_taken_over": "M6 pauses taken over, heard",
    "M8_history_exact": "M8 history exact",
    "M8_history_exact_but_for_a_fade": "M8 history exact within a fade of 20 ms",
    "M8_over_claims": "M8 over-claims",
    "M9_resumed_ms": "M9 full level after a false alarm's end",
    "M9_resumed_after_dismissal_ms_by_log": "M9 full level after the dismissal (log)",
    "M9_exact": "M9 resumed without a sample lost or repeated",
    "M9_lost_samples": "M9 samples lost",
    "M9_repeated_samples": "M9 samples repeated",
    "M15_ghost_turns": "M15 ghost turns",
    "M15_ghost_barge_ins": "M15 ghost barge-ins",
}
_GROUPS = {
    "R_Y": "yields to real interruptions",
    "S_BC": "holds against backchannels",
    "S_VT": "holds against vocal noises",
    "S_ND": "holds against speech to others",
    "S_N": "holds against noises of a room",
}


def show(results: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print headline, groups, measures and classes, the configurations side by side."""
    for result in results:
        console.print(headline(result), highlight=False)
    for title, rows in (
        ("Selectivity", _selectivity),
        ("Measures", _measures),
        ("Right by class", _classes),
        ("Right by condition", _conditions),
    ):
        table = Table(title=title, title_justify="left")
        table.add_column("")
        for result in results:
            table.add_column(str(result["label"]), justify="right")
        for label, *cells in rows(results):
            table.add_row(label, *cells)
        console.print(table)


def show_turn_ends(results: Sequence[Mapping[str, Any]], console: Console) -> None:
    """What the curve of several configurations says of the ends of turns."""
    for by_log, about in ((True, "decided, by the log"), (False, "heard")):
        found = turn_ends(results, by_log=by_log)
        cut = "not reached" if found.cut_at_wait is None else f"{100 * found.cut_at_wait:.1f} %"
        wait = "not reached" if found.wait_at_cut_ms is None else f"{found.wait_at_cut_ms:.0f} ms"
        console.print(f"M5 {about}: turns cut off at a wait of 300 ms: {cut}; wait at 5 % cut off: {wait}")


def headline(result: Mapping[str, Any]) -> str:
    """What was run, on what, by whom heard."""
    origins = result["origins"]
    hears = result["recogniser"]
    words = f"words from the labels (an oracle, {hears['wer_pct']} % wrong)" if hears["oracle"] else hears["kind"]
    return (
        f"{result['label']}: mode {result['mode']}, split {result['split']}, {result['n']} trials "
        f"({origins.get('made', 0)} made, {origins.get('recorded', 0)} recorded), "
        f"{sum(result['voids'].values())} void, {words}"
    )


def _selectivity(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    rows = [("worst of four, reply kept", *(_plain_share(r["joint"]["kept"]) for r in results))]
    rows.append(("worst of four, tau-voice windows", *(_plain_share(r["joint"]["tau"]) for r in results)))
    for group, about in _GROUPS.items():
        for rule in ("kept", "tau"):
            cells = [_figure(r["groups"].get(group, {}).get(rule)) for r in results]
            rows.append((f"{group} {about}{', tau windows' if rule == 'tau' else ''}", *cells))
    return rows


def _measures(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    return [(about, *(_figure(r["measures"].get(key)) for r in results)) for key, about in _MEASURES.items()]


def _classes(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    names = dict.fromkeys(name for result in results for name in result["classes"])
    return [(name, *(_class_cell(r["classes"].get(name)) for r in results)) for name in names]


def _conditions(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    names = sorted({name for result in results for name in result["conditions"]}, key=_natural)
    return [(name, *(_figure(r["conditions"].get(name)) for r in results)) for name in names]


def _natural(name: str) -> tuple[str, int]:
    """Numbers in their order, and "none" before them."""
    what, _, value = name.partition("=")
    return what, int(value) if value.lstrip("-").isdigit() else -1000


def _class_cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "-"
    latency = row.get("answer_ms") or row.get("silenced_ms")
    extra = f", {latency['p50']:.0f}/{latency['p95']:.0f} ms" if latency and row["expected"] != "hold" else ""
    void = f", {row['void']} void" if row["void"] else ""
    return f"{_figure(row['right'])}{extra}{void}"


def _figure(value: Any) -> str:
    """One cell: a spread, a share, a rate or a number."""
    if value is None:
        return "-"
    if not isinstance(value, Mapping):
        return str(value)
    if "p50" in value:
        negative = f", {value['negative']} < 0" if value["negative"] else ""
        return (
            f"{value['p50']:.0f} [{value['low']:.0f}, {value['high']:.0f}], p95 {value['p95']:.0f}, "
            f"max {value['max']:.0f} ms, n {value['n']}{negative}"
        )
    if "per_hour" in value:
        exposed = f"{value['count']} in {value['exposed_s'] / 60:.0f} min"
        return f"{exposed}: {value['per_hour']:.1f}/h (<= {value['at_most']:.1f})"
    if "of_s" in value:
        return f"{100 * value['share']:.1f} % of {value['of_s']:.0f} s"
    return f"{100 * value['share']:.1f} % [{100 * value['low']:.0f}, {100 * value['high']:.0f}], n {value['n']}"


def _plain_share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


_SECTIONS = (
    ("Selectivity", _selectivity),
    ("Measures", _measures),
    ("Right by class", _classes),
    ("Right by condition", _conditions),
)
