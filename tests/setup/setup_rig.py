"""``is2s setup`` as a process of its own, with its own current directory, cache, hub and Ollama."""

import os
import subprocess
import sys
from pathlib import Path

from models import piper_voices, whisper_files

CODE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it
from engine.cli import main
sys.argv[0] = "is2s"
main()
"""
CALL = [sys.executable, "-c", CODE, "setup"]
WAIT_S = 60.0
WHISPER = "Systran/faster-whisper-base.en"
VOICE = "rhasspy/piper-voices/en/en_GB/alba/medium/en_GB-alba-medium.onnx"


class Setup:
    """Calls ``is2s setup`` as a process of its own."""

    def __init__(self, place: Path, hub: str, ollama: str) -> None:
        self.cache = place / "cache" / "is2s"
        self._where = place / "here"
        self._environment = os.environ | {
            "HF_ENDPOINT": hub,
            "OLLAMA_HOST": ollama,
            "XDG_CACHE_HOME": str(place / "cache"),
            "HF_HOME": str(place / "hf"),
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*CALL, *arguments],
            cwd=self._where,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=WAIT_S)
        return process.returncode, out, err

    def is_complete(self) -> bool:
        """Whether the backends would find all of it; and nothing half-done is left."""
        assert not list(self.cache.rglob("*.part")), "nothing is left of the fetching"
        voice = self.cache / "piper" / f"{piper_voices.DEFAULT_VOICE}.onnx"
        files = piper_voices.VoiceFiles(voice, voice.with_name(f"{voice.name}.json"))
        return whisper_files.flaws(self.cache / "whisper" / "base.en") == [] and piper_voices.flaw(files) == ""
