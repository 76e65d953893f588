"""A reply as plain text, word by word as it is heard: what a typed conversation prints where there is no view."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from engine.inspect.timeline import shown
from engine.terminal.scene import Scene, words_of
from models.ports import MIC_HZ
from states.step import Step

LOOK_S = 0.04
"""Words come some four a second; nobody sees that one was 40 ms late."""

CUT = " --"

MARGIN_SAMPLES = MIC_HZ // 10
"""Words are printed so much after they were heard: a reply may be cut off at what was heard a moment ago, and a word
that was printed cannot be taken back. What is missing is printed at the reply's end."""


class WordPrinter:
    """A listener that prints replies, one a line, and never a word that was not heard.

    What is printed of a reply that was cut off is what the history keeps of it, and two dashes. ``heard`` gives the
    samples of a reply that were heard; ``tell`` takes text, and does not block.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._steps: deque[Step] = deque()
        self._scene = Scene()
        self._printed = ""

    def __call__(self, step: Step, _waited_us: int, _took_us: int) -> None:
        """Keep a step until it is looked at."""
        self._steps.append(step)

    @contextmanager
    def printing(self, heard: Callable[[int], int]) -> Iterator[None]:
        """While inside, print in a thread of its own."""
        stop = Event()
        thread = Thread(target=self._run, args=(heard, stop), name="is2s-words", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.look(heard)

    def look(self, heard: Callable[[int], int]) -> None:
        """Print what has been heard since the last look."""
        while self._steps:
            step = self._steps.popleft()
            self._scene.take(step)
            if step.kept is not None:
                self._finish(step.kept, cut=step.cut)
        reply = self._scene.reply
        if reply is not None:
            self._go_on(words_of(reply, max(0, heard(reply.id) - MARGIN_SAMPLES))[0])

    def _run(self, heard: Callable[[int], int], stop: Event) -> None:
        while not stop.wait(LOOK_S):
            self.look(heard)

    def _go_on(self, spoken: str) -> None:
        spoken = shown(spoken)
        if spoken.startswith(self._printed):
            self._tell(spoken[len(self._printed) :])
            self._printed = spoken

    def _finish(self, kept: str, *, cut: bool) -> None:
        self._go_on(kept)
        if self._printed:
            self._tell(f"{CUT}\n" if cut else "\n")
        self._printed = ""
