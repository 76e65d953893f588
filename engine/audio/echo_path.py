"""The way through the room from the loudspeaker back into the microphone, simulated, the same on every machine.

A room is its impulse response: the direct sound, and after it noise that dies away exponentially, which is what the
late part of a real room's response is (Polack 1988; Moorer, "About this reverberation business", 1979). It is made
from a seed, so that no recording need be kept; or it is a recorded response, read from a sound file.

All is counted in whole numbers: the loudspeaker in 16 bits, the response in 2^-20. Sums of their products stay far
below 2^53, so that the Fourier transform's own error is rounded away and the result is exact.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audio.file_device import Source
from engine.audio.wav_source import read_audio
from models.ports import MIC_HZ, Samples

_TAP_UNIT = 2**20
_FULL_SCALE = 32768
_LONGEST_S = 1.0
"""A response is cut there: what comes later is below -60 dB in any room that one speaks in."""

_DIRECT_SHARE = 0.5
"""The part of the response's power in its direct sound: a loudspeaker and a microphone a metre or so apart."""

_NOISE_ROUND = 1 << 16
"""The room's noise repeats after so many samples, 4 s."""

Whole = npt.NDArray[np.int64]
"""Whole numbers, shape (n,)."""


@dataclass(frozen=True, slots=True)
class EchoPath:
    """How the loudspeaker is heard by the microphone.

    ``level_db``: level of the echo against the loudspeaker's samples (white noise; speech differs by a few dB).
    ``delay_ms``: until the direct sound arrives, devices included.
    ``rt60_ms``: in what time the room's sound falls by 60 dB; 0: no room, an exact copy.
    ``seed``: which room. ``room``: a sound file with a recorded response, in place of ``rt60_ms`` and ``seed``.
    ``noise_db``: level of the room's own noise against full scale; None: no noise.
    ``distortion``: how far the loudspeaker is driven, tanh(distortion * x); 0: it is linear, 4 is a bad one.
    ``changes_at_ms``: at each of these times the room becomes another, as if somebody moved the microphone.
    """

    level_db: float = -12.0
    delay_ms: int = 80
    rt60_ms: int = 250
    seed: int = 0
    room: str = ""
    noise_db: float | None = None
    distortion: float = 0.0
    changes_at_ms: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range."""
        ranges = {"level_db": (-80, 40), "delay_ms": (0, 2000), "rt60_ms": (0, 2000), "seed": (0, 2**31)}
        for name, (low, high) in {**ranges, "distortion": (0, 100)}.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be {low} to {high}, not {getattr(self, name)}")
        if self.noise_db is not None and not -120 <= self.noise_db <= 0:
            raise ValueError(f"noise_db must be -120 to 0, not {self.noise_db}")
        if self.room and self.changes_at_ms:
            raise ValueError("a recorded room cannot change: leave out room or changes_at_ms")
        if sorted(self.changes_at_ms) != list(self.changes_at_ms) or min(self.changes_at_ms, default=0) < 0:
            raise ValueError("changes_at_ms must be in order, and not negative")


class EchoingSource:
    """A source for the file device: another source, with the echo of what the loudspeaker plays in it. One thread.

    ``folder`` is where a ``room`` is looked for. Raises ``AudioFileError`` for one that cannot be read.
    """

    def __init__(self, source: Source, path: EchoPath, folder: Path = Path()) -> None:
        self._source = source
        self._path = path
        self._rooms = [_response(path, change, folder) for change in range(len(path.changes_at_ms) + 1)]
        self._delay = path.delay_ms * MIC_HZ // 1000
        self._reach = self._delay + max(len(room) for room in self._rooms)
        self._played: Whole = np.zeros(self._reach, np.int64)
        self._noise = _noise(path)
        self._position = 0

    @property
    def finished(self) -> bool:
        """Whether the source has; an echo alone is nothing to wait for."""
        return self._source.finished

    def hear(self, rendered: Samples) -> None:
        """Take in what the loudspeaker renders in this moment."""
        sound = rendered.astype(np.float64)
        if self._path.distortion:
            sound = np.tanh(self._path.distortion * sound) / self._path.distortion
        heard = np.rint(sound * _FULL_SCALE).astype(np.int64)
        self._played = np.concatenate((self._played, heard))

    def read(self, n: int) -> Samples:
        """The next block of the microphone: the source's, the echo and the room's noise, in [-1, 1]."""
        first = self._position
        self._position += n
        place = np.arange(first, first + n) % len(self._noise)
        added = self._echo(n, first) + self._noise[place]
        block = self._source.read(n) + (added / _FULL_SCALE).astype(np.float32)
        return np.clip(block, -1.0, 1.0)

    def _echo(self, n: int, first: int) -> Whole:
        """The echo in the next n samples, in 16 bit steps; forgets what is played out."""
        changed = sum(first >= at_ms * MIC_HZ // 1000 for at_ms in self._path.changes_at_ms)
        room = self._rooms[changed]
        missing = self._reach + n - len(self._played)
        if missing > 0:  # the loudspeaker gave nothing in this moment
            self._played = np.concatenate((self._played, np.zeros(missing, np.int64)))
        start = self._reach - self._delay - len(room) + 1
        played = self._played[start : start + len(room) - 1 + n]
        self._played = self._played[n:]
        if not played.any():
            return np.zeros(n, np.int64)
        size = 1 << (len(played) - 1).bit_length()
        product = np.fft.rfft(played, size) * np.fft.rfft(room, size)
        exact = np.rint(np.fft.irfft(product, size)[len(room) - 1 : len(room) - 1 + n])
        echo: Whole = np.rint(exact / _TAP_UNIT).astype(np.int64)
        return echo


def _response(path: EchoPath, change: int, folder: Path) -> Whole:
    """The room's impulse response without the delay, of power 10^(level / 10), in units of 2^-20."""
    if path.room:
        taps = read_audio(folder / path.room).astype(np.float64)
        taps = taps[int(np.argmax(np.abs(taps))) :][: int(_LONGEST_S * MIC_HZ)]
    else:
        taps = _synthetic(path.rt60_ms, path.seed + change)
    gain = 10 ** (path.level_db / 20) / float(np.sqrt(np.sum(taps**2)))
    response: Whole = np.rint(taps * gain * _TAP_UNIT).astype(np.int64)
    return response


