"""Functions that the model calls: one pair of call and result for each, given out before anything else happens."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest

from models.llm_ollama import MAX_ROUNDS, OllamaModel
from models.tools import MAX_RESULT_CHARS, Tool, ToolUse, load_tools, tool_from, use_tool
from states.errors import BackendError, ConfigError
from states.history import Message
from tests.ollama_server import OllamaServer, answer, calls

ASKED = (Message("user", "what is on the list?"),)


class Kitchen:
    """Functions with an effect that can be counted."""

    def __init__(self) -> None:
        self.bought: list[str] = []

    def buy(self, item: str, count: int = 1) -> str:
        """Put something on the shopping list.

        Args:
            item: what to buy
            count: how many
        """
        self.bought += [item] * count
        return f"{len(self.bought)} on the list"

    def burn(self) -> None:
        """Fail."""
        raise RuntimeError("the oven\nis on fire")


@pytest.fixture
def kitchen() -> Kitchen:
    """A new one for each test."""
    return Kitchen()


def model(server: OllamaServer, kitchen: Kitchen) -> OllamaModel:
    """An adapter that offers both functions."""
    return OllamaModel(host=server.url, tools=[kitchen.buy, kitchen.burn])


def said(stream: Iterator[str | ToolUse]) -> list[str | ToolUse]:
    """All that is not empty."""
    return [item for item in stream if item != ""]


def test_a_call_in_the_first_answer(server: OllamaServer, kitchen: Kitchen) -> None:
    server.chat(calls(("buy", {"item": "milk", "count": 2})))
    server.chat(answer("Two", " milks."))
    pair = ToolUse("buy", '{"count": 2, "item": "milk"}', "2 on the list")
    assert said(model(server, kitchen).stream(ASKED)) == [pair, "Two", " milks."]
    first, second = server.bodies()
    assert [tool["function"]["name"] for tool in first["tools"]] == ["buy", "burn"]
    asking, result = second["messages"][-2:]
    assert asking["tool_calls"] == [{"function": {"name": "buy", "arguments": {"item": "milk", "count": 2}}}]
    assert (result["role"], result["tool_name"], result["content"]) == ("tool", "buy", "2 on the list")


def test_two_calls_in_one_answer_and_one_in_the_next(server: OllamaServer, kitchen: Kitchen) -> None:
    server.chat(calls(("buy", {"item": "milk"}), ("buy", {"item": "bread"}), content="Let me see. "))
    server.chat(calls(("buy", {"item": "tea"})))
    server.chat(answer("Done."))
    items = said(model(server, kitchen).stream(ASKED))
    assert items[0] == "Let me see. "
    assert [use.result for use in items if isinstance(use, ToolUse)] == [f"{n} on the list" for n in (1, 2, 3)]
    assert items[-1] == "Done."
    roles = [message["role"] for message in server.bodies()[2]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "tool", "assistant", "tool"]
    assert len(server.bodies()[2]["messages"][2]["tool_calls"]) == 2


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("burn", {}, "error: RuntimeError: the oven"),
        ("fly", {}, "error: there is no function 'fly'; there are: burn, buy"),
        ("buy", {"thing": "milk"}, "error: TypeError"),
        ("buy", {"item": "milk", "count": "many"}, "error: ValueError"),
    ],
)
def test_failures_are_told_to_the_model(
    server: OllamaServer, kitchen: Kitchen, name: str, arguments: Mapping[str, Any], text: str
) -> None:
    server.chat(calls((name, arguments)))
    server.chat(answer("Sorry."))
    pair, apology = said(model(server, kitchen).stream(ASKED))
    assert isinstance(pair, ToolUse)
    assert pair.failed
    assert pair.result.startswith(text)
    assert apology == "Sorry."
    assert server.bodies()[1]["messages"][-1]["content"] == pair.result


def test_closing_before_the_function_prevents_it(server: OllamaServer, kitchen: Kitchen) -> None:
    server.chat(calls(("buy", {"item": "milk"}), content="A moment."))
    stream = model(server, kitchen).stream(ASKED)
    assert next(item for item in stream if item) == "A moment."
    stream.close()
    assert kitchen.bought == []


def test_cancelled_in_the_function_the_pair_comes_first(server: OllamaServer, kitchen: Kitchen) -> None:
    """Nothing is orphaned: what has happened is told. Nothing is repeated: the next prompt has call and result."""
    server.chat(calls(("buy", {"item": "milk"}), ("buy", {"item": "bread"})))
    adapter = model(server, kitchen)
    stream = adapter.stream(ASKED)
    item = next(item for item in stream if kitchen.bought)  # the first to come out once the function has run
    stream.close()
    assert item == ToolUse("buy", '{"item": "milk"}', "1 on the list")
    assert kitchen.bought == ["milk"], "the second call was not begun"
    assert len(server.bodies()) == 1, "nothing more was asked"
    assert isinstance(item, ToolUse)
    server.chat(answer("One milk."))
    assert said(adapter.stream((*ASKED, item, Message("user", "so?")))) == ["One milk."]
    sent = server.bodies()[1]["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "tool", "user"]
    assert json.loads(item.arguments) == sent[2]["tool_calls"][0]["function"]["arguments"]
    assert kitchen.bought == ["milk"]


def test_a_model_that_only_calls_must_speak_in_the_end(server: OllamaServer, kitchen: Kitchen) -> None:
    for _ in range(MAX_ROUNDS):
        server.chat(calls(("buy", {"item": "milk"})))
    server.chat(answer("Enough."))
    assert said(model(server, kitchen).stream(ASKED))[-1] == "Enough."
    assert "tools" not in server.bodies()[-1] or server.bodies()[-1]["tools"] == []
    for _ in range(MAX_ROUNDS + 1):
        server.chat(calls(("buy", {"item": "milk"})))
    with pytest.raises(BackendError, match="empty answer"):
        said(model(server, kitchen).stream(ASKED))
    assert len(kitchen.bought) == 2 * MAX_ROUNDS


def test_the_connection_is_lost_after_the_function(server: OllamaServer, kitchen: Kitchen) -> None:
    server.chat(calls(("buy", {"item": "milk"})))
    server.chat(answer("Done."), end_at=20)
    stream = model(server, kitchen).stream(ASKED)
    assert isinstance(next(item for item in stream if item), ToolUse)
    with pytest.raises(BackendError, match="lost"):
        said(stream)


def light(
    room: Literal["kitchen", "hall"], on: bool, level: float | None = None, tags: list[str] | None = None, n: int = 0
) -> dict[str, Any]:
    """Switch a light.

    It takes a moment.

    Args:
        room (str): which one,
            of two
        on: whether it shall burn
        level: from 0 to 1

    Returns:
        what was set
    """
    return {"room": room, "on": on, "level": level, "tags": tags, "n": n}


def test_a_function_is_described_by_its_signature() -> None:
    spec = tool_from(light).schema["function"]
    assert spec["description"] == "Switch a light. It takes a moment."
    assert spec["parameters"]["required"] == ["room", "on"]
    assert spec["parameters"]["properties"] == {
        "room": {"type": "string", "enum": ["kitchen", "hall"], "description": "which one, of two"},
        "on": {"type": "boolean", "description": "whether it shall burn"},
        "level": {"type": "number", "description": "from 0 to 1"},
        "tags": {"type": "array", "description": ""},
        "n": {"type": "integer", "description": ""},
    }


def test_arguments_are_fitted_to_their_types() -> None:
    tools = {"light": tool_from(light)}
    use = use_tool(tools, "light", {"room": "hall", "on": "True", "level": "0.5", "tags": ["a"], "n": 3.0})
    assert json.loads(use.result) == {"room": "hall", "on": True, "level": 0.5, "tags": ["a"], "n": 3}
    assert use_tool(tools, "light", {"room": "cellar", "on": True}).failed


@pytest.mark.parametrize(
    ("result", "text"), [(None, "done"), ("ü", "ü"), (3, "3"), ("\ud800", "?"), ({"a": 1}, '{"a": 1}')]
)
def test_results_become_text(result: object, text: str) -> None:
    def give() -> object:
        """Give it."""
        return result

    assert use_tool({"give": tool_from(give)}, "give", {}).result == text


def test_long_results_are_cut() -> None:
    def much() -> str:
        """Say much."""
        return "x" * 10_000

    assert len(use_tool({"much": tool_from(much)}, "much", {}).result) == MAX_RESULT_CHARS


def mute() -> None:
    pass


def many(*items: str) -> None:
    """Take many."""


def strange(item: complex) -> None:
    """Take a complex number."""


async def later() -> None:
    """Do it later."""


@pytest.mark.parametrize("function", [mute, many, strange, later])
def test_what_cannot_be_a_tool(function: Any) -> None:
    with pytest.raises(ConfigError, match=function.__name__):
        tool_from(function)


def test_tools_by_name() -> None:
    tools: dict[str, Tool] = load_tools([light])
    assert list(tools) == ["light"]
    assert load_tools(["models.prompting:persona_names"])["persona_names"].schema["function"]["description"]
    for wrong in ("nowhere:x", "json:nothing", "json", "json:__name__"):
        with pytest.raises(ConfigError):
            load_tools([wrong])
    with pytest.raises(ConfigError, match="two tools"):
        load_tools([light, light])
