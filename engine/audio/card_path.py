"""The way of the sound between a card's callbacks and the stages.

The callbacks only copy: the loudspeaker's takes what playout renders, through a resampler where the card has another
rate, the microphone's puts its block into a queue. One thread (``pump``) does the rest: it resamples the microphone,
finds the loudspeaker's samples that belong to each block, gives both to capture and to the recorder, and bends the
loudspeaker's rate where its clock is not the microphone's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import numpy as np

from engine.audio.alignment import Alignment, RenderedHistory
from engine.audio.device_clock import PlayedPosition, RateFit, TakenTime
from engine.audio.drift import DriftControl
from engine.audio.portaudio import Kind
from engine.audio.recorder import Recorder
from engine.audio.resampling import Frames, LoudspeakerPath, MicrophonePath
from engine.audio.switch import MicrophoneSwitch
from engine.stages.capture import Capture
from engine.stages.playout import Playout
from models.ports import MIC_HZ, Samples

STEER_BLOCKS = 100
"""Blocks between two looks at the drift: about a second."""


LEAD_SAMPLES = MIC_HZ // 50
"""What a canceller gets of the loudspeaker is 20 ms early. The latency that a card tells of its microphone was found
up to 11 ms off through PulseAudio, and an echo that comes before its cause cannot be cancelled; one after it can."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A block of the microphone; ``frames``: taken before it since the stream began."""

    block: Frames
    frames: int
    taken_us: float


@dataclass(frozen=True, slots=True)
class _Given:
    """What was rendered for a block of the loudspeaker; ``frames`` as above."""

    pieces: list[Samples]
    frames: int
    heard_us: float


@dataclass(frozen=True, slots=True)
class _Begun:
    """A stream begins."""

    kind: Kind
    rate_hz: int


@dataclass(frozen=True, slots=True)
class _Broken:
    """A stream broke off for a moment."""

    kind: Kind


