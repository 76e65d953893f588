"""Measure conversations through the sound system, from recordings of the room: part of ``make bench``.

``python -m tests.bench_card [SETTINGS]``, settings of the section ``audio`` as TOML. One session of some minutes in
real time: the user cuts in on an endless reply again and again, and coughs in between. What the room heard on both
sides is recorded on one clock; every figure comes from that recording, but for the position that the engine believed
to be heard, which is compared with it.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from models.ports import MIC_HZ, Samples
from tests.rig.evidence import Evidence, gather
from tests.rig.pulse import WAIT_S, Rig, lacking
from tests.rig.recording import Recording
from tests.rig.tones import cough, spoken

ROUNDS = 24
ROUND_S = 5.0
FIRST_S = 3.0


@dataclass(frozen=True, slots=True)
class Said:
    """What the user does, and where in what is played to the mouth."""

    kind: str
    at: int


def script() -> tuple[Samples, list[Said]]:
    """A question; then in every round a cough and, 2.5 s later, a barge-in, at odd moments."""
    sound = np.zeros(int((FIRST_S + ROUNDS * ROUND_S + 1) * MIC_HZ), np.float32)
    said: list[Said] = []
    moments = np.random.default_rng(5).uniform(0, 0.4, (ROUNDS, 2))

    def put(kind: str, part: Samples, at_s: float) -> None:
        at = int(at_s * MIC_HZ)
        sound[at : at + len(part)] = part
        said.append(Said(kind, at))

    put("question", spoken("go on"), 0.5)
    for number, (one, other) in enumerate(moments):
        start = FIRST_S + number * ROUND_S
        put("cough", cough(number), start + one)
        put("barge-in", spoken("what now"), start + 2.5 + other)
    return sound, said


def converse(folder: Path, settings: str) -> tuple[Recording, Path]:
    """Hold the conversation; its recording and its session's folder."""
    sound, _ = script()
    soundfile.write(folder / "said.wav", sound, MIC_HZ, subtype="FLOAT")
    session = folder / "session"
    session.mkdir()
    rig = Rig(folder)
    rig.start()
    try:
        engine = subprocess.Popen(
            [sys.executable, "-m", "tests.rig.watched", str(session), settings],
            env={**rig.env, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert engine.stdout is not None
        print(engine.stdout.readline().strip(), flush=True)
        recording = Recording(rig.env)
        rig.say(folder / "said.wav").wait()
        engine.send_signal(signal.SIGINT)
        engine.wait(WAIT_S)
        print(engine.stdout.read().strip(), flush=True)
        recording.stop()
    finally:
        rig.kill()
    return recording, session


def spread(values: Sequence[float], unit: str = "ms") -> str:
    """Median, 95th percentile, largest, and how many."""
    if not values:
        return "none"
    p50, p95 = np.percentile(values, [50, 95])
    return f"{p50:.1f} / {p95:.1f} / {max(values):.1f} {unit} (n={len(values)})"


def report(name: str, figure: str, aim: str = "") -> None:
    """One line."""
    print(f"{name:58} {figure:>36}   {aim and 'aim ' + aim}".rstrip(), flush=True)


def tell(found: Evidence) -> None:
    """All figures: p50 / p95 / max."""
    wrong = found.heard_errors_ms
    report("believed heard against the room, absolute", spread([abs(e) for e in wrong]), "p95 <= 20 ms")
    report("believed ahead of the room, where it was", spread([e for e in wrong if e > 0]))
    report("words claimed of which nothing was heard", f"{found.words_over_claimed} of {found.words_claimed}", "0")
    report("onset of the user to ducked output", spread(found.duck_ms), "p50 <= 90, p95 <= 160 ms")
    report("onset of the user to silence", spread(found.silence_ms))
    report("order to hold to silence", spread(found.hold_ms))
    report("trials in which nothing sounded at the onset", str(found.void))
    report("coughs after which the reply went on", f"{found.resumed} of {found.coughs}")
    report("samples lost or repeated over a hold", spread([abs(n) for n in found.lost_samples], "samples"), "0")
    report("loudest last sample before silence, of the level", spread(found.last_pct, "%"), "< 5 %")
    report("barge-ins whose first word was understood", f"{found.first_words} of {found.barge_ins}")
    report("under-runs / over-runs", f"{found.under_runs} / {found.over_runs}", "0")


def main(settings: str = "") -> None:
    """Hold one conversation and tell what was found."""
    reason = lacking()
    if reason:
        print(f"conversations through the sound system are not measured: {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="is2s-rig-") as folder:
        recording, session = converse(Path(folder), settings)
        tell(gather(recording, session, [(said.kind, said.at) for said in script()[1]]))


if __name__ == "__main__":
    main(*sys.argv[1:])
