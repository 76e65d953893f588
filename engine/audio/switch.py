"""The microphone's switch: what it hears counts only while it is on."""

from collections.abc import Callable

import numpy as np

from models.ports import Samples
from states.events import Event, MicrophoneMuted, MicrophoneUnmuted


class MicrophoneSwitch:
    """Stands between the device and everything that listens or records: switched off, there is only silence.

    ``turn`` may be called in any one thread, ``through`` belongs to the device's. ``post`` is told of every change.
    ``cut_off`` is called when it goes off, so that an utterance in progress ends there and then: its end is what the
    user wanted, and the silence that follows is not that of somebody who thinks.
    """

    def __init__(self, *, post: Callable[[Event], None], cut_off: Callable[[], None]) -> None:
        self._post = post
        self._cut_off = cut_off
        self._on = True

    @property
    def on(self) -> bool:
        """Whether the microphone counts."""
        return self._on

    def turn(self, on: bool) -> None:
        """Switch it on or off; nothing happens where it is that already."""
        if on == self._on:
            return
        self._on = on
        if on:
            self._post(MicrophoneUnmuted())
        else:
            self._post(MicrophoneMuted())
            self._cut_off()

    def through(self, block: Samples) -> Samples:
        """The block itself, or as much silence. For the audio callback."""
        return block if self._on else np.zeros_like(block)
