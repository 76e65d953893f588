"""Sound cards in virtual time: two clocks that may differ, latencies, and the air between them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.audio.card_path import CardPath
from engine.audio.recorder import Recorder
from engine.audio.resampling import Frames
from engine.stages.capture import Capture
from engine.stages.playout import Playout
from models.ports import MIC_HZ, Samples
from states.events import Event

BLOCK_MS = 10

Times = npt.NDArray[np.float64]


class KeptRecorder(Recorder):
    """One that keeps the two sides in memory."""

    def __init__(self) -> None:
        self.microphone: list[Samples] = []
        self.loudspeaker: list[Samples] = []

    def write(self, mic: Samples, speaker: Samples) -> None:
        self.microphone.append(mic)
        self.loudspeaker.append(speaker)

    def tracks(self) -> tuple[Samples, Samples]:
        return np.concatenate(self.microphone), np.concatenate(self.loudspeaker)


@dataclass
class Side:
    """One card's side. ``ppm``: its clock against true time; ``latency_us`` between air and callback.

    The times it tells are off by ``jitter_us`` from block to block, and by ``wander_us`` within some seconds.
    """

    rate_hz: int = MIC_HZ
    channels: int = 1
    ppm: float = 0.0
    latency_us: float = 30_000.0
    jitter_us: float = 0.0
    wander_us: float = 0.0
    frames: int = 0
    began_us: float = 0.0

    @property
    def block(self) -> int:
        return self.rate_hz * BLOCK_MS // 1000

    def due_us(self) -> float:
        """When the next callback comes."""
        return self.began_us + self.frames / (self.rate_hz * (1 + self.ppm / 1e6)) * 1e6

    def slow_us(self, now_us: float) -> float:
        """How far its word has wandered at a time; two periods, so that no stretch is like another."""
        return self.wander_us * float(np.sin(now_us / 1.1e6) + np.sin(now_us / 2.9e6)) / 2


@dataclass
class Room:
    """A session's audio path on simulated cards. ``echo``: the microphone hears the loudspeaker through the air."""

    microphone: Side = field(default_factory=Side)
    loudspeaker: Side = field(default_factory=Side)
    events: list[Event] = field(default_factory=list)
    now_us: float = 0.0
    echo: bool = False
    two_devices: bool = False

    def __post_init__(self) -> None:
        self.capture = Capture(post=self.events.append)
        self.playout = Playout(post=self.events.append)
        self.recorder = KeptRecorder()
        self.path = CardPath(self.capture, self.playout, self.recorder, now_us=lambda: round(self.now_us))
        self.path.begin_microphone(self.microphone.rate_hz)
        steerable = self.two_devices or self.loudspeaker.ppm != self.microphone.ppm
        self.path.begin_loudspeaker(self.loudspeaker.rate_hz, steerable=steerable)
        self.random = np.random.default_rng(1)
        self.air: list[tuple[float, Frames]] = []  # every block of the loudspeaker and when it begins to sound

    def pass_s(self, seconds: float, said: Samples | None = None) -> None:
        """Let true time pass; ``said`` is the air at ``MIC_HZ`` by true time, heard from now on."""
        start_us = self.now_us
        while self.now_us < start_us + seconds * 1e6:
            take = self.microphone.due_us() <= self.loudspeaker.due_us()
            side = self.microphone if take else self.loudspeaker
            self.now_us = max(self.now_us, side.due_us())
            jitter = self.random.uniform(-side.jitter_us, side.jitter_us) + side.slow_us(self.now_us)
            if take:
                taken_us = self.now_us - side.latency_us - BLOCK_MS * 1000
                self.path.take(self._heard(taken_us, start_us, said), taken_us + jitter)
            else:
                out = np.zeros((side.block, side.channels), np.float32)
                heard_us = self.now_us + side.latency_us
                self.path.give(out, heard_us + jitter)
                self.air.append((heard_us, out))
            side.frames += side.block
            self.path.pump()
            while self.capture.read_frame() is not None:
                pass

    def _heard(self, taken_us: float, start_us: float, said: Samples | None) -> Frames:
        side = self.microphone
        block = np.zeros((side.block, side.channels), np.float32)
        times_us = taken_us + np.arange(side.block) / (side.rate_hz * (1 + side.ppm / 1e6)) * 1e6
        if said is not None:
            at = (times_us - start_us) * MIC_HZ / 1e6
            block += np.interp(at, np.arange(len(said)), said, 0, 0)[:, None]
        if self.echo and self.air:
            first = max(0, len(self.air) - 40)
            sound = np.concatenate([out[:, 0] for _, out in self.air[first:]])
            at = self._frames_left(times_us) - first * self.loudspeaker.block
            block += np.interp(at, np.arange(len(sound)), sound, 0, 0)[:, None]
        return block

    def _frames_left(self, times_us: Times) -> Times:
        """Frames that have left the loudspeaker by these times, by its own clock."""
        return (times_us - self.air[0][0]) / 1e6 * self.loudspeaker.rate_hz * (1 + self.loudspeaker.ppm / 1e6)

    def left(self) -> int:
        """Samples of the playout that have truly left the loudspeaker, at its nominal rate."""
        if not self.air:
            return 0
        frames = float(self._frames_left(np.array([self.now_us]))[0])
        return max(0, int(frames * MIC_HZ / self.loudspeaker.rate_hz))
