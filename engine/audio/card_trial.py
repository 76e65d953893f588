"""Try a card out: play sweeps, record meanwhile, and tell what came back and when.

A sweep is found by its correlation with the recording (a matched filter), which tells its place to a sample also
where it is far below the noise of the room.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.audio.card_plan import Plan
from engine.audio.card_stream import CardStream, Health
from engine.audio.portaudio import Kind
from engine.audio.resampling import Frames, LoudspeakerPath, MicrophonePath
from engine.audio.settings import AudioSettings
from engine.clock import MonotonicClock
from models.ports import MIC_HZ, Samples

SWEEPS = 6
EVERY_SAMPLES = MIC_HZ
SWEEP_SAMPLES = MIC_HZ // 5
LEVEL = 0.3
SEARCH_SAMPLES = MIC_HZ // 2
"""A sweep that comes back later than this is taken for none: no way through a card and a room is so long."""

HEARD_SCORE = 8.0
"""Peak of the matched filter over its median magnitude, from which a sweep counts as heard. Noise alone stays
below 5 in half a second of samples (Gaussian tail)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found. Levels in dB of full scale; times in ms; None where no sweep came back."""

    noise_db: float
    peak_db: float
    sweeps_played: int
    sweeps_heard: int
    echo_db: float | None
    round_trip_ms: float | None
    beyond_reported_ms: float | None
    drift_ppm: float | None
    under_runs: int
    over_runs: int


def sweep() -> Samples:
    """A rising tone, 200 Hz to 6 kHz, that fades in and out."""
    time_s = np.arange(SWEEP_SAMPLES) / MIC_HZ
    length_s = SWEEP_SAMPLES / MIC_HZ
    growth = math.log(6000 / 200)
    phase = 2 * np.pi * 200 * length_s / growth * (np.exp(time_s / length_s * growth) - 1)
    ramp = np.minimum(1, np.minimum(np.arange(SWEEP_SAMPLES), np.arange(SWEEP_SAMPLES)[::-1]) / 160)
    return (LEVEL * ramp * np.sin(phase)).astype(np.float32)


class TrialPath:
    """A path that plays a given sound and keeps what it hears, with the times of both."""

    def __init__(self, now_us: Callable[[], int], played: Samples) -> None:
        self._now_us = now_us
        self._played = played
        self._place = 0
        self._loudspeaker = LoudspeakerPath(self._render, MIC_HZ)
        self._microphone_hz = MIC_HZ
        self.blocks: list[tuple[Frames, float, int]] = []  # samples, when they were taken, when they came
        self.given: list[tuple[float, float, int]] = []  # place, when it is heard, when it was handed over

    def begin_microphone(self, rate_hz: int) -> None:
        """Remember the rate."""
        self._microphone_hz = rate_hz

    def begin_loudspeaker(self, rate_hz: int, *, steerable: bool) -> None:
        """Resample to the rate; drift is measured here, not mended."""
        del steerable
        self._loudspeaker = LoudspeakerPath(self._render, rate_hz)

    def take(self, block: Frames, taken_us: float) -> None:
        """Keep a block."""
        self.blocks.append((block.copy(), taken_us, self._now_us()))

    def give(self, out: Frames, heard_us: float) -> None:
        """Play on."""
        self.given.append((self._loudspeaker.position, heard_us, self._now_us()))
        self._loudspeaker.fill(out)

    def broke_up(self, kind: Kind) -> None:
        """It is counted elsewhere."""

    @property
    def finished(self) -> bool:
        """Whether all was played and has had time to come back."""
        return self._place > len(self._played) + SEARCH_SAMPLES

    def recorded(self) -> Samples:
        """All that was heard, at ``MIC_HZ``."""
        path = MicrophonePath(self._microphone_hz)
        return np.concatenate([path.convert(block) for block, _, _ in self.blocks])

    def taken_us(self, place: int) -> tuple[float, float]:
        """When a sample of the recording was taken from the air, and when it came to us."""
        index = place * self._microphone_hz // MIC_HZ
        for block, taken_us, came_us in self.blocks:
            if index < len(block):
                return taken_us + index * 1e6 / self._microphone_hz, came_us
            index -= len(block)
        return math.nan, math.nan

    def heard_us(self, place: int) -> tuple[float, float]:
        """When a sample that was played left the loudspeaker, as the card says, and when it was handed over."""
        before = [given for given in self.given if given[0] <= place]
        first, heard_us, handed_us = before[-1] if before else (0.0, math.nan, 0)
        return heard_us + (place - first) * 1e6 / MIC_HZ, handed_us

    def _render(self, count: int) -> Samples:
        out: Samples = np.zeros(count, dtype=np.float32)
        part = self._played[self._place : self._place + count]
        out[: len(part)] = part
        self._place += count
        return out


def try_out(plan: Plan, settings: AudioSettings, clock: MonotonicClock) -> Trial:
    """Play and record; blocks for about eight seconds. Raises ``AudioDeviceError``."""
    tone = sweep()
    played: Samples = np.zeros((SWEEPS + 1) * EVERY_SAMPLES, dtype=np.float32)
    places = [EVERY_SAMPLES * (number + 1) for number in range(SWEEPS)]
    for place in places:
        played[place : place + len(tone)] = tone[: len(played) - place]
    path, health = TrialPath(clock.now_us, played), Health()
    pairs = (
        [(plan.microphone, plan.loudspeaker)] if plan.duplex else [(plan.microphone, None), (None, plan.loudspeaker)]
    )
    streams: list[CardStream] = []
    try:
        for microphone, loudspeaker in pairs:
            streams.append(CardStream(path, health, now_us=clock.now_us))
            streams[-1].open(
                microphone, loudspeaker, block_ms=settings.block_ms, latency_ms=settings.latency_ms, steerable=False
            )
        while not path.finished and not any(stream.lost() for stream in streams):
            clock.sleep_until(clock.now_us() + 100_000)
    finally:
        for stream in streams:
            stream.close()
    return judged(path, tone, places, health)


def judged(path: TrialPath, tone: Samples, places: list[int], health: Health) -> Trial:
    """Find the sweeps in what was recorded."""
    recorded = path.recorded() if path.blocks else np.zeros(1, np.float32)
    pairs: list[tuple[int, int]] = []
    beyond: list[float] = []
    trips: list[float] = []
    levels: list[float] = []
    for place in places:
        heard_us, handed_us = path.heard_us(place)
        start = _first_taken_after(path, recorded, heard_us)
        found = None if start is None else _find(recorded[start : start + SEARCH_SAMPLES + len(tone)], tone)
        if start is None or found is None:
            continue
        taken_us, came_us = path.taken_us(start + found[0])
        pairs.append((place, start + found[0]))
        beyond.append((taken_us - heard_us) / 1000)
        trips.append((came_us - handed_us) / 1000)
        levels.append(20 * math.log10(max(found[1], 1e-9)))
    quiet = recorded[: EVERY_SAMPLES // 2]
    return Trial(
        noise_db=_db(float(np.sqrt(np.mean(quiet**2)))),
        peak_db=_db(float(np.abs(recorded).max())),
        sweeps_played=len(places),
        sweeps_heard=len(pairs),
        echo_db=_middle(levels),
        round_trip_ms=_middle(trips),
        beyond_reported_ms=_middle(beyond),
        drift_ppm=_drift_ppm(pairs),
        under_runs=health.under_runs,
        over_runs=health.over_runs,
    )


def _first_taken_after(path: TrialPath, recorded: Samples, time_us: float) -> int | None:
    """The place in the recording that was taken at a time, a little before to be safe; None outside."""
    taken_us, _ = path.taken_us(0)
    if math.isnan(time_us) or math.isnan(taken_us):
        return None
    place = int((time_us - taken_us) * MIC_HZ / 1e6) - MIC_HZ // 50
    return place if 0 <= place < len(recorded) else None


def _find(recorded: Samples, tone: Samples) -> tuple[int, float] | None:
    """Where the tone begins, and how loud against what was played; None where it is not there."""
    if len(recorded) <= len(tone):
        return None
    likeness = np.abs(np.correlate(recorded, tone, "valid"))
    place = int(likeness.argmax())
    usual = float(np.median(likeness))
    if likeness[place] < HEARD_SCORE * usual or likeness[place] < 1e-6:
        return None
    return place, float(likeness[place] / np.dot(tone, tone))


def _drift_ppm(pairs: list[tuple[int, int]]) -> float | None:
    """How much slower the loudspeaker's clock is than the microphone's, from where the sweeps were found.

    To the sample, so over five seconds to some 12 ppm.
    """
    if len(pairs) < 3:
        return None
    played, heard = np.array(pairs, dtype=float).T
    return float((np.polyfit(played, heard, 1)[0] - 1) * 1e6)


def _db(level: float) -> float:
    return 20 * math.log10(max(level, 1e-6))


def _middle(values: list[float]) -> float | None:
    return float(np.median(values)) if values else None
