"""A session in real time with real threads, a microphone made of tones and models that follow a script."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.clock import MonotonicClock
from engine.config import build, merged
from engine.executor_threads import ThreadExecutor
from engine.loop import Listener
from engine.replay.moments import Moments
from engine.replay.scenario import After, UserEntry
from engine.replay.timeline import Region, Timeline
from engine.run_real import run_real
from engine.session import Models, Session
from models.ports import MIC_HZ, Audio, Samples, Transcript
from models.scripted import (
    ScriptedAnswer,
    ScriptedLanguageModel,
    ScriptedRecognizer,
    ScriptedSynthesizer,
    ScriptedVad,
    SpokenWord,
)
from states.history import Message
from states.step import Step

WAIT_S = 10.0
"""Longest wait for another thread; only a failing test waits so long."""

WORD_MS = 150

QUICK: dict[str, Any] = {
    "endpointing": {
        "min_speech_ms": 64,
        "sustain_ms": 96,
        "continue_ms": 160,
        "pause_ms": 96,
        "silence_ms": 192,
        "preroll_ms": 96,
        "tail_ms": 64,
    },
    "dialogue": {"min_voiced_ms": 64},
    "session": {"tail_ms": 100, "max_s": 20},
}
"""A dialogue of short words and shorter pauses, so that a conversation takes seconds."""


@dataclass(frozen=True)
class Say:
    """What the user says, and when."""

    words: str
    at_ms: int | None = None
    after: After | None = None


def spoken(words: str) -> Region:
    """Tones in place of words, one of ``WORD_MS`` each, with no pause between them."""
    size = WORD_MS * MIC_HZ // 1000
    texts = words.split()
    sound: Samples = np.concatenate([_tone(200.0 + 40 * number, size) for number in range(len(texts))])
    places = tuple(SpokenWord(text, i * size, (i + 1) * size) for i, text in enumerate(texts))
    return Region(sound, places, 0, len(sound))


def _tone(hz: float, samples: int) -> Samples:
    tone: Samples = (0.3 * np.sin(2 * np.pi * hz * np.arange(samples) / MIC_HZ)).astype(np.float32)
    return tone


class GatedRecognizer(ScriptedRecognizer):
    """One that takes until the gate opens."""

    gate: threading.Event

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        assert self.gate.wait(WAIT_S)
        yield from super().recognize(audio)


class GatedLanguageModel(ScriptedLanguageModel):
    """One that takes until the gate opens."""

    gate: threading.Event

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        assert self.gate.wait(WAIT_S)
        yield from super().stream(messages)


class Conversation:
    """A live session of what the user says and what the model answers. ``run`` runs it to its end and closes it.

    The recogniser or the language model waits for ``gate`` where ``hears`` or ``thinks`` is false.
    """

    def __init__(
        self,
        folder: Path,
        says: Sequence[Say],
        answers: Sequence[str],
        *,
        settings: dict[str, Any] | None = None,
        listeners: Iterable[Listener] = (),
        hears: bool = True,
        thinks: bool = True,
    ) -> None:
        self.steps: list[Step] = []
        self.warnings: list[str] = []
        self.gate = threading.Event()
        moments = Moments(lambda reply: self.session.playout.heard(reply))
        entries = [UserEntry(at_ms=say.at_ms, after=say.after) for say in says]
        regions = [spoken(say.words) for say in says]
        self.timeline = Timeline(entries, regions, [], moments, post=lambda event: self.session.mailbox.post(event))
        recognizer = (ScriptedRecognizer if hears else GatedRecognizer)(lambda: self.timeline.takes)
        model = (ScriptedLanguageModel if thinks else GatedLanguageModel)([ScriptedAnswer(text) for text in answers])
        for gated in (recognizer, model):
            if isinstance(gated, GatedRecognizer | GatedLanguageModel):
                gated.gate = self.gate
        vad = ScriptedVad(lambda: self.timeline.takes)
        self.session = Session(
            build(merged(QUICK, settings or {})),
            Models(vad, recognizer, model, ScriptedSynthesizer(word_ms=WORD_MS)),
            folder,
            clock=MonotonicClock(),
            executor=lambda mailbox: ThreadExecutor(mailbox.post),
            warn=self.warnings.append,
            listeners=(moments, lambda step, _waited, _took: self.steps.append(step), *listeners),
        )

    @property
    def path(self) -> list[str]:
        """States entered, in order."""
        return [step.dest.value for step in self.steps if step.outcome == "moved"]

    def run(self) -> None:
        """Hold the conversation, in real time."""
        try:
            run_real(self.session, self.timeline)
        finally:
            self.gate.set()
            self.session.close()
