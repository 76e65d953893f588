"""Whether and how our own voice is taken out of the microphone, and a simulated echo to try that with."""

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
