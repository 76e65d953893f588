"""A conversation with Ollama's server that can be broken off at any moment by the thread that holds it.

The official client's asynchronous form is driven by hand: an event loop of its own for each request, run for
``POLL_S`` at a time in the caller's thread. In between the caller has the floor, also while the server is silent, and
may close the generator; that cancels the read, closes the TCP connection and returns. No thread, no signal.

A blocking client cannot do this. Closing its generator from another thread raises, and waits for the next token.
What the server does once the connection is closed is its own affair: Ollama stops generating, but one that still
evaluates a long prompt notices only at its first token (https://github.com/ollama/ollama/issues/11889).
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import httpx
import ollama

from models.ollama_ready import pull_command, server_absent
from states.errors import BackendError, BackendUnavailable

POLL_S = 0.02
"""How long the caller may wait for the floor while the server is silent."""

CLOSING_S = 0.5
"""A connection that does not close in this time is left to the collector: a TLS server may not say goodbye."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which server, which model, and how long each step may take, in seconds.

    ``connect_s``: until the connection stands. ``first_s``: until the first line, which includes loading the model
    and reading the prompt. ``gap_s``: between two lines.
    """

    url: str
    model: str
    connect_s: float
    first_s: float
    gap_s: float
    trust: ssl.SSLContext | bool = False

    def client(self) -> ollama.AsyncClient:
        """A client for one request, made in a millisecond because ``trust`` is made beforehand.

        Environment proxies are ignored, redirects not followed, connections not kept. The time limits on reading
        are those of ``lines``, which count whole lines and not bytes.
        """
        return ollama.AsyncClient(
            host=self.url,
            timeout=httpx.Timeout(None, connect=self.connect_s),
            trust_env=False,
            verify=self.trust,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )


Ask = Callable[[ollama.AsyncClient], Awaitable[AsyncIterator[T]]]
"""Sends the request, and gives the answer's lines."""


def lines(endpoint: Endpoint, ask: Ask[T]) -> Generator[T | None, None, None]:
    """Yield each line of the answer, and None whenever none came for ``POLL_S``.

    Close it to break off: the connection is closed when ``close`` returns. To be iterated in a thread where no event
    loop runs. Raises ``BackendError`` with what went wrong in one line.
    """
    loop = asyncio.new_event_loop()
    answer = _answer(endpoint, ask)
    pending: asyncio.Task[T | None] | None = None
    limit_s = endpoint.connect_s + endpoint.first_s
    try:
        while True:
            pending = loop.create_task(_next(answer))
            asked_s = loop.time()
            while not loop.run_until_complete(_is_done(pending)):
                if loop.time() - asked_s > limit_s:
                    raise BackendError(f"Ollama at {endpoint.url} sent nothing for {limit_s:g} s")
                yield None
            line = _result(pending, endpoint)
            if line is None:
                return
            yield line
            limit_s = endpoint.gap_s
    finally:
        loop.run_until_complete(_closed(answer, pending))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _answer(endpoint: Endpoint, ask: Ask[T]) -> AsyncGenerator[T, None]:
    stream = await ask(endpoint.client())
    async with aclosing(stream) as parts:  # type: ignore[type-var]  # the client returns a generator
        async for part in parts:
            yield part


async def _next(answer: AsyncGenerator[T, None]) -> T | None:
    try:
        return await answer.__anext__()
    except StopAsyncIteration:
        return None


async def _is_done(task: "asyncio.Task[T | None]") -> bool:
    done, _ = await asyncio.wait({task}, timeout=POLL_S)
    return bool(done)


async def _closed(answer: AsyncGenerator[T, None], pending: "asyncio.Task[T | None] | None") -> None:
    if pending is not None and not pending.done():
        pending.cancel()
        await asyncio.wait({pending}, timeout=CLOSING_S)
    closing = asyncio.ensure_future(answer.aclose())
    await asyncio.wait({closing}, timeout=CLOSING_S)
    for task in (pending, closing):
        if task is not None and task.done() and not task.cancelled():
            task.exception()  # looked at, or the loop complains of it on standard error
    await asyncio.sleep(0)  # the transport calls its own end in the loop's next round


def _result(task: "asyncio.Task[T | None]", endpoint: Endpoint) -> T | None:
    """What the server sent, or the error as the user is to read it."""
    where = f"Ollama at {endpoint.url}"
    try:
        return task.result()
    except ollama.ResponseError as error:
        raise _refusal(error, endpoint) from error
    except (httpx.ConnectError, httpx.ConnectTimeout, ConnectionError) as error:
        raise server_absent(endpoint.url) from error
    except httpx.HTTPError as error:
        raise BackendError(f"{where}: the connection was lost in the middle of an answer ({_said(error)})") from error
    except (ValueError, TypeError, AttributeError) as error:  # no JSON, no object, or not of the shape of an answer
        raise BackendError(f"{where} sent a line that is no answer ({_said(error)})") from error


def _refusal(error: ollama.ResponseError, endpoint: Endpoint) -> BackendError:
    text = " ".join(str(error.error).split())[:300] or "no reason given"
    if error.status_code == 404 and "not found" in text and "page not found" not in text:  # that is another server
        return BackendUnavailable(
            f"Ollama has no model {endpoint.model!r}", remedy=pull_command(endpoint.model, endpoint.url)
        )
    if error.status_code == -1:  # the client's number for an error line among the lines of an answer
        return BackendError(f"Ollama broke off its answer: {text}")
    return BackendError(f"Ollama at {endpoint.url} refused, status {error.status_code}: {text}")


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:120]
