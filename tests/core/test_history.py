"""The history: alternating, merged, without empty messages."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.history import Entry, History, Message, ToolUse, entry_from, entry_record, spoken

messages = st.builds(Message, st.sampled_from(("user", "assistant")), st.text(" ab", max_size=4), st.booleans())


def test_neighbours_of_one_role_become_one_message() -> None:
    history = History([Message("user", "I want"), Message("user", "to go on.")])
    assert history.messages == (Message("user", "I want to go on."),)


def test_the_last_part_says_whether_a_message_was_cut() -> None:
    history = History([Message("assistant", "Once", cut=True), Message("assistant", "upon a time.")])
    assert history.messages == (Message("assistant", "Once upon a time."),)
    history.add(Message("assistant", "There", cut=True))
    assert history.messages == (Message("assistant", "Once upon a time. There", cut=True),)


def test_empty_words_leave_no_trace() -> None:
    history = History([Message("user", "Hello."), Message("assistant", "  "), Message("user", "Hello?")])
    assert list(history) == [Message("user", "Hello. Hello?")]
    assert (len(history), history.last_role) == (1, "user")


def test_a_new_history_is_empty() -> None:
    assert (len(History()), History().last_role, History().messages) == (0, None, ())


def test_a_snapshot_does_not_change_afterwards() -> None:
    history = History([Message("user", "One.")])
    before = history.messages
    history.add(Message("assistant", "Two."))
    assert before == (Message("user", "One."),)


@given(st.lists(messages, max_size=12))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_roles_alternate_and_every_word_is_kept_in_order(told: list[Message]) -> None:
    kept = History(told).messages
    assert all(a.role != b.role for a, b in pairwise(kept))
    assert all(message.text == message.text.strip() != "" for message in kept)
    words = [(m.role, word) for m in told for word in m.text.split()]
    assert [(m.role, word) for m in kept for word in m.text.split()] == words


@given(st.lists(messages, max_size=12))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_a_history_of_a_history_is_the_same(told: list[Message]) -> None:
    kept = History(told).messages
    assert History(kept).messages == kept


LIGHT = ToolUse("light", "{}", "on")


def test_a_call_stands_where_it_happened_and_keeps_words_apart() -> None:
    history = History([Message("user", "Light!"), LIGHT, LIGHT, Message("user", "Thanks.")])
    assert history.messages == (Message("user", "Light!"), LIGHT, LIGHT, Message("user", "Thanks."))
    assert history.last_role == "user"
    assert spoken(history) == (Message("user", "Light!"), Message("user", "Thanks."))
    assert LIGHT.text == "light({}) gave on"


@pytest.mark.parametrize("entry", [Message("user", "Hi"), Message("assistant", "So", cut=True), LIGHT])
def test_an_entry_survives_as_plain_values(entry: Entry) -> None:
    assert entry_from(entry_record(entry)) == entry


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"role": "system", "text": "x"},
        {"role": "user", "text": 1},
        {"role": "tool", "name": "x"},
        {"role": "user"},
    ],
)
def test_what_is_no_entry_is_refused(record: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        entry_from(record)
