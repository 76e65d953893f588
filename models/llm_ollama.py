"""Ollama as the language model: answers streamed from a server on this machine, with functions it may call.

``stream`` gives the floor back at least every 20 ms, whatever the server does, so that whoever iterates it can close
it; once ``close`` returns, the connection is gone (see ``models.ollama_wire``). Pieces may be empty for that reason.

Functions run between two requests, in the iterating thread. The call and its result come out as one ``ToolUse``, as
the very next thing after the function has returned. So whoever closes this either did so before the function ran, and
nothing happened, or is given the pair first.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from typing import Any

import httpx
import ollama

from models.ollama_ready import DEFAULT_MODEL, server_url
from models.ollama_wire import Endpoint, lines
from models.prompting import (
    ChatMessage,
    called,
    cut_policy,
    estimate_tokens,
    load_persona,
    messages_for,
    rendered_use,
    system_prompt,
)
from models.tools import load_tools, use_tool
from states.errors import BackendError, ConfigError
from states.history import Entry, ToolUse

CONTEXT_TOKENS = 4096
"""Some ten minutes of talk, after which old turns are dropped. Costs 0.5 GB of memory with llama3.2:3b. Always said:
the server's own default has changed over its versions, and it cuts in silence what is longer."""

MAX_ROUNDS = 4
"""Requests with functions on offer for one answer; the next has none, so the model must speak."""

SLACK_LINES = 16
"""A server that keeps to ``num_predict`` sends a line a token at most, and a few without one."""

_log = logging.getLogger("is2s.llm")


