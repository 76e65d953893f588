"""The picture tells all of the table that moves."""

import pytest

from states.diagram import mermaid, moving_rows
from states.state import State
from states.table import Row


def arrows() -> dict[tuple[str, str], list[str]]:
    """The picture read back: (source, dest) to the reasons on the arrow."""
    found = {}
    for line in mermaid().splitlines()[2:]:
        way, _, label = line.strip().partition(": ")
        source, _, dest = way.partition(" --> ")
        assert (source, dest) not in found, "two arrows between the same states"
        found[source, dest] = label.split(" / ")
    return found


def test_it_is_a_state_diagram_that_begins_in_idle() -> None:
    assert mermaid().splitlines()[:2] == ["stateDiagram-v2", "    [*] --> idle"]


@pytest.mark.parametrize("state", State)
def test_it_names_every_state_with_a_way_in_and_a_way_out(state: State) -> None:
    assert any(source == state.value for source, _ in arrows())
    assert any(dest == state.value for _, dest in arrows())


@pytest.mark.parametrize("row", moving_rows(), ids=lambda row: f"{row.source.value}-{row.event.__name__}")
def test_it_names_every_moving_row(row: Row) -> None:
    assert row.dest is not None
    assert row.reason in arrows()[row.source.value, row.dest.value]


def test_it_draws_nothing_else() -> None:
    told = {(row.source.value, row.dest.value, row.reason) for row in moving_rows() if row.dest}
    assert {(source, dest, why) for (source, dest), reasons in arrows().items() for why in reasons} == told


def test_it_is_the_same_every_time() -> None:
    assert mermaid() == mermaid()
