"""The state machine as a picture, made from the table that drives it."""

from states.row import Row
from states.state import State
from states.table import TABLE


def mermaid() -> str:
    """A Mermaid ``stateDiagram-v2``: one arrow for each pair of states, with all reasons for taking it.

    Rows that stay in their state are left out; the order is that of the states and of the table.
    """
    lines = ["stateDiagram-v2", f"    [*] --> {State.IDLE.value}"]
    for source in State:
        for dest in State:
            reasons = dict.fromkeys(row.reason for row in moving_rows() if (row.source, row.dest) == (source, dest))
            if reasons:
                lines.append(f"    {source.value} --> {dest.value}: {' / '.join(reasons)}")
    return "\n".join(lines) + "\n"


def moving_rows() -> list[Row]:
    """The rows that lead to another state."""
    return [row for row in TABLE if row.dest is not None and row.dest is not row.source]
