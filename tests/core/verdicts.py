"""The verdict of every state × event pair, put into words as ``verdicts.txt`` writes them."""

import re
from pathlib import Path

from states.events import EVENTS, Event
from states.lateness import DECLINED, LATE
from states.row import Row
from states.state import State
from states.table import TABLE

PAGE = Path(__file__).with_name("verdicts.txt")


def worded(event: type[Event], state: State) -> list[str]:
    """What may come of this event in this state, in the order in which it is weighed."""
    rows = [row for row in TABLE if row.event is event and row.source is state]
    if not rows:
        return [f"late: {LATE[event]}"]
    said = [_outcome(row) for row in rows]
    if rows[-1].guards:
        said.append(f"declined: {DECLINED.get(event, LATE[event])}")
    return list(dict.fromkeys(said))


def _outcome(row: Row) -> str:
    where = "stays" if row.dest is None or row.dest is row.source else f"-> {row.dest.value}"
    return f"{where} ({row.reason})"


def page() -> str:
    """The whole matrix as text."""
    lines = []
    for event in EVENTS:
        lines.append(_snake(event))
        lines += [f"    {state.value:<13} {' | '.join(worded(event, state))}" for state in State]
        lines.append("")
    return "\n".join(lines)


def parsed(text: str) -> dict[tuple[str, str], list[str]]:
    """The page read back: (event, state) to what may come of it. Lines that begin with ``#`` are remarks."""
    found: dict[tuple[str, str], list[str]] = {}
    event = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            event = line.strip()
        else:
            state, _, verdicts = line.strip().partition(" ")
            assert (event, state) not in found, f"{event} in {state} is there twice"
            found[event, state] = [verdict.strip() for verdict in verdicts.split(" | ")]
    return found


def _snake(event: type[Event]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


def names() -> list[str]:
    """Every event as the page writes it."""
    return [_snake(event) for event in EVENTS]
