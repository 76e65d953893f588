"""Recorded sessions, on a virtual clock or in real time: with scripted models, or with others."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio.wav_source import WavSource
from engine.cassette.recording import recording
from engine.clock import MonotonicClock, VirtualClock
from engine.config import build, merged
from engine.earlier import NOTHING_EARLIER, Earlier
from engine.executor_inline import InlineExecutor
from engine.executor_threads import ThreadExecutor
from engine.run_real import run_real
from engine.run_virtual import latencies, run_virtual
from engine.session import Models, Session
from models.ports import MIC_HZ, Samples, SpeechChunk
from models.scripted import (
    ScriptedAnswer,
    ScriptedLanguageModel,
    ScriptedRecognizer,
    ScriptedSynthesizer,
    ScriptedVad,
    SpokenWord,
    Take,
)
from states.history import Message
from states.step import Step
from tests.engine.live_session import QUICK, WORD_MS, spoken

Says = Sequence[tuple[int, str]]
"""At which millisecond the user says what, in the order of time."""

SAYS: Says = ((100, "count on now"), (1700, "yeah"), (2400, "what about spain"), (5200, "does it fail"))

ANSWERS = (
    ScriptedAnswer(
        "One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen.",
        on="count",
    ),
    ScriptedAnswer("Spain is warm, I am told.", on="spain"),
    ScriptedAnswer("It does not", on="fail", fail_after_words=2, error="the line was cut"),
)


class FailingModel(ScriptedLanguageModel):
    """Fails as a library of its own would, with an error that is none of ours."""

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        try:
            yield from super().stream(messages)
        except Exception as error:
            raise ConnectionResetError(104, f"{error}\nsince then") from error


class OtherVoice(ScriptedSynthesizer):
    """At a rate of its own, in chunks, with samples that no 16 bit can hold."""

    @property
    def rate_hz(self) -> int:
        return 22_050

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        for chunk in super().synthesize(text):
            half = len(chunk.samples) // 2
            words = tuple((np.int64(a), b, c, d) for a, b, c, d in chunk.words)
            yield SpeechChunk(chunk.samples[:half] * np.float32(1.0001), words, chunk.estimated)  # type: ignore[arg-type]
            yield SpeechChunk(chunk.samples[half:] * np.float32(0.9999))


def microphone_of(says: Says) -> tuple[Samples, list[Take]]:
    """The sound of it, and what a scripted recogniser makes of it."""
    end = max(at_ms + (len(words.split()) + 1) * WORD_MS for at_ms, words in says) * MIC_HZ // 1000
    sound: Samples = np.zeros(end, dtype=np.float32)
    takes = []
    for at_ms, text in says:
        start, region = at_ms * MIC_HZ // 1000, spoken(text)
        sound[start : start + len(region.samples)] = region.samples
        words = tuple(SpokenWord(w.text, start + w.first_sample, start + w.end_sample) for w in region.words)
        takes.append(Take(words, start, start + len(region.samples)))
    return sound, takes


def scripted(takes: Sequence[Take]) -> Models:
    """What ``SAYS`` is answered by."""
    return Models(
        ScriptedVad(lambda: takes),
        ScriptedRecognizer(lambda: takes),
        FailingModel(ANSWERS),
        OtherVoice(word_ms=WORD_MS),
    )


def record(
    folder: Path,
    says: Says = (),
    *,
    sound: Samples | None = None,
    live: bool = False,
    settings: dict[str, Any] | None = None,
    models_for: Callable[[Sequence[Take]], Models] = scripted,
    hand: Callable[[Session, Step], None] = lambda _session, _step: None,
    earlier: Earlier = NOTHING_EARLIER,
) -> Path:
    """Hold the conversation, recorded; return its folder.

    ``models_for`` makes the models for what is said when; ``sound`` is heard in place of ``says``.
    ``hand`` sees every step and may press keys.
    """
    takes: Sequence[Take] = ()
    if sound is None:
        sound, takes = microphone_of(says)
    source = WavSource(sound)
    models = models_for(takes)
    config = build(merged(QUICK, settings or {}))
    folder.mkdir(parents=True)
    virtual, clock = VirtualClock(), MonotonicClock()
    warnings: list[str] = []
    tape = recording(
        models, folder / "cassette", clock if live else virtual, source_samples=len(sound), warn=warnings.append
    )
    with tape as (models, times):
        session = Session(
            config,
            models,
            folder,
            clock=clock if live else virtual,
            executor=lambda mailbox: (
                ThreadExecutor(mailbox.post, times)
                if live
                else InlineExecutor(mailbox.post, virtual, latencies(config.latency))
            ),
            warn=warnings.append,
            earlier=earlier,
            listeners=(lambda step, _waited, _took: hand(session, step),),
        )
        try:
            run_real(session, source) if live else run_virtual(session, source)
        finally:
            session.close()
    assert warnings == []
    return folder
