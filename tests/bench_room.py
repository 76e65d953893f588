"""Measure conversations through the sound system in which the microphone hears the loudspeaker.

``python -m tests.bench_room [SECONDS] [NAME:LEVEL_DB ...]``. Prints Markdown: a line for a canceller and a level of
the echo. A session of SECONDS (300) in real time: the assistant speaks on and on, three quarters of the time alone,
then with a user who cuts in every seven seconds, in turn as loud as the echo and 10 dB softer. Voices and recogniser
are those of ``tests.rig.voices``: of the echo is understood what the embedded profile understands of it. The user's
moments are taken from the recording of the room, the engine's from its steps, silence from the recording. A user of
whom the reply is already ducked, or nothing sounds, counts like any other.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from models import registry
from models.ports import MIC_HZ, Samples
from tests.bench_card import spread
from tests.rig.evidence_room import Cut, Found, gather
from tests.rig.pulse import WAIT_S, Rig, lacking
from tests.rig.recording import Recording
from tests.rig.talk import ROOT
from tests.rig.voices import USERS, said

CONDITIONS = ("kalman:-6", "kalman:-12", "kalman:-20", "livekit:-12", "none:-12")
ASK_S = 1.0
ALONE = 0.75
"""Share of a session before the first barge-in."""
EVERY_S = 7.0
RATIOS_DB = (0, -10)


def script(seconds: int, level_db: float) -> tuple[Samples, list[Cut]]:
    """What is played to the mouth: a question, silence, and then the barge-ins at odd moments."""
    sound = np.zeros(seconds * MIC_HZ, np.float32)
    sound[int(ASK_S * MIC_HZ) :][: len(said("tell_me_a_story"))] = said("tell_me_a_story")
    random, cuts = np.random.default_rng(7), []
    names = [name for name in USERS if name != "tell_me_a_story"]
    while (at_s := ALONE * seconds + len(cuts) * EVERY_S + random.uniform(0, 1)) < seconds - 5:
        ratio_db = RATIOS_DB[len(cuts) % 2]
        part = said(names[len(cuts) % len(names)])
        gain = np.float32(10 ** ((level_db + ratio_db) / 20))
        at = int(at_s * MIC_HZ)
        sound[at : at + len(part)] = gain * part
        cuts.append(Cut(ratio_db, at))
    return 2 * sound, cuts  # heard by the half


@contextmanager
def program(rig: Rig, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A program of the rig; ready when it has said so, and ended in order."""
    env = {**rig.env, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", *arguments], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(WAIT_S)


def converse(name: str, level_db: float, seconds: int) -> Found:
    """Hold one conversation and tell what was found."""
    sound, cuts = script(seconds, level_db)
    with tempfile.TemporaryDirectory(prefix="is2s-rig-") as folder:
        session = Path(folder) / "session"
        session.mkdir()
        soundfile.write(Path(folder) / "said.wav", sound, MIC_HZ, subtype="FLOAT")
        rig = Rig(Path(folder), walls=True)
        rig.start()
        try:
            with program(rig, "tests.rig.walls", str(level_db)):
                with program(rig, "tests.rig.watched", str(session), "", name):
                    recording = Recording(rig.env)
                    rig.say(Path(folder) / "said.wav").wait()
                recording.stop()
        finally:
            rig.kill()
        return gather(recording, session, cuts, first_at=int(ASK_S * MIC_HZ))


def line(name: str, level_db: float, found: Found) -> None:
    """One line of the table."""
    hours = max(found.spoken_s, 1) / 3600
    cells = [name, f"{level_db:.0f} dB", f"{found.spoken_s:.0f}"]
    for count in (found.onsets, found.sustained, found.interrupted_itself):
        cells.append(f"{count} ({count / hours:.0f})")
    cells.append(f"{100 * found.needless_s / max(found.spoken_s, 1):.1f}")
    for ratio in RATIOS_DB:
        cells.append(", ".join(str(of.get(ratio, 0)) for of in (found.noticed, found.understood)))
        cells[-1] += f" of {found.asked.get(ratio, 0)}"
    cells += [spread(found.duck_ms), spread(found.silence_ms), f"{found.under_runs}/{found.over_runs}"]
    cells += [str(found.leaps), str(found.walls_moved)]
    cells.append(f"{os.getloadavg()[0]:.1f}")
    print(f"| {' | '.join(cells)} |", flush=True)


def main(arguments: list[str]) -> None:
    """Every condition whose canceller is ready."""
    reason = lacking()
    if reason:
        print(f"echo through the sound system is not measured: {reason}")
        return
    seconds = int(arguments[0]) if arguments else 300
    heads = ["canceller", "echo", "assistant alone, s"]
    heads += ["onsets in it (an hour)", "sustained (an hour)", "interrupts itself (an hour)"]
    heads += ["ducked needlessly, %", *(f"user at {ratio} dB: noticed in 1 s, interrupts" for ratio in RATIOS_DB)]
    heads += ["onset to duck, p50/p95/max", "onset to silence", "under-/over-runs", "leaps"]
    heads += ["the walls moved", "load"]
    print(f"| {' | '.join(heads)} |")
    print("|---" * len(heads) + "|")
    for condition in arguments[1:] or CONDITIONS:
        name, level_db = condition.split(":")
        if name == "none" or registry.available("aec", name).ready:
            line(name, float(level_db), converse(name, float(level_db), seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
