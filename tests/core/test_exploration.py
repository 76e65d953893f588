"""All conversations of a small world, to a fixpoint: invariants I1 to I6 in every step, I8 over the whole graph."""

import gc
from dataclasses import replace
from functools import lru_cache

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
    "talkative": (TALKATIVE, BRISK),
    "silent": (SILENT, SMALL),
    "unprepared": (replace(SILENT, prepare=False), SMALL),
}

OTHERS = {
    "measured": (SILENT, replace(SMALL, pauses=False, sounds=True)),
    "waiting": (replace(SILENT, policy="wait"), replace(SMALL, pauses=False)),
    "voice only": (replace(SILENT, policy="vad"), SMALL),
}
"""Worlds in which it is known how speech sounds, and in which other policies rule; looked at once each."""

BIG = (
    replace(SMALL, more=True),
    Scale(clauses=("One two.",), assessments=1),
    Scale(clauses=("One.", " Two."), assessments=1),
    Scale(clauses=("One.",), assessments=3, end_marks=True),
)
"""The whole small world; then one dimension larger: words of a clause, clauses of a reply, evidence on its way."""


@lru_cache(maxsize=3)
def explored(world: str) -> Explored:
    """Everything reachable; found once for all tests. Nothing found is garbage, so none is looked for meanwhile."""
    gc.disable()
    try:
        return Exploration(*WORLDS[world]).run()
    finally:
        gc.enable()


@pytest.fixture(params=WORLDS)
def found(request: pytest.FixtureRequest) -> Explored:
    """Everything reachable, with apologies and without."""
    return explored(request.param)


def test_the_exploration_is_complete_and_not_trivial(found: Explored) -> None:
    assert found.complete
    assert {node.state for node in found.nodes} == set(State)
    assert len(found.nodes) > 3000
    print(f"{len(found.nodes)} states, {found.steps} steps")


def test_idle_is_reached_from_everywhere_once_the_user_is_quiet(found: Explored) -> None:
    assert 0 < longest_way_home(found) <= 40


def test_every_node_but_idle_has_a_live_deadline(found: Explored) -> None:
    for node in found.nodes:
        assert (node.state is State.IDLE) == ("state" not in node.memory.deadlines)


@pytest.mark.parametrize("world", OTHERS)
def test_other_worlds_hold_what_these_hold(world: str) -> None:
    gc.disable()
    try:
        found = Exploration(*OTHERS[world]).run()
    finally:
        gc.enable()
    assert found.complete
    assert len(found.nodes) > 1000
    assert 0 < longest_way_home(found) <= 40


def test_every_row_of_the_table_is_taken() -> None:
    """By a lawful world, by a lossy one (rows for missed ends), or in a moment told by hand (the rarest)."""
    rows = set().union(*(explored(world).rows for world in WORLDS))
    rows |= dropped_continuation()[0].rows | missed_start()[0].rows
    rows = rows.union(*(ended_in_mid_word(state)[0].rows for state in (State.TRANSCRIBING, State.INTERRUPTED)))
    rows |= Exploration(*OTHERS["voice only"]).run().rows
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
