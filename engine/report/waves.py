"""A recording for the page: its outline at every zoom, and itself, compressed where that is worth it."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PER_S = 100
"""Outlines are kept for every 10 ms; what is farther away is drawn from pairs of them."""

EMBEDDED_BYTES = 24_000_000
"""A recording that is larger even so is not put into the page but named by it: browsers grow slow beyond this."""


@dataclass(frozen=True, slots=True)
class Waves:
    """``user`` and ``assistant``: base64 of the least and the greatest sample of each 10 ms, -127 to 127, in turn.

    ``audio`` is what an ``<audio>`` plays: data, a name beside the page, or empty.
    """

    seconds: float = 0.0
    user: str = ""
    assistant: str = ""
    audio: str = ""


def waves_of(recording: Path) -> Waves:
    """Read ``conversation.wav``: the user left, the assistant right. Empty where there is none that can be read."""
    import soundfile

    try:
        sound, rate_hz = soundfile.read(recording, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError):
        return Waves()
    if not len(sound):
        return Waves()
    user, assistant = (_outline(sound[:, min(n, sound.shape[1] - 1)], rate_hz) for n in range(2))
    return Waves(len(sound) / rate_hz, user, assistant, _audio(sound, rate_hz, recording))


def _outline(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]", rate_hz: int) -> str:
    step = rate_hz // PER_S
    padded = np.pad(samples, (0, -len(samples) % step)).reshape(-1, step)
    pairs = np.stack([padded.min(axis=1), padded.max(axis=1)], axis=1).astype(np.float32) / 32768.0
    loud = np.sign(pairs) * np.sqrt(np.abs(pairs))  # so that quiet speech is seen, too
    return base64.b64encode(np.round(127 * loud).astype(np.int8).tobytes()).decode()


def _audio(sound: "np.ndarray[tuple[int, int], np.dtype[np.int16]]", rate_hz: int, recording: Path) -> str:
    import soundfile

    packed = io.BytesIO()
    soundfile.write(packed, sound, rate_hz, format="FLAC", subtype="PCM_16", compression_level=0.2)
    if len(packed.getbuffer()) > EMBEDDED_BYTES:
        return recording.name
    return "data:audio/flac;base64," + base64.b64encode(packed.getvalue()).decode()
