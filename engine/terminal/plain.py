"""The plain face: a line for every step worth telling, as it happens; for pipes, logs and simple terminals."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from engine.codec import step_record
from engine.inspect.timeline import notable, text_of
from engine.loop import Listener
from engine.session import Session
from engine.stages.transcription import Caption, no_caption
from engine.terminal.controls import Controls
from engine.terminal.face import controls_of, stopping
from engine.terminal.footer import help_of, shown_while_typed
from engine.terminal.noted import NotedOnStandardError
from engine.terminal.telling import Teller
from engine.terminal.terminals import is_dumb, is_terminal, keys_are_there, pressing
from states.step import Step


@dataclass(frozen=True, slots=True)
class _Typing:
    """The line being typed has changed; None: there is none any more."""

    text: str | None


@dataclass(frozen=True, slots=True)
class _Note:
    """A line that is no step."""

    text: str


class PlainFace(NotedOnStandardError):
    """A ``Face`` of lines on standard output, warnings on standard error. ``everything``: also steps of little note.

    Where standard input is a terminal, its keys count, unless not ``keys``; a turn can be typed only where standard
    output is one too.
    """

    def __init__(
        self, *, quiet: bool = False, everything: bool = False, push_to_talk: bool = False, keys: bool = True
    ) -> None:
        super().__init__(quiet=quiet)
        self._everything = everything
        self._push_to_talk = push_to_talk
        self._keys = keys and keys_are_there()
        self._can_type = not quiet and is_terminal(sys.stdout) and not is_dumb()
        self._typed: str | None = None  # the teller's own
        self._teller: Teller[Step | _Typing | _Note] = Teller(self._form)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Nobody, where nothing is to be told."""
        return () if self._quiet else (self._take,)

    @property
    def caption(self) -> Caption:
        """Lines cannot get better."""
        return no_caption

    @contextmanager
    def attending(self, session: Session) -> Iterator[None]:
        """While inside, tell of steps and obey keys."""
        self._teller.broken = stopping(session)
        with ExitStack() as inside:
            inside.callback(self._teller.close)
            if self._keys:
                controls = controls_of(session, push_to_talk=self._push_to_talk, can_type=self._can_type)
                inside.enter_context(
                    pressing(lambda key: self._press(controls, key), hung_up=stopping(session)),
                )
            yield

    def _take(self, step: Step, _waited_us: int, _took_us: int) -> None:
        self._teller.tell(step)

    def _press(self, controls: Controls, key: str) -> None:
        before = controls.handles
        controls.press(key)
        after = controls.handles
        if self._quiet:
            return
        if after.help and not before.help:
            self._teller.tell(_Note("\n".join(f"  {name:14} {what}" for name, what in help_of(after))))
        if after.typing != before.typing:
            self._teller.tell(_Typing(after.typing))

    def _form(self, item: Step | _Typing | _Note) -> str:
        match item:
            case _Typing(text):
                self._typed = text
                return self._prompt(clear=True)
            case _Note(text):
                lines = text + "\n"
            case Step():
                shown = notable([step_record(item)], everything=self._everything)
                lines = "".join(text_of(line) + "\n" for line in shown)
        return lines if self._typed is None else "\r\x1b[K" + lines + self._prompt()

    def _prompt(self, *, clear: bool = False) -> str:
        start = "\r\x1b[K" if clear else ""
        return start if self._typed is None else f"{start}you> {shown_while_typed(self._typed)}"
