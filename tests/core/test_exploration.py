"""All conversations of a small world, to a fixpoint: invariants I1 to I6 in every step, I8 over the whole graph."""

import gc
from dataclasses import replace

import pytest

from states.settings import DialogueSettings
from states.state import State
from states.table import TABLE
from tests.core.exploration import SILENT, TALKATIVE, Exploration, Explored, longest_way_home
from tests.core.model import Scale
from tests.core.soak import soak
from tests.core.talk import (
    ALL_FINISHING,
    dropped_continuation,
    ended_in_mid_word,
    finishing,
    long_claim,
    missed_start,
)

SMALL = Scale(clauses=("One.",), assessments=1, more=False, tools=False)
"""Replies of one clause of one word, heard not at all, by less than half, by half or more, or whole."""

BRISK = replace(SMALL, pauses=False, tools=True)
"""The same, with a user who does not pause within an utterance, and with functions to call."""

WORLDS = {
    "silent": (SILENT, SMALL),
    "talkative": (TALKATIVE, BRISK),
    "unprepared": (replace(SILENT, prepare=False), SMALL),
    "measured": (SILENT, replace(SMALL, pauses=False, sounds=True)),
    "waiting": (replace(SILENT, policy="wait"), replace(SMALL, pauses=False)),
    "voice only": (replace(SILENT, policy="vad"), SMALL),
}
"""With apologies and without, with answers prepared in pauses and without; then worlds in which it is known how
speech sounds, and in which other policies rule. The largest come first, for whoever runs several at a time."""

NEAR = {"talkative": 2000, "unprepared": 4000, "voice only": 1500}
"""States in which rows of the table are looked for: a row that is taken early is taken."""

BIG = (
    replace(SMALL, more=True),
    Scale(clauses=("One two.",), assessments=1),
    Scale(clauses=("One.", " Two."), assessments=1),
    Scale(clauses=("One.",), assessments=3, end_marks=True),
)
"""The whole small world; then one dimension larger: words of a clause, clauses of a reply, evidence on its way."""


def explored(world: str, limit: int | None = None) -> Explored:
    """Everything reachable, or what is nearest. Nothing found is garbage, so none is looked for meanwhile."""
    gc.disable()
    try:
        return Exploration(*WORLDS[world], limit=limit).run()
    finally:
        gc.enable()


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_a_world_is_explored_to_its_end_and_leads_home_from_everywhere(world: str) -> None:
    """One test a world, so that each is explored once, however many processes share the tests."""
    found = explored(world)
    print(f"{len(found.nodes)} states, {found.steps} steps")
    assert found.complete
    assert {node.state for node in found.nodes} == set(State)
    assert len(found.nodes) > 3000
    for node in found.nodes:
        assert (node.state is State.IDLE) == ("state" not in node.memory.deadlines)
    assert 0 < longest_way_home(found) <= 40


def test_every_row_of_the_table_is_taken() -> None:
    """By a lawful world, by a lossy one (rows for missed ends), or in a moment told by hand (the rarest)."""
    rows = set().union(*(explored(world, limit).rows for world, limit in NEAR.items()))
    rows |= dropped_continuation()[0].rows | missed_start()[0].rows
    rows = rows.union(*(ended_in_mid_word(state)[0].rows for state in (State.TRANSCRIBING, State.INTERRUPTED)))
    rows |= long_claim()[0].rows | long_claim(State.THINKING)[0].rows
    rows = rows.union(*(finishing(*case)[0].rows for case in ALL_FINISHING))
    for seed in range(12):
        soak(2500, seed, rows)
        if len(rows) == len(TABLE):
            break
    assert [row for row in TABLE if row not in rows] == []


@pytest.mark.soak
@pytest.mark.parametrize("scale", BIG, ids=str)
@pytest.mark.parametrize("settings", [TALKATIVE, SILENT], ids=["talkative", "silent"])
def test_a_bigger_world_to_its_end(settings: DialogueSettings, scale: Scale) -> None:
    big = Exploration(settings, scale).run()
    assert big.complete
    assert longest_way_home(big) <= 80
    print(f"{len(big.nodes)} states, {big.steps} steps")
