"""A recording for the page: its outline at every zoom, and itself, compressed where that is worth it."""

import base64
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

PER_S = 100
"""Outlines are kept for every 10 ms; what is farther away is drawn from pairs of them."""

EMBEDDED_BYTES = 24_000_000
"""A recording that is larger even so is not put into the page but named by it: browsers grow slow beyond this."""

BLOCK_S = 60
"""Read at a time, so that a session of a day takes no more memory than one of an hour."""


@dataclass(frozen=True, slots=True)
class Waves:
    """``user`` and ``assistant``: base64 of the least and the greatest sample of each 10 ms, -127 to 127, in turn.

    ``audio`` is what an ``<audio>`` plays: data, a name seen from the page, or empty.
    """

    seconds: float = 0.0
    user: str = ""
    assistant: str = ""
    audio: str = ""


def waves_of(recording: Path, seen_from: Path | None = None, *, most_bytes: int = EMBEDDED_BYTES) -> Waves:
    """Read ``conversation.wav``: the user left, the assistant right. Empty where there is none that can be read.

    ``seen_from`` is the folder of the page, that of the recording unless given. More than ``most_bytes`` of FLAC are
    not embedded.
    """
    import soundfile

    outlines: list[NDArray[np.int8]] = []
    samples = 0
    try:
        with soundfile.SoundFile(recording) as sound:
            rate_hz = sound.samplerate
            flac = _Flac(rate_hz, min(2, sound.channels), most_bytes)
            for block in sound.blocks(rate_hz * BLOCK_S, dtype="int16", always_2d=True):
                outlines.append(_outline(block[:, [0, -1 if block.shape[1] == 1 else 1]], rate_hz))
                flac.write(block[:, :2])
                samples += len(block)
    except (OSError, soundfile.LibsndfileError):
        return Waves()
    if not samples:
        return Waves()
    pairs = np.concatenate(outlines)  # (n, channel, least and greatest)
    user, assistant = (base64.b64encode(pairs[:, channel].tobytes()).decode() for channel in range(2))
    return Waves(samples / rate_hz, user, assistant, flac.data() or _place(recording, seen_from or recording.parent))


def _outline(samples: NDArray[np.int16], rate_hz: int) -> NDArray[np.int8]:
    step = rate_hz // PER_S
    padded = np.pad(samples, ((0, -len(samples) % step), (0, 0))).reshape(-1, step, 2)
    pairs = np.stack([padded.min(axis=1), padded.max(axis=1)], axis=2).astype(np.float32) / 32768.0
    loud = np.sign(pairs) * np.sqrt(np.abs(pairs))  # so that quiet speech is seen, too
    outline: NDArray[np.int8] = np.round(127 * loud).astype(np.int8)
    return outline


class _Flac:
    """Grows by what is written to it, until it is larger than may be: then it is given up, and takes no more time."""

    def __init__(self, rate_hz: int, channels: int, most_bytes: int) -> None:
        import soundfile

        self._most_bytes = most_bytes
        self._packed = io.BytesIO()
        self._file: Any = soundfile.SoundFile(
            self._packed, "w", rate_hz, channels, "PCM_16", format="FLAC", compression_level=0.2
        )

    def write(self, block: NDArray[np.int16]) -> None:
        if self._file is not None:
            self._file.write(block)
            if len(self._packed.getbuffer()) > self._most_bytes:
                self._file.close()
                self._file = None

    def data(self) -> str:
        """As an URL; empty where it was given up. Nothing may be written after it."""
        if self._file is None:
            return ""
        self._file.close()
        return "data:audio/flac;base64," + base64.b64encode(self._packed.getbuffer()).decode()


def _place(recording: Path, folder: Path) -> str:
    try:
        return quote(Path(os.path.relpath(recording, folder)).as_posix())
    except ValueError:  # on another drive of Windows
        return recording.resolve().as_uri()
