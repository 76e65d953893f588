"""One live session for the benchmark, in a process of its own: real time, real threads, every core kept busy.

Usage: python -m tests.bench_live scripted|embedded FOLDER. Prints one JSON object.
"""

import json
import multiprocessing
import os
import sys
from pathlib import Path

import numpy as np
import soundfile

from engine.audio.wav_source import WavSource
from engine.backends import choose, release
from engine.clock import MonotonicClock, cpu_seconds
from engine.config import build
from engine.executor_threads import ThreadExecutor
from engine.run_real import run_real
from engine.session import Models, Session
from models.ports import MIC_HZ
from models.scripted import (
    ScriptedAnswer,
    ScriptedLanguageModel,
    ScriptedRecognizer,
    ScriptedSynthesizer,
    ScriptedVad,
    SpokenWord,
    Take,
)
from states.step import Step

IDLE_S = 10
CLIP = Path(__file__).resolve().parents[1] / "scenarios" / "clips" / "count_to_twenty.flac"


def burn() -> None:
    """Keep one core busy until killed."""
    while True:
        pass


def models(profile: str, first: int, samples: int) -> Models:
    """The backends of a profile; the scripted ones hear the clip where it lies in the input."""
    if profile == "embedded":
        names = {"vad": "silero", "stt": "sphinx", "llm": "companion", "tts": "espeak"}
        return choose(build({"models": names}), lambda _: None)
    word = SpokenWord("count", first, first + samples)
    takes = [Take((word,), first, first + samples)]
    numbers = " ".join(f"number{n}" for n in range(60)) + "."
    return Models(
        ScriptedVad(lambda: takes),
        ScriptedRecognizer(lambda: takes),
        ScriptedLanguageModel([ScriptedAnswer(numbers)]),
        ScriptedSynthesizer(),
    )


def own_processes() -> list[int]:
    """This process and those that its models have started; Linux only, elsewhere this one."""
    lists = Path("/proc/self/task").glob("*/children")
    return [os.getpid(), *(int(pid) for listed in lists for pid in listed.read_text().split())]


def resident_mb(processes: list[int]) -> float:
    """Their resident memory, in megabytes; what they share counts for each. Linux only, elsewhere not a number."""
    tables = [Path(f"/proc/{process}/statm") for process in processes]
    if not tables[0].exists():
        return float("nan")
    return sum(int(table.read_text().split()[1]) for table in tables) * os.sysconf("SC_PAGE_SIZE") / 1e6


def used_s(processes: list[int]) -> float:
    """Seconds of the processor that they have used; of the models' own to a hundredth, and on Linux only."""
    found = cpu_seconds()
    for process in processes[1:]:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        found += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime
    return found


def main(profile: str, folder: Path) -> None:
    """Ten seconds of silence, a question, and the reply to it."""
    clip, _ = soundfile.read(CLIP, dtype="float32")
    first = IDLE_S * MIC_HZ
    sound = np.concatenate([np.zeros(first, np.float32), clip, np.zeros(MIC_HZ, np.float32)])
    marks: dict[str, tuple[int, float]] = {}
    peak = [0.0]
    chosen = models(profile, first, len(clip))
    processes = own_processes()

    def watch(step: Step, _waited_us: int, _took_us: int) -> None:
        if step.outcome == "moved":
            marks.setdefault(step.dest.value, (step.now_us, used_s(processes)))
        peak[0] = max(peak[0], resident_mb(processes))

    session = Session(
        build({}),
        chosen,
        folder,
        clock=MonotonicClock(),
        executor=lambda mailbox: ThreadExecutor(mailbox.post),
        warn=lambda text: print(text, file=sys.stderr),
        listeners=(watch,),
    )
    marks["start"] = (session.clock.now_us(), used_s(processes))
    burners = [multiprocessing.Process(target=burn, daemon=True) for _ in range(os.cpu_count() or 1)]
    for burner in burners:
        burner.start()
    try:
        run_real(session, WavSource(sound))
    finally:
        for burner in burners:
            burner.kill()
        session.close()
        release(chosen)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    steps = next(line for line in lines if line["event"] == "steps")
    print(
        json.dumps(
            {
                "rss_mb": peak[0],
                "idle_cpu_s_per_min": _rate(marks, "start", "listening"),
                "speaking_cpu_s_per_min": _rate(marks, "speaking", "idle"),
                "mailbox_us": steps["mailbox_us"],
                "handling_us": steps["handling_us"],
            }
        )
    )


def _rate(marks: dict[str, tuple[int, float]], begin: str, end: str) -> float:
    """Processor seconds a minute between two marks."""
    (from_us, from_cpu), (to_us, to_cpu) = marks[begin], marks[end]
    return (to_cpu - from_cpu) / ((to_us - from_us) / 60e6)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
