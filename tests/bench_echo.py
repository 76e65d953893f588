"""Measure the echo cancellers: ``make bench``, or ``python -m tests.bench_echo [SECONDS] [NAME ...]``.

Prints Markdown: a table a canceller. SECONDS is the length of each trial (60). The figures are of a simulation but
for the AEC Challenge's recordings: true rooms and loudspeakers are worse. The recorded rooms and the Challenge are
left out where the recordings are not there. The reply is never turned down here, as it is in a session at the first
sign of a user. Without a canceller everybody is "noticed", for the echo itself is taken for speech throughout.
"""

import sys
from collections.abc import Callable
from functools import partial

import numpy as np

from engine.audio.echo_path import EchoPath
from engine.audio.wav_source import read_audio
from engine.clock import MonotonicClock
from models import registry
from models.ports import FRAME_SAMPLES, MIC_HZ, EchoCanceller
from tests.echo_trials import (
    SPEECH,
    Condition,
    Tally,
    assistant,
    cleaned,
    echo_of,
    first_replies,
    level_db,
    marks,
    probabilities,
    try_condition,
    users,
)
from tests.shared_data import SHARED

Make = Callable[[], EchoCanceller | None]
USUAL = EchoPath(level_db=-10, delay_ms=80, rt60_ms=250, seed=101, noise_db=-70)


def conditions() -> list[Condition]:
    """Rooms, delays and levels; clocks that differ; a microphone that moves; a loudspeaker that distorts."""
    path = partial(EchoPath, noise_db=-70)
    found = [
        Condition("-10 dB, 80 ms, RT60 250 ms", USUAL),
        Condition("-6 dB, 20 ms, RT60 400 ms", path(-6, 20, 400, 102)),
        Condition("-20 dB, 200 ms, RT60 150 ms", path(-20, 200, 150, 103)),
        Condition("-10 dB, 400 ms, RT60 250 ms", path(-10, 400, 250, 104)),
        Condition("0 dB, echo 14 dB above the user", path(0, 80, 250, 105), ratios_db=(-14,)),
        Condition("clock 80 ppm off", path(-10, 80, 250, 106), 80),
        Condition("clock 200 ppm off", path(-10, 80, 250, 107), 200),
        Condition("microphone moved every 20 s", path(-10, 80, 250, 108, changes_at_ms=(20_000, 40_000))),
        Condition("loudspeaker tanh(4 x)", path(-10, 80, 250, 109, distortion=4.0)),
    ]
    for number in range(1, 5):
        room = SHARED / "noise" / "rir" / f"rir{number}.wav"
        if room.is_file():
            found.append(Condition(f"recorded room {number}, -10 dB, 80 ms", path(-10, 80, room=str(room))))
    return found


def row(name: str, tally: Tally) -> None:
    """One line of the table."""
    hours = tally.seconds / 3600
    cells = [
        name,
        "/".join(f"{db:.0f}" for db in tally.attenuation_db),
        f"{tally.converged_s:.2f}" if tally.attenuation_db else "",
        f"{100 * tally.false_frames * FRAME_SAMPLES / MIC_HZ / tally.seconds:.2f}",
        f"{tally.onsets / hours:.0f}/{tally.sustained / hours:.0f}",
    ]
    for ratio_db in (0, -10, -14):
        asked = tally.users.get(ratio_db, 0)
        kept = np.mean(tally.kept[ratio_db]) if asked else float("nan")
        cells.append(f"{tally.noticed[ratio_db]}/{asked}, {kept:.2f}" if asked else "")
    later = tally.later_ms or [float("nan")]
    cells.append(f"{np.percentile(later, 50):.0f}/{np.percentile(later, 95):.0f}")
    print(f"| {' | '.join(cells)} |", flush=True)


def add(total: Tally, tally: Tally) -> None:
    """Add a condition to the sum of all."""
    for name in ("seconds", "false_frames", "onsets", "sustained"):
        setattr(total, name, getattr(total, name) + getattr(tally, name))
    for ratio_db, asked in tally.users.items():
        total.users[ratio_db] = total.users.get(ratio_db, 0) + asked
        total.noticed[ratio_db] = total.noticed.get(ratio_db, 0) + tally.noticed[ratio_db]
        total.kept.setdefault(ratio_db, []).extend(tally.kept[ratio_db])
    total.later_ms += tally.later_ms


