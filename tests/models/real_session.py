"""A session in real time with threads, held by real adapters on small models."""

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from engine.clock import MonotonicClock
from engine.config import build, merged
from engine.executor_threads import ThreadExecutor
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from engine.loop import Listener
from engine.replay.moments import Moments
from engine.replay.scenario import UserEntry
from engine.replay.timeline import Timeline
from engine.run_real import run_real
from engine.session import Models, Session
from models.ports import LanguageModel, SpeechRecognizer, SpeechSynthesizer
from models.scripted import ScriptedVad
from states.history import Message
from states.state import State
from states.step import Step
from tests.engine.live_session import QUICK, Say, spoken

GENEROUS: dict[str, Any] = {"dialogue": {"verification_ms": 5000}, "session": {"tail_ms": 100, "max_s": 60}}
"""Verdicts are drawn from words, however busy the machine is."""


class RealSession:
    """What the user says, and to whom. ``run`` holds the conversation, and checks what is true of every one."""

    def __init__(
        self,
        folder: Path,
        says: Sequence[Say],
        recognizer: SpeechRecognizer,
        model: LanguageModel,
        synthesizer: SpeechSynthesizer,
        *,
        settings: dict[str, Any] | None = None,
        listeners: Iterable[Listener] = (),
    ) -> None:
        self.steps: list[Step] = []
        self._folder = folder
        self._warnings: list[str] = []
        moments = Moments(lambda reply: self.session.playout.heard(reply))
        timeline = Timeline(
            [UserEntry(at_ms=say.at_ms, after=say.after) for say in says],
            [spoken(say.words) for say in says],
            [],
            moments,
            post=lambda event: self.session.mailbox.post(event),
        )
        self._timeline = timeline
        self.session = Session(
            build(merged(merged(QUICK, GENEROUS), settings or {})),
            Models(ScriptedVad(lambda: timeline.takes), recognizer, model, synthesizer),
            folder,
            clock=MonotonicClock(),
            executor=lambda mailbox: ThreadExecutor(mailbox.post),
            warn=self._warnings.append,
            listeners=(moments, lambda step, _waited, _took: self.steps.append(step), *listeners),
        )

    def run(self) -> None:
        """To the end: all was said, nobody has the floor, the journal re-executes, and no worker is left."""
        before = {thread for thread in threading.enumerate() if thread.name.startswith("is2s-")}
        try:
            run_real(self.session, self._timeline)
        finally:
            self.session.close()
        assert self._timeline.unsaid == [], "it got stuck before the user had said all"
        assert self.session.dialogue.state is State.IDLE
        assert self.steps[-1].source is State.IDLE, "it was at rest when it was stopped"
        log = read_log(self._folder)
        assert (log.note, verify(log).mismatch, self._warnings) == ("", "", [])
        left = {thread for thread in threading.enumerate() if thread.name.startswith("is2s-")} - before
        # Whisper's own threads wait for more work; they end with the recogniser.
        assert not [thread.name for thread in left if "whisper" not in thread.name]

    @property
    def reasons(self) -> list[str]:
        """Of all steps."""
        return [step.reason for step in self.steps]

    @property
    def history(self) -> list[tuple[str, str]]:
        """Who said what."""
        messages: tuple[Message, ...] = self.session.dialogue.history.messages
        return [(message.role, message.text) for message in messages]

    def error(self, reason: str) -> str:
        """What the event said that led to the first step with this reason."""
        step = next(step for step in self.steps if step.reason == reason)
        return str(getattr(step.event, "error", ""))
