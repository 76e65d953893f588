"""Prompts: what fits, what is told of an interruption, and that nothing unheard is ever in them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.prompting import (
    BEGIN,
    CUT_MARKER,
    CUT_NOTE,
    DROP_STEP_TURNS,
    GO_ON,
    CutPolicy,
    Entry,
    Persona,
    cut_policy,
    estimate_tokens,
    load_persona,
    messages_for,
    persona_from,
    persona_names,
    system_prompt,
)
from models.tools import ToolUse
from states.errors import ConfigError
from states.history import History, Message

PLAIN = Persona("plain", "You are plain.")
POLICIES: tuple[CutPolicy, ...] = get_args(CutPolicy)
CUT = (Message("user", "count"), Message("assistant", "One, two", cut=True), Message("user", "stop"))


def contents(history: Sequence[Entry], policy: CutPolicy = "none", budget: int = 100_000) -> list[tuple[str, str]]:
    """Role and text of all but the system prompt."""
    messages, _ = messages_for(history, PLAIN, policy, budget)
    return [(message["role"], message["content"]) for message in messages[1:]]


def test_cut_policies() -> None:
    user, again = ("user", "count"), ("user", "stop")
    assert contents(CUT, "none") == [user, ("assistant", "One, two"), again]
    assert contents(CUT, "marker") == [user, ("assistant", "One, two --"), again]
    assert contents(CUT, "note") == [user, ("assistant", "One, two"), ("system", CUT_NOTE), again]
    whole = (CUT[0], Message("assistant", "One, two."), CUT[2])
    for policy in POLICIES:
        assert contents(whole, policy) == [user, ("assistant", "One, two."), again]
    assert "hyphens" in system_prompt(PLAIN, "marker")
    assert "hyphens" not in system_prompt(PLAIN, "note")
    assert cut_policy("note") == "note"
    with pytest.raises(ConfigError, match="none, marker, note"):
        cut_policy("flag")


def test_a_request_ends_with_the_user_or_a_result() -> None:
    use = ToolUse("clock", "{}", "five")
    assert contents(()) == [("user", BEGIN)]
    assert contents(CUT[:2])[-1] == ("user", GO_ON)
    assert contents(CUT)[-1] == ("user", "stop")
    assert contents((CUT[0], use))[-1] == ("tool", "five")


WORDS = ["alpha", "beta", "gamma,", "delta", "42", "grün", "日本"]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[Entry], list[str]]:
    """A history as the engine keeps it, and what the assistant generated and nobody heard."""
    history: list[Entry] = []
    unheard: list[str] = []
    for number in range(draw(st.integers(1, 12))):
        history.append(Message("user", draw(words)))
        if draw(st.booleans()):
            history.append(ToolUse("clock", '{"zone": "utc"}', draw(words)))
        heard, rest = draw(words), f"unheard{number} " + draw(words)
        cut = draw(st.booleans())
        unheard += [f"unheard{number}"] if cut else []
        kept = History([Message("assistant", heard if cut else f"{heard} {rest.replace('unheard', 'heard')}", cut)])
        history += kept.messages
    return history[: draw(st.integers(1, len(history)))], unheard


@settings(max_examples=60)
@given(conversations(), st.sampled_from(POLICIES), st.integers(0, 1500))
def test_nothing_but_the_heard_is_sent(
    conversation: tuple[list[Entry], list[str]], policy: CutPolicy, budget: int
) -> None:
    history, unheard = conversation
    messages, _ = messages_for(history, PLAIN, policy, budget)
    sent = json.dumps(messages)
    assert not any(word in sent for word in unheard)
    ours = {system_prompt(PLAIN, policy), CUT_NOTE, GO_ON, ""}
    given_texts = {entry.result if isinstance(entry, ToolUse) else entry.text for entry in history}
    for message in messages:
        text = message["content"]
        assert text in ours or text in given_texts or (text.endswith(CUT_MARKER) and text[:-3] in given_texts)


@settings(max_examples=60)
@given(conversations(), st.sampled_from(POLICIES), st.integers(0, 1500))
def test_whole_turns_are_dropped_and_the_last_stays(
    conversation: tuple[list[Entry], list[str]], policy: CutPolicy, budget: int
) -> None:
    history, _ = conversation
    messages, dropped = messages_for(history, PLAIN, policy, budget)
    everything, none = messages_for(history, PLAIN, policy, 10**9)
    turns = sum(isinstance(entry, Message) and entry.role == "user" for entry in history)
    assert none == 0
    assert 0 <= dropped < turns
    assert dropped % DROP_STEP_TURNS == 0 or dropped == turns - 1
    assert messages[0] == everything[0]
    assert messages[1:] == everything[len(everything) - len(messages) + 1 :], "the end of the whole"
    assert messages[1]["role"] == "user", "no answer without its question"
    if dropped < turns - 1:
        assert sum(estimate_tokens(m["content"]) for m in messages) <= budget
    pairs = [message["role"] for message in messages if message["role"] == "tool" or "tool_calls" in message]
    assert pairs == ["assistant", "tool"] * (len(pairs) // 2), "no half of a call"


def test_the_beginning_stays_the_same_for_some_turns() -> None:
    history = [Message("user", "one two three four"), Message("assistant", "five six seven eight")] * 40
    drops = [messages_for(history[: 2 * n + 1], PLAIN, "none", 500).dropped_turns for n in range(40)]
    assert drops == sorted(drops)
    assert len(set(drops)) <= 40 // DROP_STEP_TURNS + 1
    assert max(drops) > 0


def test_a_turn_that_is_too_long_alone_is_sent() -> None:
    prompt = messages_for((*CUT, Message("assistant", "yes"), Message("user", "word " * 5000)), PLAIN, "none", 100)
    assert prompt.dropped_turns == 2
    assert prompt.messages[-1]["content"].startswith("word")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("Once upon a time there was a machine.", 9), ("3.14159265", 10), ("日本語", 4), ("", 0)],
)
def test_the_estimate_is_rather_too_high(text: str, tokens: int) -> None:
    """``tokens``: what the tokenisers of Llama 3 or Qwen 2.5, whichever makes more, need about."""
    assert tokens <= estimate_tokens(text) <= 3 * tokens


@given(st.text(), st.text())
def test_the_estimate_grows(one: str, more: str) -> None:
    assert estimate_tokens(one) <= estimate_tokens(one + more) <= estimate_tokens(one) + estimate_tokens(more)


def test_the_personas_that_come_along() -> None:
    assert persona_names() == ["assistant", "interviewer", "language_tutor", "storyteller"]
    for name in persona_names():
        persona = load_persona(name)
        assert persona.name == name
        assert persona.description
        text = system_prompt(persona, "marker")
        assert "no markdown, no lists" in text
        assert "Speak English." in text
        assert f"below {persona.max_words} words" in text
        assert estimate_tokens(text) < 700, "it is evaluated before the first word"


def test_a_persona_of_the_users_own(tmp_path: Path) -> None:
    file = tmp_path / "pirate.toml"
    file.write_text('prompt = "You are a pirate."\nvoice = "en_GB-alan-low"\nmax_words = 20\n', encoding="utf-8")
    assert load_persona(str(file)) == Persona("pirate", "You are a pirate.", voice="en_GB-alan-low", max_words=20)
    file.write_text("prompt = ", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"pirate\.toml"):
        load_persona(str(file))
    for missing in ("nobody", "../assistant", str(tmp_path / "none.toml")):
        with pytest.raises(ConfigError):
            load_persona(missing)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({"promt": "x"}, "did you mean 'prompt'"),
        ({"zzz": 1}, "known are prompt"),
        ({"prompt": 1}, "prompt is to be a str"),
        ({"prompt": "x", "max_words": True}, "max_words is to be a int"),
        ({"prompt": "x", "max_words": 1}, "from 5 to 2000"),
        ({"prompt": " "}, "prompt is missing"),
        ({}, "prompt is missing"),
        ({"prompt": "x", "name": "y"}, "no key 'name'"),
    ],
)
def test_what_a_persona_may_not_say(table: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        persona_from(table, "p", "p.toml")