def table(make: Make, seconds: int) -> None:
    """A line a condition, and one for all."""
    heads = ["condition", "down by dB, first 1/first 3/after 5 s", "20 dB after s", "false frames %"]
    heads += ["onsets/sustained an hour", *(f"user at {db} dB: noticed, frames kept" for db in (0, -10, -14))]
    print(f"| {' | '.join([*heads, 'later by ms p50/p95'])} |")
    print("|---" * 9 + "|")
    total = Tally()
    for number, condition in enumerate(conditions()):
        tally = try_condition(make, condition, seconds, seed=number)
        row(condition.name, tally)
        add(total, tally)
    row("all", total)


def challenge(make: Make) -> None:
    """The three recordings of the AEC Challenge: true rooms, true loudspeakers."""
    folder = SHARED / "aec" / "dtln"
    for kind in ("farend_singletalk", "nearend_singletalk", "doubletalk"):
        for far_path in sorted(folder.glob(f"*_{kind}_lpb.wav")):
            mic = read_audio(str(far_path).replace("_lpb", "_mic"))
            far = np.zeros_like(mic)
            given = read_audio(far_path)[: len(mic)]
            far[: len(given)] = given
            whole = len(mic) // FRAME_SAMPLES * FRAME_SAMPLES
            left = cleaned(make(), mic[:whole], far[:whole])
            before, after = probabilities(mic[:whole]), probabilities(left)
            speech = [100 * np.mean(np.array(found) >= SPEECH) for found in (before, after)]
            late = 5 * MIC_HZ
            print(
                f"- AEC Challenge, {kind}: {level_db(mic) - level_db(left):.1f} dB quieter "
                f"({level_db(mic[late:whole]) - level_db(left[late:]):.1f} after 5 s), "
                f"speech in {speech[0]:.0f} % of frames before and {speech[1]:.0f} % after, "
                f"sustained {len(marks(after)[1])} times"
            )


def cost_us(make: Make) -> tuple[float, float]:
    """Microseconds of one core for 16 ms of sound, while the assistant speaks and while not; the best of 20."""
    far = assistant(60)[: MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES * 2]
    mic = echo_of(Condition("", USUAL), far)
    found = []
    for speaker in (far, np.zeros_like(far)):
        canceller = make()
        times = []
        for _ in range(20):
            clock = MonotonicClock()
            cleaned(canceller, mic, speaker)
            times.append(clock.now_us() * 256 / len(mic))
        found.append(min(times))
    return found[0], found[1]


def bench(name: str, seconds: int) -> None:
    """All measurements of one canceller."""
    print(f"\n### {name}\n", flush=True)

    def make() -> EchoCanceller | None:
        canceller: EchoCanceller | None = None if name == "none" else registry.create("aec", name)
        return canceller

    table(make, seconds)
    print()
    if name == "none":
        return
    for level in (-12, 0):
        own, noticed, asked = first_replies(make, EchoPath(level_db=level, seed=500, noise_db=-70), 40)
        print(
            f"- first reply of a session, echo at {level} dB: {own} of 40 interrupt themselves in 3 s; {noticed} of "
            f"{asked} users are noticed who speak 0.5 s into it, as loud as the echo",
            flush=True,
        )
    challenge(make)
    near = np.concatenate(users()[:20])
    near = near[: len(near) // FRAME_SAMPLES * FRAME_SAMPLES]
    quiet = level_db(cleaned(make(), near, np.zeros_like(near))) - level_db(near)
    active, idle = cost_us(make)
    print(f"- level of the user while nothing plays: {quiet:+.2f} dB")
    print(f"- {active:.0f} us for 16 ms of sound, {idle:.0f} us while nothing plays (aim: 200)", flush=True)


def main(arguments: list[str]) -> None:
    """Every canceller that is ready, and none at all."""
    seconds = int(arguments[0]) if arguments else 60
    ready = [name for name in registry.names("aec") if registry.available("aec", name).ready]
    for name in arguments[1:] or ["none", *ready]:
        bench(name, seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
