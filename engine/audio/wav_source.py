"""A sound file in place of a microphone.

libsndfile reads the file (WAV, AIFF, FLAC and what else it knows, any width), its channels are averaged, soxr
brings it to ``MIC_HZ``. Whatever is wrong with a file comes out as one ``AudioFileError`` of one line.
A WAV that breaks off (a recording whose program died) gives what is there.
"""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from models.ports import MIC_HZ, Samples
from states.errors import AudioFileError

RATES_HZ = range(4_000, 384_001)
"""Rates worth believing; a header with another is taken for damaged."""


def read_audio(path: Path | str) -> Samples:
    """Read a whole sound file as mono float32, shape (n,), n > 0, in [-1, 1], at ``MIC_HZ``.

    At other rates resampled by soxr at its "HQ" setting; without delay, n is the duration rounded.
    Blocks for the reading: about 1 ms for a second of sound at 44.1 kHz. Raises ``AudioFileError``.
    """
    path = Path(path)
    sound, rate_hz = _decode(path)
    if not len(sound):
        raise AudioFileError(f"{path}: there is no sound in it, only a header")
    if not np.isfinite(sound).all():
        raise AudioFileError(f"{path}: holds samples that are no numbers (NaN or infinite)")
    if rate_hz not in RATES_HZ:
        raise AudioFileError(f"{path}: a sample rate of {rate_hz} Hz cannot be right")
    mono: Samples = sound[:, 0] if sound.shape[1] == 1 else sound.mean(axis=1, dtype=np.float32)
    if rate_hz != MIC_HZ:
        mono = soxr.resample(mono, rate_hz, MIC_HZ, quality="HQ")
        if not len(mono):
            raise AudioFileError(f"{path}: is shorter than one sample at {MIC_HZ} Hz")
    # Float files may go beyond full scale, and the resampler overshoots at sharp edges.
    return np.clip(mono, -1, 1)


def _decode(path: Path) -> tuple[Samples, int]:
    """The samples as they are in the file, shape (frames, channels), and their rate."""
    try:
        if path.is_dir():
            raise AudioFileError(f"{path}: is a folder, not a sound file")
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioFileError(f"{path}: is an empty file")
            file.seek(0)
            sound, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
            return sound, int(rate_hz)
    except FileNotFoundError:
        raise AudioFileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise AudioFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{path}: is not a sound file, or is damaged: {error.error_string}") from error
    except TypeError as error:  # how soundfile says that a file named .raw tells neither rate nor width
        raise AudioFileError(f"{path}: has no header; make it a WAV") from error


class WavSource:
    """Samples given out in blocks, as a microphone would, and silence after the last."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._position = 0

    @classmethod
    def open(cls, path: Path | str) -> "WavSource":
        """Read the whole file first; raises ``AudioFileError`` as ``read_audio`` does."""
        return cls(read_audio(path))

    @property
    def length(self) -> int:
        """Samples in all."""
        return len(self._samples)

    @property
    def finished(self) -> bool:
        """Whether every sample has been given out."""
        return self._position >= len(self._samples)

    def read(self, n: int) -> Samples:
        """The next ``n`` samples, shape (n,); filled up with zeros at the end. Not to be written to."""
        block = self._samples[self._position : self._position + n]
        self._position += len(block)
        if len(block) < n:
            block = np.concatenate((block, np.zeros(n - len(block), dtype=np.float32)))
        return block
