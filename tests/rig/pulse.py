"""A room made of PulseAudio: a daemon of its own, without any sound card, in a folder of its own.

One null sink of four channels is the air. What is played to ``mouth`` is heard by ``microphone``; what is played to
``loudspeaker`` is only recorded. Both are channels of the one sink, so a recording of its monitor holds what the user
said and what the engine let be heard, on one clock, sample for sample. What ``tests.rig.walls`` sends back of the
loudspeaker is a channel of its own, too. ``norewinds=1``: without it a null sink works
in blocks of two seconds. ``rate=16000``: nothing is resampled on the way.
"""

import os
import select
import shutil
import signal
import subprocess
from collections.abc import Mapping
from ctypes.util import find_library
from pathlib import Path

WAIT_S = 20
"""Longest wait for a program of the rig; only a failing test waits so long."""

MODULES = """
.fail
load-module module-native-protocol-unix socket={folder}/native auth-anonymous=1
load-module module-null-sink sink_name=air format=float32le rate=16000 channels=4 \
channel_map=front-left,front-right,rear-left,rear-right norewinds=1
load-module module-remap-sink sink_name=loudspeaker master=air {loudspeaker} remix=no
load-module module-remap-sink sink_name=mouth master=air channels=1 channel_map=mono \
master_channel_map=rear-left remix=no
load-module module-remap-sink sink_name=walls master=air channels=1 channel_map=mono \
master_channel_map=rear-right remix=no
load-module module-remap-source source_name=microphone master=air.monitor {hears} remix=no
set-default-sink loudspeaker
set-default-source microphone
"""

ALONE = "channels=1 channel_map=mono master_channel_map=front-left"
EVERYWHERE = "channels=2 channel_map=front-left,front-right master_channel_map=front-left,rear-left"
"""What is played in mono goes to both channels, and the second is the microphone's."""

ALSA = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""
"""PortAudio reaches PulseAudio through ALSA."""

PROGRAMS = ("pulseaudio", "pactl", "paplay", "parec")


def lacking() -> str:
    """Why there can be no rig here; empty where there can."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"no {', '.join(missing)}; mend it with: sudo apt install pulseaudio pulseaudio-utils"
    if find_library("portaudio") is None:
        return "no PortAudio; mend it with: sudo apt install libportaudio2"
    if not any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        return "ALSA has no way to PulseAudio; mend it with: sudo apt install libasound2-plugins"
    return ""


class Rig:
    """A daemon from ``start`` to ``kill``; it may be started again.

    ``echo``: the microphone hears the loudspeaker, and nothing else. ``both``: it hears the user and the loudspeaker,
    at once and ``both_db`` louder than where it sounds; a recording's track of the mouth holds the two. ``walls``: it
    hears the user and the walls, each by the half, for PulseAudio takes the mean of two channels where one is asked
    for.
    """

    def __init__(
        self, folder: Path, *, echo: bool = False, both: bool = False, both_db: int = 0, walls: bool = False
    ) -> None:
        self.folder = folder
        self._both_db = both_db
        (folder / "asound.conf").write_text(ALSA, encoding="utf-8")
        hears = f"channels=1 channel_map=mono master_channel_map={'front-left' if echo else 'rear-left'}"
        if walls:
            hears = "channels=2 channel_map=front-left,front-right master_channel_map=rear-left,rear-right"
        loudspeaker = EVERYWHERE if both else ALONE
        modules = MODULES.format(folder=folder, hears=hears, loudspeaker=loudspeaker)
        (folder / "modules.pa").write_text(modules, encoding="utf-8")

    @property
    def env(self) -> Mapping[str, str]:
        """The environment in which programs live in this room."""
        own = {
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "PULSE_SERVER": f"unix:{self.folder}/native",
            "ALSA_CONFIG_PATH": str(self.folder / "asound.conf"),
        }
        left = {key: value for key, value in os.environ.items() if not key.startswith(("PULSE_", "DBUS_", "XDG_"))}
        return {**left, **own}

    def start(self) -> None:
        """Start the daemon; returns when it is ready. Raises ``CalledProcessError``."""
        options = ["--exit-idle-time=-1", "--realtime=no", "--high-priority=no", "--daemonize=yes"]
        log = f"--log-target=newfile:{self.folder}/pulseaudio.log"
        (self.folder / "native").unlink(missing_ok=True)
        self._run("pulseaudio", "-n", "-F", str(self.folder / "modules.pa"), log, *options)
        if self._both_db:
            self.control("set-sink-volume", "loudspeaker", "1.0", f"{10 ** (self._both_db / 20):.4f}")

    def kill(self) -> None:
        """Kill the daemon and wait until it is gone, with all that played through it."""
        try:
            pid = int((self.folder / "pulse" / "pid").read_text())
            gone = os.pidfd_open(pid)
        except (FileNotFoundError, ProcessLookupError):
            return
        try:
            os.kill(pid, signal.SIGKILL)
            assert select.select([gone], [], [], WAIT_S)[0], "the daemon did not end"
        finally:
            os.close(gone)
        (self.folder / "pulse" / "pid").unlink(missing_ok=True)

    def control(self, *words: str) -> str:
        """Ask ``pactl``."""
        return self._run("pactl", *words)

    def say(self, wav: Path) -> "subprocess.Popen[bytes]":
        """Have the user say what is in a sound file; ends with it."""
        return subprocess.Popen(["paplay", "--device=mouth", str(wav)], env=self.env)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout
