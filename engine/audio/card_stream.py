"""One PortAudio stream: its callbacks, what they count, and whether it is still alive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

from engine.audio.card_plan import Side
from engine.audio.device_clock import StreamTime
from engine.audio.portaudio import Kind, portaudio
from engine.audio.resampling import Frames
from states.errors import AudioDeviceError

LOST_LOOKS = 15
"""A stream that has said nothing between so many looks is gone, whatever it claims. Looks, not time: where the whole
machine stood still for a second, nothing is lost."""


class Path(Protocol):
    """Where the sound goes to and comes from. Times are the session's, in microseconds."""

    def begin_microphone(self, rate_hz: int) -> None:
        """A stream of the microphone is about to begin."""

    def begin_loudspeaker(self, rate_hz: int, *, steerable: bool) -> None:
        """A stream of the loudspeaker is about to begin; ``steerable``: its clock is not the microphone's."""

    def take(self, block: Frames, taken_us: float) -> None:
        """A block of the microphone, shape (frames, channels), whose first frame was taken then. In the callback."""

    def give(self, out: Frames, heard_us: float) -> None:
        """Fill a block of the loudspeaker, whose first frame will be heard then. In the callback."""

    def broke_up(self, kind: Kind) -> None:
        """An under-run of the loudspeaker, an over-run of the microphone: its times have shifted. In the callback."""


@dataclass(slots=True)
class Health:
    """What the callbacks of a session saw, all streams together. Each field has one writer at a time."""

    under_runs: int = 0
    over_runs: int = 0
    blocks: int = 0
    longest_gap_us: int = 0


class CardStream:
    """A stream of one side, or of both in step, from ``open`` to ``close``. The stream never stops for silence."""

    def __init__(self, path: Path, health: Health, *, now_us: Callable[[], int]) -> None:
        self._path = path
        self._health = health
        self._now_us = now_us
        self._time = StreamTime()
        self._stream: Any = None
        self._finished = False
        self._last_us = self._last_seen_us = 0
        self._looks = 0  # since it last said something
        self.fault: BaseException | None = None
        self.kinds: tuple[Kind, ...] = ()
        self.latency_ms: tuple[float, ...] = ()

    def open(
        self, microphone: Side | None, loudspeaker: Side | None, *, block_ms: int, latency_ms: int, steerable: bool
    ) -> None:
        """Open and start. Blocks for some ten milliseconds. Raises ``AudioDeviceError``.

        Both sides, of one rate, make one duplex stream.
        """
        sd = portaudio()
        sides: list[Side] = []
        if microphone is not None:
            sides.append(microphone)
            self.kinds = ("microphone",)
            self._path.begin_microphone(microphone.rate_hz)
        if loudspeaker is not None:
            sides.append(loudspeaker)
            self.kinds = (*self.kinds, "loudspeaker")
            self._path.begin_loudspeaker(loudspeaker.rate_hz, steerable=steerable)
        if len(sides) == 2:
            kind, callback = sd.Stream, cast(Any, self._duplex)
        elif microphone is not None:
            kind, callback = sd.InputStream, self._input
        else:
            kind, callback = sd.OutputStream, self._output
        self._start(kind, callback, sides, block_ms=block_ms, latency_ms=latency_ms)

    def _start(self, kind: Any, callback: Any, sides: list[Side], *, block_ms: int, latency_ms: int) -> None:
        sd, rate_hz, both = portaudio(), sides[0].rate_hz, len(sides) == 2
        devices = tuple(side.device.index for side in sides)
        channels = tuple(side.channels for side in sides)
        self._last_us = self._now_us()
        try:
            self._stream = kind(
                samplerate=rate_hz,
                blocksize=rate_hz * block_ms // 1000,
                device=devices if both else devices[0],
                channels=channels if both else channels[0],
                dtype="float32",
                latency=latency_ms / 1000 if latency_ms else "low",
                callback=callback,
                finished_callback=self._finish,
            )
            claimed = self._stream.latency
            self.latency_ms = tuple(1000 * s for s in (claimed if both else (claimed,)))
            self._stream.start()
        except (sd.PortAudioError, ValueError) as error:
            self.close()
            names = " and ".join(dict.fromkeys(f"{side.device.name!r}" for side in sides))
            raise AudioDeviceError(f"the sound card {names} cannot be opened: {error}") from error

    def lost(self) -> bool:
        """Whether it ended by itself, or no longer says anything. To be asked some ten times a second."""
        self._looks = self._looks + 1 if self._last_us == self._last_seen_us else 0
        self._last_seen_us = self._last_us
        return self._finished or self._looks >= LOST_LOOKS

    def close(self) -> None:
        """Stop at once; what the card has not played yet is lost. A second time, do nothing."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close(ignore_errors=True)

    # The callbacks.

    def _duplex(self, taken: Frames, out: Frames, _frames: int, times: Any, status: Any) -> None:
        with self._guarded(out):
            self._note(times, status)
            self._take(taken, times)
            self._give(out, times)

    def _input(self, taken: Frames, _frames: int, times: Any, status: Any) -> None:
        with self._guarded(None):
            self._note(times, status)
            self._take(taken, times)

    def _output(self, out: Frames, _frames: int, times: Any, status: Any) -> None:
        with self._guarded(out):
            self._note(times, status)
            self._give(out, times)

    @contextmanager
    def _guarded(self, out: Frames | None) -> Iterator[None]:
        """An exception in a callback would only be printed: keep it for whoever watches, and end the stream."""
        try:
            yield
        except Exception as fault:
            self.fault = fault
            if out is not None:
                out.fill(0)
            raise portaudio().CallbackAbort from fault

    def _note(self, times: Any, status: Any) -> None:
        now, health = self._now_us(), self._health
        health.longest_gap_us = max(health.longest_gap_us, now - self._last_us if health.blocks else 0)
        health.blocks += 1
        self._last_us = now
        self._time.note(times.currentTime, now)
        if status:
            if status.output_underflow:
                health.under_runs += 1
                self._path.broke_up("loudspeaker")
            if status.input_overflow:
                health.over_runs += 1
                self._path.broke_up("microphone")

    def _take(self, taken: Frames, times: Any) -> None:
        at = self._time.us(times.inputBufferAdcTime) if times.inputBufferAdcTime > 0 else self._assumed(0, -1)
        self._path.take(taken, at)

    def _give(self, out: Frames, times: Any) -> None:
        at = self._time.us(times.outputBufferDacTime) if times.outputBufferDacTime > 0 else self._assumed(-1, 1)
        self._path.give(out, at)

    def _assumed(self, side: int, sign: int) -> float:
        """For a host that tells no times: the latency that the stream claims."""
        return self._last_us + sign * 1000 * (self.latency_ms[side] if self.latency_ms else 0)

    def _finish(self) -> None:
        self._finished = True
