"""Measure the echo cancellers where microphone and loudspeaker are two devices, each with a clock of its own.

``python -m tests.bench_clocks [SECONDS] [NAME ...]``. Simulated cards with the session's own audio path between them:
it measures the clocks, bends the loudspeaker's rate, and tells the canceller what sounded. What the cards tell of
their times is off by 1 ms from block to block and, in some conditions, by 3 ms within some seconds, as it was found
through PulseAudio. The slips are by how much the reference moved against the echo within 10 s, in milliseconds.
"""

import sys

import numpy as np

from engine.audio.echo_path import EchoPath
from models import registry
from models.ports import FRAME_SAMPLES, MIC_HZ, EchoCanceller, Samples
from tests.bench_echo import row
from tests.echo_trials import Condition, Tally, assistant, echo_of, try_echo
from tests.simulated_card import Room, Side

ROOM = EchoPath(level_db=-10, delay_ms=5, rt60_ms=250, seed=107, noise_db=-70)
CONDITIONS = ((0.0, 0.0), (200.0, 0.0), (-200.0, 0.0), (80.0, 0.0), (200.0, 3000.0), (0.0, 3000.0))
"""The loudspeaker's clock against the microphone's in ppm, and how far the cards' word wanders in microseconds."""


def through_cards(seconds: int, ppm: float, wander_us: float) -> tuple[Samples, Samples, list[float]]:
    """What the canceller is told, what the microphone hears of it, and the slips in milliseconds."""
    room = Room(
        Side(jitter_us=1000, latency_us=20_000, wander_us=wander_us),
        Side(48_000, ppm=ppm, jitter_us=1000, latency_us=60_000),
        echo=True,
        two_devices=True,
    )
    told: list[Samples] = []
    heard: list[Samples] = []

    def keep(block: Samples, speaker: Samples | None = None) -> None:
        heard.append(block.copy())
        told.append(np.zeros_like(block) if speaker is None else speaker.copy())

    room.capture.push = keep  # type: ignore[method-assign]
    room.playout.open(1)
    room.playout.write(1, assistant(seconds + 1))
    room.pass_s(seconds + 1)
    whole = seconds * MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES
    far, direct = (np.concatenate(parts)[:whole] for parts in (told, heard))
    lags = [
        lag(far[at : at + 2 * MIC_HZ], direct[at : at + 2 * MIC_HZ]) for at in range(0, whole - 2 * MIC_HZ, 160_000)
    ]
    slips = [float(later - sooner) * 1000 / MIC_HZ for later, sooner in zip(lags[1:], lags, strict=False)]
    return far, echo_of(Condition("", ROOM), direct), slips


def lag(one: Samples, other: Samples) -> int:
    """By how many samples ``other`` is later than ``one``."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.irfft(np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size)), size)
    place = int(np.argmax(product))
    return place - size if place > size // 2 else place


def main(arguments: list[str]) -> None:
    """Every canceller that is ready."""
    seconds = int(arguments[0]) if arguments else 100
    names = arguments[1:] or [name for name in registry.names("aec") if registry.available("aec", name).ready]
    tracks = [through_cards(seconds, *condition) for condition in CONDITIONS]
    for name in names:

        def make(name: str = name) -> EchoCanceller:
            canceller: EchoCanceller = registry.create("aec", name)
            return canceller

        print(f"\n### {name}, two devices\n")
        for number, ((ppm, wander_us), (far, echo, slips)) in enumerate(zip(CONDITIONS, tracks, strict=True)):
            tally: Tally = try_echo(make, far, echo, (0, -10), seed=number)
            slipped = "/".join(f"{slip:+.1f}" for slip in slips)
            row(
                f"{ppm:+.0f} ppm, wander {wander_us / 1000:.0f} ms; {tally.sustained} sustained; slips {slipped}",
                tally,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
