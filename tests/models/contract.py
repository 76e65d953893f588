"""What the contracts of all roles have in common: being closed anywhere, by anybody, and leaving nothing behind."""

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

WAIT_S = 30.0
"""Longest wait for another thread; only a failing test waits so long."""

EVERYTHING = 10**9
TAKEN = (0, 1, 2, 3, 7, EVERYTHING)
"""After how many items a stream is closed: before the first, in the middle, and after the last."""

T = TypeVar("T")


def elsewhere(work: Callable[[], T]) -> T:
    """Do it in a thread of its own; what it raises is raised here."""
    found: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(WAIT_S)
    assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]
    return found[0]


def take_and_close(stream: Any, count: int) -> list[Any]:
    """The first so many items of a stream, which is then closed, twice; after that it has no more."""
    taken = list(islice(stream, count))
    stream.close()
    stream.close()
    assert next(stream, None) is None
    return taken


def in_two_threads(ask: Callable[[], Iterator[T]], count: int) -> None:
    """Made here, iterated there, and closed there: in another thread than that which made it."""
    stream = ask()
    elsewhere(lambda: take_and_close(stream, count))


def threads_of_models() -> set[threading.Thread]:
    """Those that an adapter has made."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("is2s-")}


def closed_without_a_thread(model: Any, before: set[threading.Thread]) -> None:
    """Close the model, where it can be; no thread that it made outlives that, but for the call that runs."""
    close = getattr(model, "close", None)
    if close is not None:
        close()
        close()
    left = threads_of_models() - before
    for thread in left:
        thread.join(WAIT_S)
    assert not [thread.name for thread in left if thread.is_alive()]
