"""The microphone's switch: what it hears counts only while it is on."""

from collections.abc import Callable

import numpy as np

from models.ports import Samples
from states.events import Event, MicrophoneMuted, MicrophoneUnmuted
from states.step import Step


class MicrophoneSwitch:
    """Stands between the device and everything that listens or records: switched off, there is only silence.

    ``turn`` belongs to the keys and takes effect at once; ``post`` is told. The switch is a listener too, so that it
    is turned as well where the events come from a scenario. ``cut_off`` is called when it has gone off: an utterance
    in progress ends there and then, for the silence that follows is not that of somebody who thinks.
    ``through`` belongs to the device.
    """

    def __init__(self, *, post: Callable[[Event], None], cut_off: Callable[[], None]) -> None:
        self._post = post
        self._cut_off = cut_off
        self._on = True

    def __call__(self, step: Step, _waited_us: int, _took_us: int) -> None:
        """Obey what the dialogue was told."""
        match step.event:
            case MicrophoneMuted():
                self._on = False
                self._cut_off()
            case MicrophoneUnmuted():
                self._on = True
            case _:
                pass

    @property
    def on(self) -> bool:
        """Whether the microphone counts."""
        return self._on

    def turn(self, on: bool) -> None:
        """Switch it on or off."""
        self._on = on
        self._post(MicrophoneUnmuted() if on else MicrophoneMuted())

    def through(self, block: Samples) -> Samples:
        """The block itself, or as much silence. For the audio callback."""
        return block if self._on else np.zeros_like(block)
