"""One transcription by faster-whisper that can be given up between its steps, and that may encode short windows.

Importing this module imports faster-whisper (a quarter of a second); the adapter does so only when it is made.
"""

import math
from typing import Any

from faster_whisper import WhisperModel

from models.ports import MIC_HZ
from models.whisper_errands import Abandoned, Flag

WINDOW_SAMPLES = 30 * MIC_HZ
"""What Whisper hears at a time; anything shorter is padded to it (Radford et al., 2022, section 2.1)."""

_MEL_FRAMES_PER_S = 100


class Call(WhisperModel):  # type: ignore[misc]  # faster-whisper ships no type information
    """A loaded model as one call sees it: the same weights and tokenizer, with a flag of the call's own.

    ``encode`` is the one method of faster-whisper that takes seconds and stands between the steps of a transcription,
    so this is where the flag is looked at, and where a window is cut short. Everything else is the library's.
    """

    def __init__(self, loaded: WhisperModel, flag: Flag, mel_frames: int | None = None) -> None:
        self.__dict__.update(loaded.__dict__)
        self._flag = flag
        self._mel_frames = mel_frames

    def encode(self, features: Any) -> Any:
        """Encode log-mel ``features``, shape (mels, frames), in one window; blocks, with the GIL released.

        Raises ``Abandoned`` where the flag is up, before or after.
        """
        if self._flag.raised:
            raise Abandoned
        encoded = super().encode(features if self._mel_frames is None else features[..., : self._mel_frames])
        if self._flag.raised:
            raise Abandoned
        return encoded


def short_window(samples: int) -> int | None:
    """Frames of the shortest window that holds this much sound and a second of nothing; None where 30 s are needed.

    The second of nothing lets Whisper see that the speech is over; without one it goes on writing.
    """
    seconds = math.ceil(samples / MIC_HZ) + 1
    return seconds * _MEL_FRAMES_PER_S if seconds * MIC_HZ < WINDOW_SAMPLES else None
