"""Hours of talk in the room, fed piece by piece, with the process looked at from outside once a minute."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from engine.audio.wav_source import read_audio
from models.ports import MIC_HZ, Samples
from tests.rig.pulse import WAIT_S, Rig

ROOT = Path(__file__).resolve().parents[2]
ROUND_S = 8
FEED_MS = 500
"""What the player may hold: the pipe and its buffer are all that separates us from real time."""

AHEAD_S = 4
"""More than the player and the pipe hold: what was said before it has been heard."""

LONGEST_TAIL_S = 40
"""In which the last reply, which takes 16 s, has surely come to its end."""

_CUT_IN = ("count_to_ten", "mm_hm", "count_to_ten", "cough", "count_to_ten")
CLIPS = ("count_to_ten", *_CUT_IN, *_CUT_IN, "", "")
"""What the user says in round after round: a question, then into one reply after another; in the silence at the end
the last is heard to its end."""


@dataclass(frozen=True, slots=True)
class Look:
    """The process at one time of the feed. ``own_kb``: of the memory what no file stands behind, which is what a leak
    adds to; pages of libraries come as they are first used. ``load``: of the machine, over the last minute."""

    at_s: float
    rss_kb: int
    own_kb: int
    threads: int
    files: int
    load: float


@dataclass(slots=True)
class Run:
    """A run that is over. ``left``: what the process said of itself when the session was closed."""

    session: Path
    status: int
    said: list[str]
    rounds: int
    looks: list[Look] = field(default_factory=list)


def look(pid: int, at_s: float) -> Look:
    """Look at a process through /proc."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    rss_kb, own_kb = (int(status[name].split()[0]) for name in ("VmRSS", "RssAnon"))
    threads, files = (len(os.listdir(f"/proc/{pid}/{part}")) for part in ("task", "fd"))
    return Look(at_s, rss_kb, own_kb, threads, files, os.getloadavg()[0])


def round_of(number: int) -> Samples:
    """``ROUND_S`` of the user, silence but for one clip at an odd moment."""
    sound: Samples = np.zeros(ROUND_S * MIC_HZ, np.float32)
    name = CLIPS[number % len(CLIPS)]
    if name:
        clip = read_audio(ROOT / "scenarios" / "clips" / f"{name}.flac")
        at = int(np.random.default_rng(number).uniform(0.5, 2.5) * MIC_HZ)
        sound[at : at + len(clip)] = clip
    return sound


def talk_for(rig: Rig, folder: Path, rounds: int, look_every_s: int = 60) -> Run:
    """Hold a conversation of so many rounds and end it with Ctrl-C. Takes ``ROUND_S`` for each, and some seconds."""
    session = folder / "session"
    session.mkdir()
    command = [sys.executable, "-c", _CALL, str(session)]
    environment = {**rig.env, "PYTHONPATH": str(ROOT)}
    out = (folder / "out.txt").open("w+")
    with out, subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=out, text=True) as engine:
        try:
            assert engine.stdout is not None
            run = Run(session, 0, [engine.stdout.readline()], rounds)
            _feed(rig, run, engine.pid, look_every_s)
            engine.send_signal(signal.SIGINT)
            run.status = engine.wait(WAIT_S)
            run.said += engine.stdout.readlines()
        finally:
            engine.kill()
        out.seek(0)
        run.said[:0] = out.readlines()
    return run


_CALL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it
from pathlib import Path
from tests.rig.soaked import main
main(Path(sys.argv[1]))
"""


def _feed(rig: Rig, run: Run, pid: int, look_every_s: int) -> None:
    """The player takes no more than it plays: so the pipe keeps the time, and nobody has to."""
    options = ["--raw", "--format=float32le", f"--rate={MIC_HZ}", "--channels=1", f"--latency-msec={FEED_MS}"]
    mouth = subprocess.Popen(["paplay", "--device=mouth", *options], env=rig.env, stdin=subprocess.PIPE)
    assert mouth.stdin is not None
    try:
        for number in range(run.rounds):
            _put(mouth.stdin, round_of(number))
            at_s = (number + 1) * ROUND_S
            if at_s // look_every_s > (at_s - ROUND_S) // look_every_s:
                run.looks.append(look(pid, at_s))
        at_s = run.rounds * ROUND_S
        for number in range(LONGEST_TAIL_S):
            _put(mouth.stdin, np.zeros(MIC_HZ, np.float32))
            at_s += 1
            if number >= AHEAD_S and _state(run.session) == "idle":
                break
        run.looks.append(look(pid, at_s))
        mouth.stdin.close()
        mouth.wait(WAIT_S)
    finally:
        mouth.kill()
        mouth.wait()


def _state(session: Path) -> str:
    """By the last whole line of the journal."""
    with (session / "transitions.jsonl").open("rb") as journal:
        journal.seek(max(0, journal.seek(0, os.SEEK_END) - 2**16))
        return str(json.loads(journal.read().split(b"\n")[-2]).get("dest"))


def _put(pipe: IO[bytes], sound: Samples) -> None:
    pipe.write(sound.tobytes())
    pipe.flush()
