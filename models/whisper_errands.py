"""Blocking recognition done in a thread of its own, so that whoever waits for it may stop waiting at any time.

One call into Whisper's C++ cannot be interrupted: up to seconds for a large model, although a barge-in may have made
its answer stale. A generator that blocks in it keeps its stage's thread for all that time, and the next utterance
waits. Here the call runs elsewhere and the generator only waits, some milliseconds at a time: closed, it returns at
once. The stale call is told by a flag, ends at its next opportunity, and nobody sees what it finds.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from models.ports import Transcript
from states.errors import BackendError


class Flag:
    """Raised once, by whoever no longer wants the work; looked at by the work. A plain attribute: one writer."""

    __slots__ = ("raised",)

    def __init__(self) -> None:
        self.raised = False


class Abandoned(Exception):
    """The work saw its flag and gave up. Never leaves this package's threads."""


Work = Callable[[Callable[[Transcript], None], Flag], None]
"""Work is given where to put its transcripts, better and better, and the flag; it returns when it is done."""


class Errands:
    """Up to ``side_by_side`` pieces of work at a time, each in a thread; a further one waits for the first to end.

    ``poll_ms`` is how long a waiting generator is deaf to being closed; 0 makes it wait until there is something, so
    that it yields nothing but what the work found (a replay that pulls it on a virtual clock then sees the same
    number of yields every time).
    """

    def __init__(self, name: str, *, side_by_side: int, poll_ms: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=side_by_side, thread_name_prefix=f"is2s-{name}")
        self._timeout_s = poll_ms / 1000 if poll_ms > 0 else None

    def run(self, work: Work) -> Iterator[Transcript]:
        """Yield what the work finds; while it takes its time, the last transcript (at first an empty one) again.

        Raises what the work raises, ``BackendError`` where the pool is closed.
        """
        flag = Flag()
        found: SimpleQueue[Transcript | BaseException | None] = SimpleQueue()

        def errand() -> None:
            try:
                if not flag.raised:
                    work(found.put, flag)
                found.put(None)
            except BaseException as error:  # handed to the thread that waits; nothing is lost
                found.put(error)

        try:
            future = self._pool.submit(errand)
        except RuntimeError as error:
            raise BackendError("the recogniser is closed") from error
        last = Transcript("")
        try:
            while True:
                try:
                    item = found.get(timeout=self._timeout_s)
                except Empty:
                    yield last
                    continue
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                last = item
                yield last
        finally:
            flag.raised = True
            future.cancel()

    def close(self, *, wait: bool = False) -> None:
        """Take no more work; what runs is left to end by itself, or waited for."""
        self._pool.shutdown(wait=wait, cancel_futures=True)
