"""What the room heard: both sides on one clock, and when each part of it came in."""

import subprocess
import time
from collections.abc import Mapping
from threading import Thread

import numpy as np
import numpy.typing as npt

from tests.rig.pulse import WAIT_S

HZ = 16_000
_FRAME_BYTES = 16  # four channels of float32

Track = npt.NDArray[np.float32]


class Recording:
    """Records from its making, when the first sample has come in, to ``stop``."""

    def __init__(self, env: Mapping[str, str]) -> None:
        options = ["--format=float32le", f"--rate={HZ}", "--channels=4", "--latency-msec=5", "--raw"]
        channels = "--channel-map=front-left,front-right,rear-left,rear-right"
        self._parec = subprocess.Popen(
            ["parec", "--device=air.monitor", *options, channels], env=env, stdout=subprocess.PIPE, bufsize=0
        )
        self._parts: list[bytes] = []
        self._bytes = 0
        self.arrivals: list[tuple[int, int]] = []  # (frames that had come in before, monotonic ns)
        self._take()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[Track, Track]:
        """End it and give the tracks."""
        self._parec.terminate()
        self._thread.join(WAIT_S)
        self._parec.wait(WAIT_S)
        assert self._parec.stdout is not None
        self._parec.stdout.close()
        return self.tracks()

    def tracks(self) -> tuple[Track, Track]:
        """The loudspeaker's track and the mouth's. After ``stop``."""
        frames = self._frames()
        return frames[:, 0].copy(), frames[:, 2].copy()

    def walls(self) -> Track:
        """What the walls sent back. After ``stop``."""
        return self._frames()[:, 3].copy()

    def _frames(self) -> Track:
        data = b"".join(self._parts)
        frames: Track = np.frombuffer(data[: len(data) // _FRAME_BYTES * _FRAME_BYTES], np.float32).reshape(-1, 4)
        return frames

    def place(self, at_ns: float) -> float:
        """Which sample sounded at a time of the monotonic clock.

        A null sink renders a block at the moment when its first sample is due, so of each burst the first arrival
        counts; the least delayed of five seconds is nearest to the truth, late by the way through the daemon (under
        2 ms). Its clock is the monotonic one but for rounding, which makes it up to 220 ppm faster.
        """
        pairs = zip(self.arrivals[1:], self.arrivals, strict=False)
        firsts = np.array([now for now, before in pairs if now[1] - before[1] > 2e6], dtype=float)
        begun = firsts[:, 1] - firsts[:, 0] * 1e9 / HZ
        pieces = np.array_split(np.arange(len(firsts)), max(1, int(firsts[-1, 0] / HZ / 5)))
        best = [piece[np.argmin(begun[piece])] for piece in pieces]
        return float((at_ns - np.interp(at_ns, firsts[best, 1], begun[best])) * HZ / 1e9)

    def _read(self) -> None:
        while self._take():
            pass

    def _take(self) -> bool:
        assert self._parec.stdout is not None
        part = self._parec.stdout.read(65536)
        if part:
            self.arrivals.append((self._bytes // _FRAME_BYTES, time.monotonic_ns()))
            self._parts.append(part)
            self._bytes += len(part)
        return bool(part)
