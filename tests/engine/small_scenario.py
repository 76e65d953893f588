"""A scenario that needs no recording and no model: two seconds of tone, and scripts for the rest."""

from pathlib import Path

import numpy as np
import soundfile

from models.ports import MIC_HZ

TOML = """
title = "A question and its answer"

[models]
vad = "scripted"

[[user]]
at_ms = 200
heard = "what time is it"

[[assistant]]
text = "It is late, my friend."

[expect]
path = ["listening", "transcribing", "thinking", "speaking", "idle"]
barge_ins = 0
history = [["user", "what time is it"], ["assistant", "It is late, my friend."]]
"""


def write_scenario(folder: Path, text: str = TOML) -> Path:
    """Write ``scenario.toml`` and ``user.wav`` to a new folder and return it."""
    folder.mkdir(parents=True)
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    write_tone(folder / "user.wav")
    return folder


def write_tone(path: Path, ms: int = 600) -> None:
    """A sound file at ``MIC_HZ``, mono, 16 bit."""
    time_s = np.arange(ms * MIC_HZ // 1000) / MIC_HZ
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 300 * time_s), MIC_HZ, subtype="PCM_16")
