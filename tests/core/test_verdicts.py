"""Every state × event pair has the verdict that ``verdicts.txt`` tells a reviewer, and the table keeps its rules."""

import inspect
from collections import defaultdict

import pytest

from states import (
    actions_answer,
    actions_reply,
    actions_speech,
    actions_turn,
    actions_utterance,
    guards,
    guards_turn,
)
from states.events import EVENTS, Event
from states.lateness import DECLINED, LATE
from states.row import Row
from states.state import State
from states.table import TABLE
from tests.core.verdicts import PAGE, names, parsed, worded

PREFIXES = ("is_", "has_", "can_", "will_", "deserves_", "prepares")
WRITTEN = parsed(PAGE.read_text(encoding="utf-8"))
PAIRS = [(event, name, state) for event, name in zip(EVENTS, names(), strict=True) for state in State]


def test_the_page_has_every_pair_and_no_other() -> None:
    assert set(WRITTEN) == {(name, state.value) for _, name, state in PAIRS}
    assert len(WRITTEN) == 6 * 27


@pytest.mark.parametrize(("event", "name", "state"), PAIRS, ids=lambda value: getattr(value, "value", None))
def test_the_table_gives_the_verdict_on_the_page(event: type[Event], name: str, state: State) -> None:
    assert worded(event, state) == WRITTEN[name, state.value]


def rows_by_pair() -> dict[tuple[type[Event], State], list[Row]]:
    """The rows of each pair, in order."""
    found = defaultdict(list)
    for row in TABLE:
        found[row.event, row.source].append(row)
    return found


def test_no_row_is_shadowed_by_an_earlier_one() -> None:
    for (event, state), rows in rows_by_pair().items():
        for i, row in enumerate(rows):
            for earlier in rows[:i]:
                shadowed = set(earlier.guards) <= set(row.guards)
                assert not shadowed, f"{event.__name__} in {state}: {row} is never reached after {earlier}"


def test_every_guard_is_one_and_is_used() -> None:
    used = {guard for row in TABLE for guard in row.guards}
    assert {guard.__module__ for guard in used} == {guards.__name__, guards_turn.__name__}
    for module in (guards, guards_turn):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and name.startswith(PREFIXES):
                assert function in used, f"{name} guards nothing"


def test_every_action_is_one() -> None:
    for row in TABLE:
        module = inspect.getmodule(row.action)
        assert module in (actions_answer, actions_reply, actions_speech, actions_turn, actions_utterance)
        assert getattr(module, row.action.__name__) is row.action


def test_guards_and_actions_take_what_the_table_hands_them() -> None:
    for row in TABLE:
        for function in (*row.guards, row.action):
            assert list(inspect.signature(function).parameters) == ["c", "e", "d"], function


def test_every_event_may_be_late_with_a_reason() -> None:
    assert set(LATE) == set(EVENTS)
    assert all(LATE.values())
    assert set(DECLINED) <= set(EVENTS)


def test_every_row_says_why_in_one_word() -> None:
    assert all(row.reason.isidentifier() and row.reason == row.reason.lower() for row in TABLE)


def test_every_state_has_a_deadline_row_without_guard_or_is_idle() -> None:
    from states.events import DeadlineExpired

    for state in State:
        rows = rows_by_pair().get((DeadlineExpired, state), [])
        assert (state is State.IDLE and not rows) or not rows[-1].guards, f"{state} may be left hanging"


def test_every_state_stops_with_the_session() -> None:
    from states.events import SessionStopped

    assert all(rows_by_pair()[SessionStopped, state][-1].dest is State.IDLE for state in State)
