"""Facts about all else: time, devices, and what the user asks for by hand."""

from dataclasses import dataclass
from typing import ClassVar

from states.event import Event


@dataclass(frozen=True, slots=True)
class DeadlineExpired(Event):
    """A deadline set by ``SetDeadline`` has passed."""

    deadline: int


@dataclass(frozen=True, slots=True)
class CaptureOverflowed(Event):
    """The microphone's buffer was full and samples were lost."""

    dropped_samples: int


@dataclass(frozen=True, slots=True)
class MicrophoneMuted(Event):
    """The user switched the microphone off; it gives silence now, which ends speech in progress."""


@dataclass(frozen=True, slots=True)
class MicrophoneUnmuted(Event):
    """The user switched the microphone on again."""


@dataclass(frozen=True, slots=True)
class DeviceLost(Event):
    """A sound device, ``microphone`` or ``loudspeaker``, is gone; the shell tries to get it back."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceRestored(Event):
    """It is back, it or another in its place."""

    device: str


@dataclass(frozen=True, slots=True)
class TurnTyped(Event):
    """The user typed a turn in place of speaking it; never blank."""

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    text: str


@dataclass(frozen=True, slots=True)
class StopRequested(Event):
    """The user pressed the key that stops the reply now, past all gates."""


@dataclass(frozen=True, slots=True)
class SessionStopped(Event):
    """The session is over: the user quit, or the input ended. Everything after it is late."""
