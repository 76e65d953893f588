"""Whether PortAudio is here, and which microphone and loudspeaker it would take; no stream is opened."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_PACKAGES = {
    "apt-get": "sudo apt-get install libportaudio2",
    "dnf": "sudo dnf install portaudio",
    "pacman": "sudo pacman -S portaudio",
    "zypper": "sudo zypper install libportaudio2",
    "apk": "sudo apk add portaudio",
}
"""What installs it, by the system's package manager. The wheels for macOS and Windows bring it along."""


@dataclass(frozen=True, slots=True)
class SoundReadiness:
    """``microphone`` and ``loudspeaker``: the default devices' names, empty where there is none."""

    ready: bool
    detail: str
    remedy: str = ""
    microphone: str = ""
    loudspeaker: str = ""


def portaudio() -> SoundReadiness:
    """Ask PortAudio for its devices. Blocks for some tenths of a second, or for as long as the sound server does."""
    try:
        with _hushed():
            import sounddevice

            version = str(sounddevice.get_portaudio_version()[1]).partition(",")[0]
            found = [_default(sounddevice, kind) for kind in ("input", "output")]
    except ImportError:
        return SoundReadiness(False, "the package sounddevice is not installed", "pip install sounddevice")
    except OSError as error:  # so it says that the library cannot be found
        return SoundReadiness(False, " ".join(str(error).split()), install_command())
    microphone, loudspeaker = found
    names = f"microphone: {microphone or 'none'}; loudspeaker: {loudspeaker or 'none'}"
    return SoundReadiness(bool(microphone and loudspeaker), f"{version}; {names}", "", microphone, loudspeaker)


def _default(library: object, kind: str) -> str:
    """The name of the default device of a kind; empty where PortAudio has none."""
    try:
        return str(library.query_devices(kind=kind)["name"])  # type: ignore[attr-defined]
    except Exception:  # PortAudioError, or ValueError where there is no device at all
        return ""


def install_command() -> str:
    """What installs PortAudio on this system; empty where that is not known."""
    if sys.platform != "linux":
        return "pip install --force-reinstall sounddevice"
    return next((command for tool, command in _PACKAGES.items() if shutil.which(tool)), "")


@contextmanager
def _hushed() -> Iterator[None]:
    """ALSA writes its doubts about devices that nobody asked for to standard error, past Python."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
