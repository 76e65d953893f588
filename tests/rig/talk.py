"""``is2s run`` as a process in the room, with the models of ``tones``."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

from tests.rig.pulse import WAIT_S

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 3 * WAIT_S

ENTRY_POINTS = """
[is2s.stt]
tones = tests.rig.tones:ToneRecognizer
clips = tests.rig.voices:ClipRecognizer
[is2s.llm]
numbers = tests.rig.tones:TalkativeModel
reader = tests.rig.voices:Reader
[is2s.tts]
noise = tests.rig.tones:NoiseSynthesizer
level = tests.rig.voices:LevelSynthesizer
"""

CONFIG = """
[models]
vad = "energy"
stt = "tones"
llm = "numbers"
tts = "noise"
[endpointing]
min_speech_ms = 64
pause_ms = 96
silence_ms = 256
[dialogue]
min_voiced_ms = 64
"""

VOICES = (
    "--vad",
    "silero",
    "--stt",
    "clips",
    "--llm",
    "reader",
    "--tts",
    "level",
    "--set",
    "endpointing.silence_ms=500",
)
"""For a conversation in true voices."""

CALL = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it
from engine.cli import main
main()
"""


class Talk:
    """A running ``is2s run``; its standard output, line by line, as it comes. To be ended with ``stop``."""

    def __init__(self, folder: Path, env: Mapping[str, str], *arguments: str) -> None:
        self.session = folder / "session"
        about = folder / "packages" / "tones-1.0.dist-info"
        about.mkdir(parents=True, exist_ok=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tones\nVersion: 1.0\n", encoding="utf-8")
        (about / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
        (folder / "run.toml").write_text(CONFIG, encoding="utf-8")
        path = os.pathsep.join([str(about.parent), str(ROOT)])
        given = ["--config", str(folder / "run.toml"), "--output", str(self.session), *arguments]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CALL, "run", *given],
            env={**env, "PYTHONPATH": path},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.out: list[str] = []
        self.err: list[str] = []
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._read, args=(self.process.stdout, self.out), daemon=True),
            Thread(target=self._read, args=(self.process.stderr, self.err), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def until(self, *texts: str) -> str:
        """Wait for a line, not waited past before, that holds all of these; raise ``AssertionError`` without.

        A session that goes on saying other things is not waited for for ever, either.
        """
        end_s = time.monotonic() + LONGEST_S
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, min(WAIT_S, end_s - time.monotonic())))
            except Empty:
                line = None
            assert line is not None, f"no line with {texts} in\n{''.join(self.out)}\n{''.join(self.err)}"
            if all(text in line for text in texts):
                return line

    def stop(self) -> int:
        """Ctrl-C; wait for the end and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self._ended()

    def kill(self) -> None:
        """End it whatever it does."""
        self.process.kill()
        self._ended()

    def _ended(self) -> int:
        status = self.process.wait(WAIT_S)
        for thread in self._threads:
            thread.join(WAIT_S)
        return status

    def _read(self, stream: IO[str], kept: list[str]) -> None:
        with stream:
            for line in stream:
                kept.append(line)
                self._lines.put(line)
