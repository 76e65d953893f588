"""PortAudio, loaded when it is first needed, and what its devices are called.

The list of devices is what PortAudio saw when it was loaded; ``look_again`` makes it look anew.
"""

import ctypes
import platform
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Literal

from engine.audio.portaudio_ready import install_command
from states.errors import AudioDeviceError

Kind = Literal["microphone", "loudspeaker"]

FILE_INSTEAD = "without one: is2s run --input FILE, or is2s run --text"


@dataclass(frozen=True, slots=True)
class Device:
    """A sound card, or one side of it. ``index`` is PortAudio's, good until it looks again."""

    index: int
    name: str
    host: str
    inputs: int
    outputs: int
    rate_hz: int
    default_input: bool
    default_output: bool

    def channels(self, kind: Kind) -> int:
        """How many of that kind; 0: it has none."""
        return self.inputs if kind == "microphone" else self.outputs

    def is_default(self, kind: Kind) -> bool:
        """Whether the system takes this one where nothing is chosen."""
        return self.default_input if kind == "microphone" else self.default_output


def portaudio() -> ModuleType:
    """The module ``sounddevice``. Raises ``AudioDeviceError``, with the mending command, where it cannot load."""
    try:
        import sounddevice
    except ImportError as error:
        raise AudioDeviceError("no sounddevice package; mend it with: pip install sounddevice") from error
    except OSError as error:
        remedy = install_command() or "your system's package of PortAudio"
        raise AudioDeviceError(f"no PortAudio library; mend it with: {remedy}; {FILE_INSTEAD}") from error
    _silence_alsa()
    module: ModuleType = sounddevice
    return module


@cache
def _silence_alsa() -> None:
    """Keep ALSA from writing every under-run to standard error; they are counted, and errors are raised.

    Its handler may be called in the audio thread, where a Python function would have to wait for the interpreter. A
    function of the C library that takes no arguments and changes nothing serves as one that does nothing.
    """
    if platform.system() == "Linux":
        with suppress(OSError, AttributeError):
            nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
            ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)


def devices() -> list[Device]:
    """All devices, inputs and outputs. Raises ``AudioDeviceError`` where PortAudio cannot be asked."""
    sd = portaudio()
    try:
        hosts, found = sd.query_hostapis(), sd.query_devices()
        first_in, first_out = (int(index) for index in sd.default.device)
        default_in = _default(sd, "input") if first_in < 0 else first_in
        default_out = _default(sd, "output") if first_out < 0 else first_out
    except sd.PortAudioError as error:
        raise AudioDeviceError(f"the sound cards cannot be listed: {error}") from error
    return [
        Device(
            index,
            str(entry["name"]),
            str(hosts[entry["hostapi"]]["name"]),
            int(entry["max_input_channels"]),
            int(entry["max_output_channels"]),
            int(entry["default_samplerate"]),
            index == default_in,
            index == default_out,
        )
        for index, entry in enumerate(found)
    ]


def _default(sd: Any, side: str) -> int:
    """The first host's default, which PortAudio may not pass on; -1 where there is none."""
    for host in sd.query_hostapis():
        if host[f"default_{side}_device"] >= 0:
            return int(host[f"default_{side}_device"])
    return -1


def look_again() -> None:
    """Have PortAudio look for devices anew. Every open stream ends."""
    sd = portaudio()
    with suppress(sd.PortAudioError):
        sd._terminate()  # there is no public way; sounddevice's own documentation names this one
    try:
        sd._initialize()
    except sd.PortAudioError as error:
        raise AudioDeviceError(f"PortAudio does not start: {error}") from error


def choose(found: list[Device], kind: Kind, wanted: str) -> Device:
    """The device meant by a name, a part of one, or a number; ``""`` is the system's default.

    Raises ``AudioDeviceError``, with what there is, where none is meant or several are.
    """
    fit = [device for device in found if device.channels(kind)]
    if not fit:
        raise AudioDeviceError(f"there is no {kind}: is2s devices lists what there is; {FILE_INSTEAD}")
    if not wanted:
        return next((device for device in fit if device.is_default(kind)), fit[0])
    if wanted.isdigit():
        named = [device for device in fit if device.index == int(wanted)]
    else:
        named = [device for device in fit if device.name == wanted]
        named = named or [device for device in fit if wanted.casefold() in device.name.casefold()]
        hosts = [device.host for device in found if device.is_default(kind)]
        # One card may be there by several interfaces of the system; the default's is meant.
        if len({device.name for device in named}) == 1:
            named = [device for device in named if device.host in hosts] or named[:1]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(f"{device.index} {device.name!r}" for device in named or fit)
    problem = f"{wanted!r} may be any of these" if named else f"no {kind} is called {wanted!r}; there are"
    raise AudioDeviceError(f"{problem}: {listed}")
