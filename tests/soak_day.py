"""A day of talk on the virtual clock, with faults: ``python -m tests.soak_day HOURS FOLDER [--trace]``.

A barge-in every 8 s, but for pauses in which the reply, or a deadline, comes to its end. Prints one line of JSON.
With ``--trace`` it is slower and tells at the end which lines hold memory that they did not hold after the first
quarter.
"""

import json
import resource
import sys
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.clock import VirtualClock
from engine.config import build, parse_toml
from engine.executor_inline import InlineExecutor
from engine.run_virtual import latencies, run_virtual
from engine.session import Models, Session
from models.ports import MIC_HZ, Samples
from models.vad_energy import EnergyVad
from states.events import ReplyGenerated
from states.history import spoken
from states.step import Step
from tests.rig.talk import CONFIG
from tests.rig.tones import cough
from tests.rig.tones import spoken as said
from tests.soak_faults import FaultyModel, FaultyRecognizer, FaultySynthesizer

ROUND_S = 8
PAUSE = (8, 9, 10)
"""Of ``CYCLE`` rounds these are silent: long enough for the reply's deadline of 20 s."""
CYCLE = 11
LOOKS_AN_HOUR = 4


class LongSource:
    """The user, made round by round; ``at_round`` is told of each as it begins."""

    def __init__(self, rounds: int, at_round: Any) -> None:
        self._rounds = rounds
        self._number = 0
        self._sound: Samples = np.zeros(0, np.float32)
        self._done = 0
        self._at_round = at_round

    @property
    def finished(self) -> bool:
        """Whether only silence follows."""
        return self._number >= self._rounds and self._done >= len(self._sound)

    def read(self, n: int) -> Samples:
        """The next samples; rounds are whole numbers of blocks of 512."""
        if self._done >= len(self._sound):
            if self.finished:
                return np.zeros(n, np.float32)
            self._at_round(self._number)
            self._sound, self._done = _round(self._number), 0
            self._number += 1
        self._done += n
        return self._sound[self._done - n : self._done]


def _round(number: int) -> Samples:
    sound: Samples = np.zeros(ROUND_S * MIC_HZ, np.float32)
    if number % CYCLE not in PAUSE:
        part = cough(number) if number % CYCLE == 5 else said("yes" if number % CYCLE == 3 else "what now")
        at = MIC_HZ // 2 + number * 977 % (2 * MIC_HZ)
        sound[at : at + len(part)] = part
    return sound


@dataclass(slots=True)
class Watch:
    """What is kept of the steps: sums, so that watching takes no memory."""

    told: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    entered_us: int = 0
    longest_s: dict[str, float] = field(default_factory=dict)
    fault_us: int = -1
    recovery_s: float = 0.0
    idle: int = 0
    last: str = "idle"

    def __call__(self, step: Step, _waited_us: int, _took_us: int) -> None:
        """Take note of a step."""
        empty = isinstance(step.event, ReplyGenerated) and not step.event.clauses
        self.told["EmptyReply" if empty else type(step.event).__name__] += 1
        if step.outcome in ("moved", "stayed"):
            self.reasons[step.reason] += 1
        if step.verdict:
            self.verdicts[f"{step.verdict}: {step.reason}"] += 1
        if step.outcome == "moved":
            state = step.source.value
            passed_s = (step.now_us - self.entered_us) / 1e6
            self.longest_s[state] = max(self.longest_s.get(state, 0.0), passed_s)
            self.entered_us, self.last = step.now_us, step.dest.value
            self.idle += step.dest.value == "idle"
        faulty = step.reason in ("generation_failed", "empty_answer", "synthesis_failed", "reply_overdue")
        if faulty and step.outcome in ("moved", "stayed") and step.source.value == "thinking" and self.fault_us < 0:
            self.fault_us = step.now_us
        if step.reason in ("first_sample",) or step.dest.value in ("idle", "interrupted", "listening"):
            if self.fault_us >= 0:
                self.recovery_s = max(self.recovery_s, (step.now_us - self.fault_us) / 1e6)
            self.fault_us = -1


def rss_mb() -> float:
    """Of this process, now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def history_mb(session: Session) -> float:
    """What the words of the history take, objects and all: kept by design."""
    messages = session.dialogue.history.messages
    return sum(sys.getsizeof(m) + sys.getsizeof(m.text) + 8 for m in spoken(messages)) / 2**20


def run(hours: float, folder: Path, *, trace: bool = False) -> dict[str, Any]:
    """Hold the conversation and tell of it."""
    table = {**parse_toml(CONFIG), "session": {"max_s": round(hours * 3600) + 600}}
    del table["models"]
    config, clock, watch = build(table), VirtualClock(), Watch()
    model, recognizer, synthesizer = FaultyModel(), FaultyRecognizer(), FaultySynthesizer()
    session = Session(
        config,
        Models(EnergyVad(), recognizer, model, synthesizer),
        folder,
        clock=clock,
        executor=lambda mailbox: InlineExecutor(mailbox.post, clock, latencies(config.latency)),
        warn=print,
        listeners=(watch,),
        sound=False,
    )
    looks: list[dict[str, float]] = []
    rounds = max(CYCLE, round(hours * 3600 / ROUND_S))
    every = max(1, 3600 // ROUND_S // LOOKS_AN_HOUR)
    first: list[tracemalloc.Snapshot] = []

    def at_round(number: int) -> None:
        if number % every == 0:
            took = {"cpu_s": time.process_time(), "turns": len(session.dialogue.history)}
            looks.append({"h": clock.now_us() / 3.6e9, "rss_mb": rss_mb(), "history_mb": history_mb(session), **took})
        if trace and number == rounds // 4:
            tracemalloc.start(4)
        if trace and number == rounds // 4 + 50:
            first.append(tracemalloc.take_snapshot())

    run_virtual(session, LongSource(rounds, at_round))
    grown = []
    if first:
        last = tracemalloc.take_snapshot()
        grown = [str(line) for line in last.compare_to(first[0], "lineno")[:15]]
    session.close()
    files = {path.name: path.stat().st_size for path in folder.iterdir()}
    return {
        "hours": clock.now_us() / 3.6e9,
        "rounds": rounds,
        "looks": looks,
        "injected": dict(model.faults + recognizer.faults + synthesizer.faults),
        "told": dict(watch.told),
        "reasons": dict(watch.reasons),
        "verdicts": dict(watch.verdicts),
        "longest_s": watch.longest_s,
        "recovery_s": watch.recovery_s,
        "times_idle": watch.idle,
        "last_state": watch.last,
        "files": files,
        "grown": grown,
    }


if __name__ == "__main__":
    print(json.dumps(run(float(sys.argv[1]), Path(sys.argv[2]), trace="--trace" in sys.argv)))
