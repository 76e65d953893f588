"""What each key does.

Keys come by name: a character is its own, others are ``enter``, ``escape``, ``backspace``, ``clear`` and ``end``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.audio.switch import MicrophoneSwitch
from states.events import Event, SessionStopped, StopRequested, TurnTyped

LONGEST_TURN = 2000
"""Characters of a typed turn; a mistaken paste ends here."""


@dataclass(frozen=True, slots=True)
class Handles:
    """What the keys have set, for a display: the line being typed, None where none is, and the modes."""

    typing: str | None = None
    help: bool = False
    muted: bool = False
    push_to_talk: bool = False
    text_only: bool = False
    can_type: bool = True


class Controls:
    """Turns keys into events. ``press`` belongs to one thread; ``handles`` may be read in any.

    With push-to-talk the space bar is pressed to speak and pressed again when done: a terminal tells of no key that
    is let go, and the pause before a held key repeats (a third of a second or more) would cut off the first word of
    whoever takes a single press for a held one. To begin to speak stops a reply at once: whoever presses has the
    floor. ``has_reply`` tells whether one is being prepared or heard.
    In text-only mode a line is always being typed. Without ``can_type`` there is nowhere to show one.
    """

    def __init__(
        self,
        *,
        post: Callable[[Event], None],
        switch: MicrophoneSwitch,
        has_reply: Callable[[], bool],
        push_to_talk: bool = False,
        text_only: bool = False,
        can_type: bool = True,
    ) -> None:
        self._post = post
        self._switch = switch
        self._has_reply = has_reply
        if push_to_talk:
            switch.turn(False)
        self.handles = Handles(
            typing="" if text_only else None,
            muted=push_to_talk,
            push_to_talk=push_to_talk,
            text_only=text_only,
            can_type=can_type,
        )

    def press(self, key: str) -> None:
        """Do what this key does now; a key without a meaning does nothing."""
        if self.handles.typing is None:
            self._command(key)
        else:
            self._type(key, self.handles.typing)

    def _command(self, key: str) -> None:
        handles = self.handles
        match key:
            case " " if handles.push_to_talk:
                self._talk()
            case " " | "enter":
                self._post(StopRequested())
            case "m" | "M" if not handles.push_to_talk:
                self._turn(on=handles.muted)
            case "t" | "T" if handles.can_type:
                self.handles = replace(handles, typing="", help=False)
            case "q" | "Q" | "end":
                self._post(SessionStopped())
            case "?" | "h" | "H":
                self.handles = replace(handles, help=not handles.help)
            case "escape":
                self.handles = replace(handles, help=False)
            case _:
                pass

    def _talk(self) -> None:
        if self.handles.muted and self._has_reply():
            self._post(StopRequested())
        self._turn(on=self.handles.muted)

    def _turn(self, *, on: bool) -> None:
        self._switch.turn(on)
        self.handles = replace(self.handles, muted=not on)

    def _type(self, key: str, text: str) -> None:
        left = "" if self.handles.text_only else None
        after: str | None = text
        match key:
            case "enter":
                if text.strip():
                    self._post(TurnTyped(text.strip()))
                elif self.handles.text_only:
                    self._post(StopRequested())
                after = left
            case "escape":
                after = left
            case "backspace":
                after = text[:-1]
            case "clear":
                after = ""
            case "end" if not text:
                self._post(SessionStopped())
            case _ if len(key) == 1 and key.isprintable():
                after = (text + key)[:LONGEST_TURN]
            case _:
                pass
        self.handles = replace(self.handles, typing=after)