def _synthetic(rt60_ms: int, seed: int) -> npt.NDArray[np.float64]:
    """A direct sound and a tail that dies away, together of power 1, as long as it takes to fall by 60 dB."""
    count = max(1, min(rt60_ms, int(_LONGEST_S * 1000)) * MIC_HZ // 1000)
    taps = np.zeros(count)
    taps[0] = 1.0
    if rt60_ms:
        decay = 10 ** (-3000 * np.arange(count) / (rt60_ms * MIC_HZ))
        tail = _gaussian(count, seed) * decay
        tail[:16] = 0  # nothing is reflected from nearer than some 30 cm
        tail *= np.sqrt((1 - _DIRECT_SHARE) / float(np.sum(tail**2)))
        taps = tail
        taps[0] = np.sqrt(_DIRECT_SHARE)
    return taps


def _gaussian(count: int, seed: int) -> npt.NDArray[np.float64]:
    """Nearly normal numbers of variance 1: sums of twelve even ones, of numpy's frozen generator."""
    even = np.random.RandomState(seed).randint(0, 1 << 16, size=(count, 12))
    centred: npt.NDArray[np.float64] = even.sum(axis=1) / (1 << 16) - 6
    return centred


def _noise(path: EchoPath) -> Whole:
    if path.noise_db is None:
        return np.zeros(1, np.int64)
    level = 10 ** (path.noise_db / 20) * _FULL_SCALE
    return np.rint(_gaussian(_NOISE_ROUND, path.seed + 1_000_003) * level).astype(np.int64)
