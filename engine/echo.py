"""Whether and how our own voice is taken out of the microphone, and a simulated echo to try that with.

Why the Kalman filter is the default (``tests/bench_echo.py``: 13 conditions, speech and rooms not tuned on). Of users
as loud as the echo it lets 100 of 100 be noticed within a second, of those 10 dB below it 94 of 97, and keeps 94 and
87 % of their speech frames; WebRTC's AEC3 lets 93 and 75, and keeps 78 and 47 %. With either at most 0.05 % of the
frames of our own voice are left as speech. AEC3 is better at what is new: of 40 first replies whose echo is as loud
as the loudspeaker 5 interrupt themselves, with the Kalman filter 19; and a microphone that is moved or clocks that
differ trouble it less. (The Kalman filter's figures are of the version before ``_NEIGHBOUR``.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.audio.echo_path import EchoPath
from models import registry
from models.ports import EchoCanceller


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """What is done about echo.

    ``canceller``: a backend's name; ``none``; or ``auto``: the first that is ready where the loudspeaker can be heard
    by the microphone, which is with a sound card, or with an echo that is simulated, and none with a file.
    ``simulated``: with a file in place of the microphone, let our own voice be heard in it through this room.
    """

    canceller: str = "auto"
    simulated: EchoPath | None = None


def choose_canceller(
    settings: EchoSettings, options: Mapping[str, Mapping[str, Any]], *, audible: bool
) -> EchoCanceller | None:
    """Make the canceller; None where there is to be none. ``audible``: the microphone can hear the loudspeaker.

    ``options`` by backend name. Raises ``ConfigError`` for a name or an option that is not known, and
    ``BackendUnavailable`` where it is not ready.
    """
    name = settings.canceller
    if name == "none" or (name == "auto" and not audible):
        return None
    if name == "auto":
        name, _ = registry.resolve("aec", options)
    canceller: EchoCanceller = registry.create("aec", name, **options.get(name, {}))
    return canceller
