"""The live view: a thread that looks at a session twelve times a second and paints what it sees.

The session's threads only leave something behind here: the loop its steps, recognition its transcripts. All else is
read from outside. Where the terminal goes away or the painting fails, the conversation goes on without it.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import numpy as np
from rich.console import Console
from rich.text import Text

from engine.session import Session
from engine.terminal.controls import Controls
from engine.terminal.conversation import conversation_rows
from engine.terminal.glyphs import glyphs_of
from engine.terminal.meters import Levels, falling, peak_db
from engine.terminal.painter import Painter
from engine.terminal.picture import Frame, Moment, rows
from engine.terminal.scene import Scene
from models.ports import Samples
from states.step import Step

FRAME_S = 0.08
"""A picture every 80 ms: quick enough for a word, and next to nothing for the processor."""

SILENCE: Samples = np.zeros(0, dtype=np.float32)

WARNING_US = 15_000_000
"""How long a warning is shown; all of them are printed once more at the end."""


class View:
    """A display of one session, a listener. ``hear``, ``note`` and ``warn`` belong to any thread; all only copy.

    ``title`` and ``backends`` stand in the head of the picture.
    """

    def __init__(self, console: Console, *, title: str = "", backends: str = "") -> None:
        self._console = console
        self._title = title
        self._backends = backends
        self._notes: list[str] = []
        self._glyphs = glyphs_of(console.encoding)
        self._steps: deque[Step] = deque()
        self._partials: deque[tuple[int, str]] = deque()
        self._warnings: list[str] = []
        self._warned_us = -WARNING_US
        self._shown_warnings = 0
        self._levels = Levels()
        self.scene = Scene()
        self.frames = 0

    def __call__(self, step: Step, _waited_us: int, _took_us: int) -> None:
        """Keep a step for the next picture."""
        self._steps.append(step)

    def hear(self, utterance: int, text: str) -> None:
        """Keep a transcript that may still get better."""
        self._partials.append((utterance, text))

    def note(self, text: str) -> None:
        """Keep something worth knowing: it stands where the conversation will."""
        self._notes.append(text)

    def warn(self, text: str) -> None:
        """Keep a warning."""
        self._warnings.append(text)

    @contextmanager
    def showing(self, session: Session, controls: Controls) -> Iterator[None]:
        """While inside, the session is on the screen; afterwards the conversation is printed as it was heard."""
        self.scene = Scene(pause_ms=session.config.endpointing.pause_ms)
        painter, stop = Painter(self._console), Event()
        thread = Thread(target=self._run, args=(session, controls, painter, stop), name="is2s-view", daemon=True)
        try:
            with painter.screen():
                thread.start()
                try:
                    yield
                finally:
                    stop.set()
                    thread.join()
        finally:
            self._take()
            self._print_conversation()

    def _run(self, session: Session, controls: Controls, painter: Painter, stop: Event) -> None:
        try:
            while not stop.wait(FRAME_S):
                self._paint(session, controls, painter)
        except Exception as error:  # a display is no reason to end a conversation
            self.warn(f"the view has ended, the conversation goes on: {type(error).__name__}: {error}")
            with suppress(OSError, ValueError):  # nor a terminal that has gone away
                painter.leave()

    def _paint(self, session: Session, controls: Controls, painter: Painter) -> None:
        self._take()
        width, height = painter.size
        frame = Frame(width, height, self._glyphs, self._title, self._backends, tuple(self._notes))
        painter.paint(rows(self.scene, self._moment(session, controls), frame))
        self.frames += 1

    def _take(self) -> None:
        while self._partials:
            self.scene.hear(*self._partials.popleft())
        while self._steps:
            self.scene.take(self._steps.popleft())

    def _moment(self, session: Session, controls: Controls) -> Moment:
        now_us = session.clock.now_us()
        reply = self.scene.reply
        if len(self._warnings) > self._shown_warnings:
            self._shown_warnings, self._warned_us = len(self._warnings), now_us
        warned = now_us - self._warned_us < WARNING_US
        microphone, loudspeaker = session.recorder.latest if session.recorder is not None else (SILENCE, SILENCE)
        self._levels = Levels(
            falling(self._levels.microphone_db, peak_db(microphone)),
            falling(self._levels.loudspeaker_db, peak_db(loudspeaker)),
            round(100 * session.endpointing.probability),
        )
        return Moment(
            now_us,
            heard=session.playout.rendered(reply.id) if reply is not None else 0,
            levels=self._levels,
            handles=controls.handles,
            warning=self._warnings[-1] if warned and not self._is_told_below() else "",
        )

    def _is_told_below(self) -> bool:
        """Whether the last warning is a note that stands where the conversation will."""
        return self._warnings[-1] in self._notes and not self.scene.lines

    def _print_conversation(self) -> None:
        """What was said, on the ordinary screen, and the warnings: with the other screen they are gone."""
        with suppress(OSError, ValueError):
            width = max(20, self._console.width - 1)
            for row in conversation_rows(self.scene, 0, width, 10_000, self._glyphs):
                self._console.print(row, no_wrap=True, overflow="crop", highlight=False)
            for text in self._warnings:
                self._console.print(Text(f"is2s: {text}", "yellow"), highlight=False)
