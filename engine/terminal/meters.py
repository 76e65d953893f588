"""Meters: how loud both sides are, and how sure the detector is that it hears speech."""

from dataclasses import dataclass

import numpy as np
from rich.text import Text

from engine.terminal.glyphs import Glyphs
from models.ports import Samples

FLOOR_DB = -60.0
"""The meters' left end: a quiet room."""

FALL_DB = 1.6
"""How far a bar falls from one picture to the next, about 20 dB a second: slow enough for the eye."""

LABEL_CELLS = 13


@dataclass(frozen=True, slots=True)
class Levels:
    """Peaks in dB of full scale, and the probability of speech in percent."""

    microphone_db: float = FLOOR_DB
    loudspeaker_db: float = FLOOR_DB
    voice_pct: int = 0


def peak_db(block: Samples) -> float:
    """Peak of a block, not below ``FLOOR_DB``."""
    peak = float(np.abs(block).max(initial=0.0))
    return FLOOR_DB if peak <= 10 ** (FLOOR_DB / 20) else min(0.0, 20 * float(np.log10(peak)))


def falling(before_db: float, now_db: float) -> float:
    """A level as a meter shows it: up at once, down slowly."""
    return max(now_db, before_db - FALL_DB, FLOOR_DB)


def meter_rows(levels: Levels, playing: str, width: int, glyphs: Glyphs) -> list[Text]:
    """Microphone and loudspeaker; beside them, where there is room, voice activity and what the reply does."""
    wide = width >= 60
    cells = max(0, min(40, width - LABEL_CELLS - (28 if wide else 1)))
    microphone = _bar("microphone", levels.microphone_db, cells, glyphs)
    loudspeaker = _bar("loudspeaker", levels.loudspeaker_db, cells, glyphs)
    if wide:
        tenths = round(levels.voice_pct / 10)
        microphone.append("   voice  ", "dim").append(glyphs.full * tenths, "green")
        microphone.append(glyphs.empty * (10 - tenths), "dim").append(f" {tenths * 10:3} %", "dim")
        loudspeaker.append("   reply  ", "dim")
        loudspeaker.append(playing, "yellow" if playing in ("ducked", "held") else "")
    return [microphone, loudspeaker]


def _bar(label: str, level_db: float, cells: int, glyphs: Glyphs) -> Text:
    filled = round(cells * (1 - level_db / FLOOR_DB))
    color = "red" if level_db > -1 else "yellow" if level_db > -6 else "green"
    row = Text().append(f" {label:{LABEL_CELLS - 1}}", "dim")
    return row.append(glyphs.full * filled, color).append(glyphs.empty * (cells - filled), "dim")
