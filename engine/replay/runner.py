"""Replay a scenario: the same loop, stages and dialogue as live, on a virtual clock."""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.audio.echo_path import EchoingSource
from engine.cassette.times import read_times
from engine.clock import VirtualClock
from engine.earlier import NOTHING_EARLIER, Earlier
from engine.echo import choose_canceller
from engine.executor_inline import InlineExecutor
from engine.replay.moments import Moments
from engine.replay.recording import regions, scripted_voice
from engine.replay.scenario import Scenario
from engine.replay.timeline import Region, Timeline
from engine.run_virtual import latencies, run_virtual
from engine.session import Models, Session
from models import registry
from models.cassette_player import PlayingLanguageModel, PlayingRecognizer, PlayingSynthesizer, PlayingVad
from models.cassette_reading import Cassette, read_cassette
from models.ports import MIC_HZ, Samples
from models.scripted import (
    ScriptedAnswer,
    ScriptedLanguageModel,
    ScriptedRecognizer,
    ScriptedVad,
    Take,
)
from states.history import Entry
from states.step import Step


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it. ``seconds`` is the length of the session on the virtual clock.

    ``takes``: where on it, in microseconds, each entry at the microphone lay: (number, from, to). ``near``: how many
    of a cassette's answers were to something near what was asked, and not to just that.
    """

    journal: str
    steps: tuple[Step, ...]
    history: tuple[Entry, ...]
    unsaid: tuple[str, ...]
    seconds: float
    takes: tuple[tuple[int, int, int], ...] = ()
    near: int = 0


def replay(
    scenario: Scenario,
    folder: Path | None = None,
    *,
    latency_factor: float = 1.0,
    sound: Samples | None = None,
    earlier: Earlier = NOTHING_EARLIER,
    warn: Callable[[str], None] = lambda _: None,
) -> Replay:
    """Play a scenario to its end; the session's files go to ``folder``, or nowhere.

    ``latency_factor`` multiplies all declared and recorded latencies. ``sound`` is heard from the start in place of
    ``user.wav``. ``earlier``: the session gone on from. Deterministic for scripted models and for a cassette.
    ``warn`` is told where a cassette ends early.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="is2s-") as temporary:
            place = Path(temporary)
            return replay(scenario, place, latency_factor=latency_factor, sound=sound, earlier=earlier, warn=warn)
    clock = VirtualClock()
    steps: list[Step] = []
    stage: list[Session] = []  # the source must know the session, and the session's models the source
    moments = Moments(lambda reply: stage[0].playout.heard(reply))
    timeline = Timeline(
        scenario.file.user,
        regions(scenario.folder, scenario.file.user) if sound is None else [Region(sound, (), 0, len(sound))],
        scenario.file.key,
        moments,
        post=lambda event: stage[0].mailbox.post(event),
    )
    echo = scenario.file.echo
    costs = latencies(scenario.config.latency, latency_factor)
    times = None
    stages = [stage for role, stage in _STAGES if getattr(scenario.file.models, role) == "cassette"]
    if stages:
        times, note = read_times(scenario.folder / "cassette", stages, latency_factor)
        if note:
            warn(note)
    models = _models(scenario, timeline, warn)
    session = Session(
        scenario.config,
        models,
        folder,
        clock=clock,
        executor=lambda mailbox: InlineExecutor(mailbox.post, clock, costs, times),
        warn=warn,
        earlier=earlier,
        listeners=(moments, lambda step, _waited, _took: steps.append(step)),
        canceller=choose_canceller(scenario.config.echo, scenario.config.options, audible=echo is not None),
    )
    stage.append(session)
    try:
        run_virtual(session, timeline if echo is None else EchoingSource(timeline, echo, scenario.folder))
    finally:
        session.close()
    journal = (folder / "transitions.jsonl").read_text(encoding="utf-8")
    seconds = session.playout.total_rendered / MIC_HZ
    near = sum(getattr(player, "near", 0) for player in (models.stt, models.llm))
    history, unsaid = session.dialogue.history.messages, tuple(timeline.unsaid)
    return Replay(journal, tuple(steps), history, unsaid, seconds, _takes(timeline), near)


def _takes(timeline: Timeline) -> tuple[tuple[int, int, int], ...]:
    def us(sample: int) -> int:
        return sample * 1_000_000 // MIC_HZ

    return tuple((p.number + 1, us(p.start), us(p.start + len(p.region.samples))) for p in timeline.placed)


_PLAYERS: dict[str, Callable[[Cassette], Any]] = {
    "vad": PlayingVad,
    "stt": PlayingRecognizer,
    "llm": PlayingLanguageModel,
    "tts": PlayingSynthesizer,
}
_STAGES = (("stt", "transcription"), ("stt", "assessment"), ("llm", "generation"), ("tts", "synthesis"))


def _models(scenario: Scenario, timeline: Timeline, warn: Callable[[str], None]) -> Models:
    """The backends a scenario asks for: scripted ones by its own script, those of its cassette, others by name."""
    file, options = scenario.file, scenario.config.options

    def takes() -> list[Take]:
        return timeline.takes

    scripted: dict[str, Callable[[], Any]] = {
        "vad": lambda: ScriptedVad(takes),
        "stt": lambda: ScriptedRecognizer(takes),
        "llm": lambda: ScriptedLanguageModel([ScriptedAnswer(**asdict(answer)) for answer in file.assistant]),
        "tts": lambda: scripted_voice(scenario.folder, file.voice),
    }

    cassette = None
    if "cassette" in asdict(file.models).values():
        cassette = read_cassette(scenario.folder / "cassette")
        if cassette.note:
            warn(cassette.note)

    def make(role: str) -> Any:
        name = getattr(file.models, role)
        if name == "cassette" and cassette is not None:
            return _PLAYERS[role](cassette)
        return scripted[role]() if name == "scripted" else registry.create(role, name, **options.get(name, {}))

    named = asdict(file.models)
    if cassette is not None:  # the journal names who answered then
        played = {role: cassette.models.get(role) for role, name in named.items() if name == "cassette"}
        named = {role: name for role, name in (named | played).items() if name is not None}
    return Models(**{role: make(role) for role in scripted}, names=named)
