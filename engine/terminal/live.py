"""The live face: the whole picture on a terminal that can show it, with keys where there are any."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console

from engine.loop import Listener
from engine.session import Session
from engine.stages.transcription import Caption
from engine.terminal.face import controls_of, stopping
from engine.terminal.terminals import keys_are_there, pressing
from engine.terminal.view import View


class LiveFace:
    """A ``Face`` that is the live view. ``title`` and ``backends`` stand in its head."""

    def __init__(
        self,
        console: Console | None = None,
        *,
        title: str = "",
        backends: str = "",
        push_to_talk: bool = False,
        text_only: bool = False,
    ) -> None:
        self._view = View(console or Console(), title=title, backends=backends)
        self._attending = False
        self._push_to_talk = push_to_talk
        self._text_only = text_only

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The view."""
        return (self._view,)

    @property
    def caption(self) -> Caption:
        """The view again."""
        return self._view.hear

    def note(self, text: str) -> None:
        """In the picture; before there is one, on standard error too, where it stays."""
        self._view.note(text)
        if self._attending:
            self._view.warn(text)
        else:
            print(f"is2s: {text}", file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """In the picture, and once more when it is gone."""
        self._view.warn(text)

    @contextmanager
    def attending(self, session: Session) -> Iterator[None]:
        """While inside, show the picture and obey keys."""
        self._attending = True
        controls = controls_of(session, push_to_talk=self._push_to_talk, text_only=self._text_only)
        with ExitStack() as inside:
            if keys_are_there():
                inside.enter_context(pressing(controls.press, hung_up=stopping(session)))
            inside.enter_context(self._view.showing(session, controls))
            yield