class CardPath:
    """Made once a session; streams may come and go. ``take`` and ``give`` belong to the callbacks, one each."""

    def __init__(
        self,
        capture: Capture,
        playout: Playout,
        recorder: Recorder | None,
        *,
        now_us: Callable[[], int],
        switch: MicrophoneSwitch | None = None,
    ) -> None:
        self._capture = capture
        self._playout = playout
        self._recorder = recorder
        self._switch = switch
        self._queue: SimpleQueue[_Taken | _Given | _Begun | _Broken] = SimpleQueue()
        self.position = PlayedPosition(now_us, MIC_HZ)
        playout.follow(self.position.played)
        # The callbacks' own.
        self._now_us = now_us
        self._taken_frames = 0
        self._taken_hz = MIC_HZ
        self._taken_time = TakenTime()
        self._given_frames = 0
        self._loudspeaker = LoudspeakerPath(playout.render, MIC_HZ)
        self._steerable = False
        # The pumping thread's own.
        self._microphone = MicrophonePath(MIC_HZ)
        self._microphone_hz = self._loudspeaker_hz = MIC_HZ
        self._pushed = 0  # samples given to capture
        self._pushed_before = 0  # of them, before the microphone's stream began
        self._history = RenderedHistory()
        self._input_rate = RateFit()
        self._output_rate = RateFit()
        self._blocks = 0
        self.alignment = Alignment()
        self.drift = DriftControl()

    # Whoever opens streams; no callback of the side in question is running then.

    def begin_microphone(self, rate_hz: int) -> None:
        """A stream of the microphone is about to begin."""
        self._taken_frames = 0
        self._taken_hz = rate_hz
        self._taken_time = TakenTime()
        self._queue.put(_Begun("microphone", rate_hz))

    def begin_loudspeaker(self, rate_hz: int, *, steerable: bool) -> None:
        """A stream of the loudspeaker is about to begin; ``steerable``: its clock is not the microphone's."""
        self._given_frames = 0
        self._loudspeaker_hz = rate_hz
        self._steerable = steerable
        start = self._playout.total_rendered
        self._loudspeaker = LoudspeakerPath(self._playout.render, rate_hz, start=start, steerable=steerable)
        self.position.restart()
        self._queue.put(_Begun("loudspeaker", rate_hz))

    # The callbacks.

    def take(self, block: Frames, taken_us: float) -> None:
        """A block of the microphone, shape (frames, channels), taken from ``taken_us`` on by the card's word."""
        place_us = self._taken_frames * 1e6 / self._taken_hz
        taken_us = self._taken_time.us(place_us, self._now_us(), taken_us)
        self._queue.put(_Taken(block.copy(), self._taken_frames, taken_us))
        self._taken_frames += len(block)

    def give(self, out: Frames, heard_us: float) -> None:
        """Fill a block of the loudspeaker, whose first frame will be heard at ``heard_us``."""
        path = self._loudspeaker
        before = path.position
        pieces = path.fill(out)
        self.position.handed(before, path.position - before, heard_us)
        self._queue.put(_Given(pieces, self._given_frames, heard_us))
        self._given_frames += len(out)

    def broke_up(self, kind: Kind) -> None:
        """Samples were lost, or came too late: what is known of that side's clock is void."""
        if kind == "loudspeaker":
            self.position.restart()
        else:
            self._taken_time.restart()
        self._queue.put(_Broken(kind))

    # The pumping thread.

    def pump(self, timeout_s: float = 0.0) -> bool:
        """Work off what waits; False where nothing came within the time. Does not block without ``timeout_s``."""
        try:
            entry = self._queue.get(timeout=timeout_s) if timeout_s else self._queue.get_nowait()
        except Empty:
            return False
        while True:
            match entry:
                case _Taken():
                    self._deliver(entry)
                case _Given(pieces, frames, heard_us):
                    for piece in pieces:
                        self._history.append(piece)
                    self._output_rate.add(frames, heard_us)
                case _Begun(kind, rate_hz):
                    self.alignment.restart()
                    self._rate_of(kind).restart()
                    if kind == "microphone":
                        self._microphone_hz = rate_hz
                        self._microphone = MicrophonePath(rate_hz)
                        self._pushed_before = self._pushed
                case _Broken(kind):
                    self.alignment.doubt()
                    self._rate_of(kind).restart()
            if self._queue.empty():
                return True
            entry = self._queue.get_nowait()

    def _rate_of(self, kind: Kind) -> RateFit:
        return self._input_rate if kind == "microphone" else self._output_rate

    def _deliver(self, taken: _Taken) -> None:
        self._input_rate.add(taken.frames, taken.taken_us)
        place = self._pushed_before + taken.frames * MIC_HZ / self._microphone_hz
        offset = self.position.on_line(taken.taken_us) - place
        if not math.isnan(offset):
            self.alignment.note(offset)
        samples = self._microphone.convert(taken.block)
        if self._switch is not None:
            samples = self._switch.through(samples)
        self._capture.push(samples, self._beside(len(samples), lead=LEAD_SAMPLES))
        if self._recorder is not None:
            self._recorder.write(samples, self._beside(len(samples)))
        self._pushed += len(samples)
        self._blocks += 1
        if self._steerable and self._blocks % STEER_BLOCKS == 0:
            self._steer()

    def _beside(self, count: int, lead: int = 0) -> Samples:
        """The loudspeaker's samples that belong to the microphone's next; silence where there is no loudspeaker."""
        ahead = self.alignment.offset
        if ahead is None:
            return np.zeros(count, dtype=np.float32)
        return self._history.read(self._pushed + ahead + lead, count)

    def _steer(self) -> None:
        microphone, loudspeaker = self._input_rate.rate_hz(), self._output_rate.rate_hz()
        self._loudspeaker.steer(
            self.drift.update(
                error_samples=self.alignment.error_samples,
                microphone=microphone and microphone / self._microphone_hz,
                loudspeaker=loudspeaker and loudspeaker / self._loudspeaker_hz,
            )
        )
