"""Replays of the recorded scenarios, shared by the tests of what was decided and of what was heard.

Each is played about once at each speed; what the tests need of the session's folder is kept in memory, so that
nothing is left on the disk. All of them would be gigabytes: the last few are kept, and ``conftest.py`` has the tests
of one replay follow one another.
"""

import json
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from engine.inspect.reader import Log, read_log
from engine.replay.recording import scripted_voice
from engine.replay.runner import Replay, replay
from engine.replay.scenario import Scenario, load
from models.ports import MIC_HZ
from models.scripted import ScriptedSynthesizer
from states import commands as cmd
from states.events import PlayoutStarted
from states.state import State
from states.step import Step

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"

ALL = {path.parent.name: load(path.parent) for path in sorted(SCENARIOS.glob("*/scenario.toml"))}
SCRIPTED = [
    name
    for name, scenario in ALL.items()
    if {scenario.file.models.stt, scenario.file.models.llm, scenario.file.models.tts} == {"scripted"}
]
LONG = {"thirty_turns", "very_long_turn", "long_silence"}
"""Played at their own speed only: nothing in them hangs on how quick a model is."""

PACED = [(name, 1.0) for name in SCRIPTED] + [
    (name, factor) for name in SCRIPTED if name not in LONG for factor in (0.25, 4.0)
]
"""Scenarios with a factor on all declared latencies."""

Sound = npt.NDArray[np.int16]
"""Shape (n,), at ``MIC_HZ``."""


@dataclass(frozen=True)
class Played:
    """A scenario and what came of it.

    ``microphone`` and ``loudspeaker`` are the two sides of the recording, sample for sample. ``rendered`` is the
    render ledger: which samples of which reply went out when, and how loud.
    """

    scenario: Scenario
    result: Replay
    log: Log
    microphone: Sound
    loudspeaker: Sound
    rendered: tuple[dict[str, Any], ...]

    @property
    def voice(self) -> ScriptedSynthesizer:
        """The voice of this scenario, anew."""
        return scripted_voice(self.scenario.folder, self.scenario.file.voice)

    @property
    def barge_ins(self) -> list[Step]:
        """The steps in which the user took the floor from a reply."""
        return [s for s in self.result.steps if s.outcome == "moved" and s.dest is State.INTERRUPTED]

    @property
    def starts(self) -> dict[int, int]:
        """Where on the recording the first sample of each reply that was heard lies."""
        return {s.event.reply: sample_of(s) for s in self.result.steps if isinstance(s.event, PlayoutStarted)}


def play(name: str, factor: float = 1.0) -> Played:
    """Replay a scenario with all declared latencies times ``factor``, or recall that replay."""
    return _play(name, factor)


@lru_cache(maxsize=4)
def _play(name: str, factor: float) -> Played:
    with tempfile.TemporaryDirectory(prefix="is2s-") as temporary:
        folder = Path(temporary)
        result = replay(ALL[name], folder, latency_factor=factor)
        sound, _ = soundfile.read(folder / "conversation.wav", dtype="int16")
        metrics = (json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
        rendered = tuple(line for line in metrics if line["event"] == "rendered")
        sides = (sound[:, 0].copy(), sound[:, 1].copy())
        return Played(ALL[name], result, read_log(folder), *sides, rendered)


def sample_of(step: Step) -> int:
    """Where on the recording a step lies."""
    return step.now_us * MIC_HZ // 1_000_000


def commands(step: Step, *kinds: type[cmd.Command]) -> list[Any]:
    """The commands of these kinds that a step gave."""
    return [command for command in step.commands if isinstance(command, kinds)]
