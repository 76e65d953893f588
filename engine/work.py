"""What a worker is: a generator of events that knows no thread and no clock.

A worker yields an ``Event`` to report, ``None`` after a piece of work that leaves nothing to report (a point where
it may be cancelled), ``WAITING`` where its model is still at the same piece of work, or ``Pause`` where it must wait
for others. To cancel it, its executor closes it, in the thread that iterates it; ``finally`` blocks run there.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeVar

from states.events import Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """The worker has nothing to do for this long."""

    ms: int


class Waiting(Enum):
    """The model has nothing new yet. A point where the worker may be cancelled, and nothing else.

    How often it comes depends on how fast the machine is, so it must leave no trace: it costs no declared time, and
    the time that passes until then belongs to what comes next.
    """

    STILL = "still"


WAITING = Waiting.STILL

Worker = Generator[Event | Pause | Waiting | None, None, None]


@dataclass(frozen=True, slots=True)
class Job:
    """Work for one stage. ``subject`` is the reply or utterance it serves, by which it is cancelled.

    ``start`` makes the worker, in the thread that will iterate it. ``failed`` turns an exception into the event
    that tells of it, so that no worker dies in silence.
    """

    stage: str
    subject: int
    start: Callable[[], Worker]
    failed: Callable[[str], Event]


class Executor(Protocol):
    """Runs jobs: one at a time within a stage, in order; stages side by side."""

    def submit(self, job: Job) -> None:
        """Run this job after the earlier ones of its stage. Called by the loop; does not block."""

    def cancel(self, stage: str, subject: int | None = None) -> None:
        """Forget waiting jobs of this stage and subject (None: any), and stop the running one when it next yields."""

    def is_idle(self) -> bool:
        """True where no job waits or runs."""

    def close(self) -> None:
        """Cancel everything and release all threads."""


@contextmanager
def stream_of(model: Iterator[T]) -> Iterator[Iterator[T]]:
    """Iterate what a model yields, and close it at the end, also of a cancelled worker: in the same thread."""
    try:
        yield model
    finally:
        close = getattr(model, "close", None)
        if close is not None:
            close()


def one_line(error: Exception) -> str:
    """An exception as the text of a failure event."""
    return " ".join(f"{type(error).__name__}: {error}".split())
