"""Runs the engine on a trial: virtual clock, real detector, own code, scripted assistant."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.audio.echo_path import EchoingSource, EchoPath
from engine.audio.file_device import Source
from engine.audio.wav_source import WavSource
from engine.clock import VirtualClock
from engine.config import Config
from engine.echo import choose_canceller
from engine.executor_inline import InlineExecutor
from engine.run_virtual import latencies, run_virtual
from engine.score.assistant import ScriptVoice, language_model
from engine.score.corpus import Corpus
from engine.score.phrases import OPENING
from engine.score.recognisers import Listening, recogniser
from engine.score.trial import Trial, microphone
from engine.session import Models, Session
from models import registry
from models.ports import MIC_HZ, Samples, SpeechRecognizer
from states.events import Event, SessionStopped, TurnTyped
from states.history import spoken
from states.step import Step

_ECHO_DELAY_MS, _ECHO_RT60_MS = 60, 250


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of the engine's log, as far as figures that only a log can give need it.

    ``said``: the user's words entered the history by it: a turn was taken.
    """

    t_ms: int
    event: str
    source: str
    dest: str
    outcome: str
    reason: str
    verdict: str
    said: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a run gave: both sides of the sound, sample for sample, and the engine's own account beside them.

    ``told``: (role, text) of the history at the end. Scores come from the sound; the account serves the history's
    exactness, the time of a decision, and to tell why.
    """

    mic: Samples
    out: Samples
    told: tuple[tuple[str, str], ...] = ()
    log: tuple[Taken, ...] = ()


class _TrialSource:
    """The microphone of a trial: types the opening at its start where told to, ends the session at its end."""

    def __init__(self, sound: Samples, *, opening: bool, post: Callable[[Event], None]) -> None:
        self._source = WavSource(sound)
        self._opening = opening
        self._post = post

    @property
    def finished(self) -> bool:
        return False

    def read(self, n: int) -> Samples:
        if self._opening:
            self._opening = False
            self._post(TurnTyped(OPENING))
        block = self._source.read(n)
        if self._source.finished:
            self._post(SessionStopped())
        return block


class Runner:
    """Runs trials of one corpus with one configuration; models are made once. Single-threaded."""

    def __init__(self, config: Config, listening: Listening, corpus: Corpus) -> None:
        self._config = config
        self._corpus = corpus
        self._recogniser = recogniser(listening)
        self._vad = registry.create("vad", "silero" if config.models.vad == "auto" else config.models.vad)
        self._control: Samples | None = None

    @property
    def control(self) -> Samples:
        """The output where nothing at all happens at the microphone: the story from beginning to end."""
        if self._control is None:
            quiet = np.zeros(len(self._corpus.story.samples) + 2 * MIC_HZ, dtype=np.float32)
            self._control = self._run(quiet, self._recogniser((), 0), opening=True, echo_db=None).out
        return self._control

    def run(self, trial: Trial) -> Rendered:
        """Run a trial to its end."""
        return self._run(
            microphone(trial),
            self._recogniser(trial.words, trial.seed),
            opening=trial.event.expected in ("yield", "hold"),
            echo_db=trial.conditions.echo_db,
            seed=trial.seed,
        )

    def _run(
        self, sound: Samples, stt: SpeechRecognizer, *, opening: bool, echo_db: int | None, seed: int = 0
    ) -> Rendered:
        config, clock = self._config, VirtualClock()
        self._vad.reset()
        corpus, steps, warnings = self._corpus, list[Step](), list[str]()
        models = Models(
            vad=self._vad, stt=stt, llm=language_model(corpus.story, corpus.second),
            tts=ScriptVoice([corpus.story, corpus.second]),
        )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="is2s-score-") as folder:
            session = Session(
                config, models, Path(folder), clock=clock,
                executor=lambda mailbox: InlineExecutor(mailbox.post, clock, latencies(config.latency)),
                warn=warnings.append, listeners=(lambda step, _waited, _took: steps.append(step),), sound=False,
                canceller=choose_canceller(config.echo, config.options, audible=echo_db is not None),
            )  # fmt: skip
            tape = _Tape()
            session.recorder = tape  # type: ignore[assignment]  # in memory: a disk has no part in this
            source: Source = _TrialSource(sound, opening=opening, post=session.mailbox.post)
            if echo_db is not None:
                path = EchoPath(float(echo_db), _ECHO_DELAY_MS, _ECHO_RT60_MS, seed % 1000)
                source = EchoingSource(source, path)
            try:
                run_virtual(session, source)
            finally:
                session.close()
        told = tuple((entry.role, entry.text) for entry in spoken(session.dialogue.history.messages))
        return Rendered(*tape.sides(), told, tuple(_taken(step) for step in steps))


class _Tape:
    """Both sides of a session in memory, in place of a recorder."""

    def __init__(self) -> None:
        self._mic: list[Samples] = []
        self._out: list[Samples] = []

    def write(self, mic: Samples, speaker: Samples) -> None:
        self._mic.append(mic.copy())
        self._out.append(speaker.copy())

    def close(self) -> None:
        """Nothing is open."""

    def sides(self) -> tuple[Samples, Samples]:
        return np.concatenate(self._mic), np.concatenate(self._out)


def _taken(step: Step) -> Taken:
    kind = type(step.event).__name__
    source, dest = step.source.value, step.dest.value
    return Taken(
        step.now_us // 1000, kind, source, dest, step.outcome, step.reason, step.verdict or "", step.said is not None
    )
