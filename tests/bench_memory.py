"""Seconds until each model is ready, and memory with all loaded and used. Usage: python -m tests.bench_memory FOLDER.

In a process of its own, imports included. Ollama's server, which holds the language model, is another process.
"""

import sys
from pathlib import Path
from typing import Any

from engine.clock import MonotonicClock
from models.ports import FRAME_SAMPLES, Audio
from models.registry import create
from states.history import Message
from tests.bench_adapters import piper, whisper
from tests.bench_report import report
from tests.bench_speed import LONG
from tests.ollama_server import OllamaServer


def peak_mb() -> float:
    """Greatest resident memory of this process so far; Linux only, elsewhere not a number."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def main(folder: Path) -> None:
    """Load, then use each once."""
    import numpy as np

    made: dict[str, Any] = {}
    clock = MonotonicClock()
    with OllamaServer() as server:
        for name, make in (
            ("silero", lambda: create("vad", "silero")),
            ("whisper, base size", lambda: whisper(folder / "base")),
            ("ollama, the client", lambda: create("llm", "ollama", host=server.url)),
            ("piper, medium size", lambda: piper(folder / "medium.onnx")),
        ):
            begun_us = clock.now_us()
            try:
                made[name] = make()
            except Exception as error:  # not built, or not installed
                report(f"ready: {name}", f"{type(error).__name__}")
                continue
            report(f"ready: {name}", f"{(clock.now_us() - begun_us) / 1e6:.2f} s")
        report("ready: all of them", f"{clock.now_us() / 1e6:.2f} s")
        noise = np.random.default_rng(1).standard_normal(48_000).astype(np.float32) * np.float32(0.05)
        for name, model in made.items():
            if name == "silero":
                model.probability(noise[:FRAME_SAMPLES])
            elif name.startswith("whisper"):
                list(model.recognize(Audio(noise)))
            elif name.startswith("ollama"):
                list(model.stream((Message("user", "hello"),)))
            else:
                list(model.synthesize(LONG))
    report(f"peak resident memory, {len(made)} models loaded and used", f"{peak_mb():.0f} MB", "< 700 MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
