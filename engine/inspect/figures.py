"""Figures of sessions as text: a page for one, a table for several. Never wraps; fit for a pipe."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from engine.inspect.stats import LATENCIES, Stats

COLUMNS = ("session", "length", "turns", "barge-ins", "dismissed", "false", "you", "assistant", "reaction p50/p95 ms")


def page(stats: Stats) -> Iterator[str]:
    """One session."""
    yield f"length        {_clock(stats.length_ms)}   {stats.lines} steps"
    yield f"turns         {stats.turns}   {stats.heard_replies} of {stats.replies} replies heard"
    yield f"barge-ins     {stats.barge_ins}   {stats.stops} by the stop key"
    told = "   ".join(f"{reason} {count}" for reason, count in stats.dismissed.items())
    yield f"dismissed     {sum(stats.dismissed.values())}   {told}".rstrip()
    yield f"false starts  {stats.false_starts}   {stats.taken_back} prepared replies taken back unheard"
    yield f"talk          you {_clock(stats.user_ms)}   assistant {_clock(stats.assistant_ms)}"
    if stats.latencies:
        yield ""
        yield f"{'latency in ms':14}{'n':>6}{'p50':>9}{'p95':>9}{'max':>9}"
    for name, s in stats.latencies.items():
        yield f"{name:14}{s.count:>6}{s.p50_ms:>9.4g}{s.p95_ms:>9.4g}{s.max_ms:>9.4g}   {LATENCIES[name]}"


def table(sessions: Sequence[tuple[str, Stats]]) -> Iterator[str]:
    """Several, a line each; columns as wide as what is in them."""
    rows = [COLUMNS, *(_row(name, stats) for name, stats in sessions)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    for row in rows:
        cells = [
            f"{row[0]:{widths[0]}}",
            *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()


def stats_record(name: str, stats: Stats) -> dict[str, Any]:
    """The same as plain values."""
    return {"session": name, **asdict(stats)}


def _row(name: str, stats: Stats) -> tuple[str, ...]:
    reaction = stats.latencies.get("reaction")
    return (
        name,
        _clock(stats.length_ms),
        str(stats.turns),
        str(stats.barge_ins),
        str(sum(stats.dismissed.values())),
        str(stats.false_starts),
        _clock(stats.user_ms),
        _clock(stats.assistant_ms),
        "-" if reaction is None else f"{reaction.p50_ms:.0f} / {reaction.p95_ms:.0f}",
    )


def _clock(time_ms: int) -> str:
    """``1:02:03.4``, as short as it can be: ``3.4``, ``2:03.4``."""
    tenths = round(time_ms / 100)
    hours, minutes, seconds = tenths // 36_000, tenths // 600 % 60, tenths % 600 / 10
    if hours:
        return f"{hours}:{minutes:02}:{seconds:04.1f}"
    return f"{minutes}:{seconds:04.1f}" if minutes else f"{seconds:.1f} s"