class OllamaModel:
    """A ``LanguageModel``. Any thread, also several at once; each stream in the one thread that iterates it.

    Making one reads the persona's file, asks nothing of the server and takes some 0.1 ms (100 ms with https).
    """

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        host: str | None = None,
        *,
        persona: str = "assistant",
        cut: str = "marker",
        tools: Sequence[Callable[..., object] | str] = (),
        keep_alive: str | float = "10m",
        think: bool | str = False,
        options: Mapping[str, Any] | None = None,
        connect_timeout_s: float = 1.0,
        first_timeout_s: float = 60.0,
        read_timeout_s: float = 15.0,
    ) -> None:
        """``cut``: what the model is told of its own interrupted words, see ``CutPolicy``.

        ``keep_alive``: how long the server keeps the model in memory after an answer. ``think`` stays False for
        speech: what a reasoning model thinks is never spoken and only delays it. ``options`` go to the server;
        ``num_ctx`` and ``num_predict`` (a bound on any answer) also rule the prompt's budget.
        Raises ``ConfigError`` for options that cannot be.
        """
        self.persona = load_persona(persona)
        self._cut = cut_policy(cut)
        self._tools = load_tools(tools)
        self._keep_alive, self._think = keep_alive, think
        self._options = {
            "num_ctx": CONTEXT_TOKENS,
            "num_predict": max(256, 4 * self.persona.max_words),
        } | dict(options or {})
        self._longest = _bound(self._options)
        offered = estimate_tokens(str([tool.schema for tool in self._tools.values()]))
        self._budget_tokens = int(self._options["num_ctx"]) - self._longest - offered
        if self._budget_tokens < estimate_tokens(system_prompt(self.persona, self._cut)) + 256:
            raise ConfigError("num_ctx is too small for the persona, the functions and an answer of num_predict")
        url = server_url(host)
        try:
            httpx.URL(url)
        except httpx.InvalidURL as error:
            raise ConfigError(f"the host of Ollama, {url!r}: {error}") from error
        trust = ssl.create_default_context() if url.startswith("https") else False
        self._endpoint = Endpoint(url, model, connect_timeout_s, first_timeout_s, read_timeout_s, trust)

    def stream(self, messages: Sequence[Entry]) -> Generator[str | ToolUse, None, None]:
        """Yield the answer's pieces, ``""`` while there is none, and each ``ToolUse`` as soon as it has happened.

        Raises ``BackendUnavailable`` where server or model are missing, ``BackendError`` where the answer fails, also
        in the middle, where it is empty, or where the server falls silent. An answer ends, without an error, at
        ``num_predict`` tokens, also where the server does not keep to it.
        """
        prompt = messages_for(messages, self.persona, self._cut, self._budget_tokens)
        if prompt.dropped_turns:
            _log.info("the context is full: the oldest %d turns are not sent", prompt.dropped_turns)
        sent = prompt.messages
        for number in range(MAX_ROUNDS + 1):
            text, calls = yield from self._answer(sent, offering=number < MAX_ROUNDS)
            if not calls:
                break
            asking: ChatMessage = {"role": "assistant", "content": text, "tool_calls": []}
            sent.append(asking)
            for call in calls:
                yield ""  # the last moment at which closing prevents the call
                use = use_tool(self._tools, call.function.name, call.function.arguments)
                yield use
                asking["tool_calls"].append(called(use))
                sent.append(rendered_use(use)[1])
        if not text.strip():
            raise BackendError(f"{self._endpoint.model} gave an empty answer")

    def warm_up(self) -> None:
        """Load the model and have the system prompt evaluated, so that the first turn is as fast as the others.

        Blocks until that is done: seconds, or half a minute from a slow disk. Raises as ``stream`` does.
        """
        for _ in self.warming():
            pass

    def warming(self) -> Generator[None, None, None]:
        """``warm_up`` in steps of 20 ms at most; close it to give up.

        First the model is loaded, by an empty prompt and with the options of later requests, for others would have
        it loaded again. Then one token is asked for, after which the server holds the system prompt evaluated.
        """

        async def load(client: ollama.AsyncClient) -> AsyncIterator[ollama.GenerateResponse]:
            return await client.generate(
                self._endpoint.model, keep_alive=self._keep_alive, options=self._options, stream=True
            )

        for _ in lines(self._endpoint, load):
            yield None
        prompt = messages_for((), self.persona, self._cut, self._budget_tokens).messages
        for _ in lines(self._endpoint, self._chat(prompt, self._options | {"num_predict": 1}, offering=True)):
            yield None

    def _answer(
        self, sent: Sequence[ChatMessage], *, offering: bool
    ) -> Generator[str, None, tuple[str, list[ollama.Message.ToolCall]]]:
        """One request: yields its pieces, returns them joined and the calls that the model wants."""
        pieces: list[str] = []
        calls: list[ollama.Message.ToolCall] = []
        count = 0
        answer = lines(self._endpoint, self._chat(sent, self._options, offering=offering))
        try:
            for line in answer:
                if line is None:
                    yield ""
                    continue
                count += 1
                calls += line.message.tool_calls or ()
                pieces.append(line.message.content or "")
                yield pieces[-1]
                if line.done:
                    return "".join(pieces), calls if offering else []
                if count >= self._longest + SLACK_LINES:
                    _log.info("the answer does not end: broken off after %d lines", count)
                    return "".join(pieces), []
        finally:
            answer.close()
        raise BackendError(f"Ollama at {self._endpoint.url} ended its answer without saying that it is whole")

    def _chat(
        self, sent: Sequence[ChatMessage], options: Mapping[str, Any], *, offering: bool
    ) -> "Callable[[ollama.AsyncClient], Any]":
        async def ask(client: ollama.AsyncClient) -> AsyncIterator[ollama.ChatResponse]:
            return await client.chat(
                self._endpoint.model,
                messages=[_encodable(message) for message in sent],
                tools=[tool.schema for tool in self._tools.values()] if offering else [],
                stream=True,
                think=self._think,
                options=options,
                keep_alive=self._keep_alive,
            )

        return ask


def _encodable(message: ChatMessage) -> ChatMessage:
    """Half a surrogate pair, which a model may have written, would fail this request and all that come after it."""
    whole = message.copy()
    whole["content"] = message["content"].encode("utf-8", "replace").decode("utf-8")
    return whole


def _bound(options: Mapping[str, Any]) -> int:
    """The largest number of tokens in an answer. Endless answers (0, -1, -2) are no option for speech."""
    for key in ("num_ctx", "num_predict"):
        if not isinstance(options[key], int) or options[key] < 1:
            raise ConfigError(f"{key} is to be a whole number above 0, not {options[key]!r}")
    return int(options["num_predict"])
