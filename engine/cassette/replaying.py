"""Replay a recorded session and hold it against what happened then."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cassette.compare import Comparison, compare, moves
from engine.cassette.session import as_scenario, microphone
from engine.codec import Record
from engine.earlier import earlier_of
from engine.inspect.reader import read_log
from engine.replay.runner import Replay, replay
from models.cassette_reading import read_cassette
from states.errors import ScenarioError


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay of a session. ``problems``: where it should have been the same and was not, a line each.

    ``apart_us``: how far each transition of a live session was from its own time, for one that took the same way.
    ``comparison``: what other settings changed, only where there were any.
    """

    result: Replay
    problems: tuple[str, ...]
    apart_us: tuple[int, ...] = ()
    comparison: Comparison | None = None


def replay_session(
    folder: Path,
    settings: Mapping[str, Any] | None = None,
    output: Path | None = None,
    *,
    factor: float = 1.0,
    warn: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Replay a session folder, with its own settings or overridden ones; files go to ``output``, or nowhere.

    With its own, the journal of a session recorded on a virtual clock must come out to the byte, and a live one's
    states and reasons in the same order; the times of a live one differ by some milliseconds, for a virtual clock
    handles events at once and delivers sound in blocks of 32 ms in place of 10. For the same reason other settings
    are compared, where the session was live, with a replay with its own ones, so that only their effect is told.
    Raises ``IS2SError`` where the session cannot be read, or ``output`` is the session itself.
    """
    if output is not None and output.resolve() == folder.resolve():
        raise ScenarioError(f"{output}: the replay would overwrite the session; choose another --output")
    scenario, sound, log = as_scenario(folder, settings), microphone(folder), read_log(folder)
    if log.note:
        warn(f"{log.path}: {log.note}")
    earlier = earlier_of(log.head)
    result = replay(scenario, output, latency_factor=factor, sound=sound, earlier=earlier, warn=warn)
    lines = _lines(result)
    live = read_cassette(folder / "cassette").clock == "monotonic"
    if settings or factor != 1.0:
        before = _lines(replay(as_scenario(folder), sound=sound, earlier=earlier)) if live else list(log.lines)
        return Replayed(result, (), comparison=compare(before, lines))
    if not live:
        return Replayed(result, _byte_problems(log.path, result))
    then, now = moves(log.lines), moves(lines)
    if then == now:
        return Replayed(result, (), _apart_us(list(log.lines), lines))
    place = next((i for i, (a, b) in enumerate(zip(then, now, strict=False)) if a != b), min(len(then), len(now)))
    found = [" ".join(way[place]) if place < len(way) else "nothing" for way in (then, now)]
    return Replayed(result, (f"{log.path}: transition {place + 1} was {found[0]}, is {found[1]}",))


def _lines(result: Replay) -> list[Record]:
    return [json.loads(line) for line in result.journal.split("\n")[1:] if line]


def _byte_problems(path: Path, result: Replay) -> tuple[str, ...]:
    then, now = path.read_bytes().split(b"\n"), result.journal.encode().split(b"\n")
    if then == now:
        return ()
    for number, (a, b) in enumerate(zip(then, now, strict=False), 1):
        if a != b:
            show = [part.decode("utf-8", "replace") for part in (a, b)]
            return (f"{path}: line {number} differs\n  recorded: {show[0]}\n  replayed: {show[1]}",)
    return (f"{path}: {len(then)} lines were recorded, {len(now)} replayed",)


def _apart_us(then: list[Record], now: list[Record]) -> tuple[int, ...]:
    times = [[line["t_us"] for line in lines if line["outcome"] == "moved"] for lines in (then, now)]
    return tuple(b - a for a, b in zip(*times, strict=True))
