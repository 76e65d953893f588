"""The face of a session: what it shows to whoever is there, and what it takes from them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from engine.loop import Listener
from engine.session import Session
from engine.stages.transcription import Caption
from engine.terminal.controls import Controls
from states.events import SessionStopped
from states.state import State


class Face(Protocol):
    """Made before the session, which is given its listeners, its caption and its ``warn``."""

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Who is told of every step; they copy and return."""

    @property
    def caption(self) -> Caption:
        """Who is told of transcripts as they get better; copies and returns."""

    def note(self, text: str) -> None:
        """Show something worth knowing. Any thread."""

    def warn(self, text: str) -> None:
        """Show something that went wrong. Any thread."""

    def attending(self, session: Session) -> AbstractContextManager[None]:
        """While inside, show the session and obey its user. Raises ``OSError`` at the end where nobody read it."""


def controls_of(
    session: Session, *, push_to_talk: bool = False, text_only: bool = False, can_type: bool = True
) -> Controls:
    """The keys of a session."""

    def has_reply() -> bool:
        return session.dialogue.state in (State.THINKING, State.SPEAKING)

    return Controls(
        post=session.mailbox.post,
        switch=session.switch,
        has_reply=has_reply,
        push_to_talk=push_to_talk,
        text_only=text_only,
        can_type=can_type,
    )


def stopping(session: Session) -> Callable[[], None]:
    """Ends the session, in order: for when its terminal or its reader has gone away."""
    return lambda: session.mailbox.post(SessionStopped())
