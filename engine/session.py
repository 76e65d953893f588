"""A session: every part put together, and taken apart in order at the end."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from engine.audio.recorder import Recorder
from engine.audio.switch import MicrophoneSwitch
from engine.captioning import Captioning
from engine.clock import Clock, VirtualClock
from engine.config import Config, as_toml
from engine.dispatch import Dispatcher
from engine.earlier import NOTHING_EARLIER, Earlier
from engine.journal import Journal
from engine.line_file import LineFile
from engine.loop import Listener, Loop
from engine.mailbox import Mailbox
from engine.metrics import Metrics
from engine.speech.track import ENCODING, DetectorTrack
from engine.stages.capture import Capture
from engine.stages.endpointing import Endpointing
from engine.stages.generation import Generation
from engine.stages.playout import Playout
from engine.stages.synthesis import Synthesis
from engine.stages.transcription import Caption, no_caption
from engine.work import Executor
from models.ports import (
    MIC_HZ,
    EchoCanceller,
    LanguageModel,
    SpeechRecognizer,
    SpeechSynthesizer,
    VoiceActivityDetector,
)
from states.dialogue import Dialogue
from states.errors import IS2SError
from states.step import Step


@dataclass(frozen=True, slots=True)
class Models:
    """The four backends of a session. ``names``, by role, and why where that is not the default, for the journal."""

    vad: VoiceActivityDetector
    stt: SpeechRecognizer
    llm: LanguageModel
    tts: SpeechSynthesizer
    names: Mapping[str, str] = field(default_factory=dict)


class Session:
    """One conversation. Parts are public, for whoever drives it; the driver calls ``close`` once.

    ``folder`` must exist and be empty of an earlier session; it receives the journal, the metrics, the recording and
    the effective settings. ``warn`` is told, once each, what could not be written. ``caption`` is told of transcripts
    as they get better, in a worker's thread. Without ``sound`` nothing is recorded: there are no devices.
    ``canceller`` takes the loudspeaker out of the microphone before anything listens; the recording keeps the
    microphone as it was. ``earlier``: the session it goes on from.
    """

    def __init__(
        self,
        config: Config,
        models: Models,
        folder: Path,
        *,
        clock: Clock,
        executor: Callable[[Mailbox], Executor],
        warn: Callable[[str], None],
        listeners: Iterable[Listener] = (),
        earlier: Earlier = NOTHING_EARLIER,
        canceller: EchoCanceller | None = None,
        caption: Caption = no_caption,
        sound: bool = True,
    ) -> None:
        virtual = isinstance(clock, VirtualClock)
        self._warn = warn
        self.config = config
        self.folder = folder
        self.clock = clock
        self.mailbox = Mailbox(clock)
        post = self.mailbox.post
        self._open_files(warn, virtual=virtual, sound=sound)
        self.dialogue = Dialogue(config.dialogue, earlier.history, turn=earlier.turn)
        self.executor = executor(self.mailbox)
        self.capture = Capture(post=post, canceller=canceller)
        self.endpointing = Endpointing(self.capture, models.vad, config.endpointing, post=post, track=self._track)
        self.switch = MicrophoneSwitch(post=post, cut_off=self.endpointing.cut_off)
        self.playout = Playout(post=post, duck_db=config.playout.duck_db, fade_ms=config.playout.fade_ms)
        dispatcher = Dispatcher(
            executor=self.executor,
            endpointing=self.endpointing,
            playout=self.playout,
            synthesis=Synthesis(models.tts, self.playout, ahead_ms=config.generation.ahead_ms),
            recognizer=models.stt,
            generation=Generation(models.llm, max_pieces=config.generation.max_pieces),
            caption=caption,
        )
        captioning = Captioning(self.dialogue, self.endpointing, models.stt, caption, clock)

        def show_words(step: Step, _waited_us: int, _took_us: int) -> None:
            if caption is not no_caption and (job := captioning.job(step)) is not None:
                self.executor.submit(job)

        self.loop = Loop(
            self.dialogue,
            clock,
            self.mailbox,
            heard=self.playout.heard,
            dispatch=dispatcher,
            listeners=(self._write, self.metrics, self.switch, show_words, *listeners),
            # A bug of ours must not end a conversation; in a replay it must not go unseen.
            unexpected=None if virtual else lambda error: warn(f"ignored: {error}"),
        )
        self.journal.open(config.dialogue, self.dialogue.history.messages, MIC_HZ, models.names, earlier.record())

    def _open_files(self, warn: Callable[[str], None], *, virtual: bool, sound: bool) -> None:
        try:
            with ExitStack() as opened:
                (self.folder / "config.toml").write_text(as_toml(self.config), encoding="utf-8", newline="\n")
                journal = opened.enter_context(_new(self.folder / "transitions.jsonl"))
                metrics = opened.enter_context(_new(self.folder / "metrics.jsonl"))
                track = opened.enter_context(_new(self.folder / "vad.u8", ENCODING)) if sound else None
                opened.pop_all()
        except OSError as error:
            raise IS2SError(f"cannot write a session to {self.folder}: {error.strerror}") from error
        self.journal = Journal(journal, warn, live=not virtual)
        self.metrics = Metrics(metrics, "virtual" if virtual else "monotonic", warn)
        recording = self.folder / "conversation.wav"
        self.recorder = Recorder(recording, warn=warn, live=not virtual) if sound else None
        self._track_file = (
            LineFile(track, "the detector's track ends here", warn, live=not virtual) if track else None
        )
        self._track = DetectorTrack(self._track_file.write) if self._track_file else DetectorTrack()

    def _write(self, step: Step, _waited_us: int, _took_us: int) -> None:
        self.journal.write(step)
        if step.kept is not None:  # a reply is over
            self.metrics.rendered(self.playout.take_ledger())

    def close(self) -> None:
        """Stop all work and close all files; what was recorded stays."""
        with ExitStack() as last:  # all of it, even where an impatient Ctrl-C comes in the middle
            last.callback(self._close_metrics)
            if self.recorder is not None:
                last.callback(self.recorder.close)
            last.callback(self._close_track)
            last.callback(self.journal.close)
            self.executor.close()

    def _close_track(self) -> None:
        self._track.flush()
        if self._track_file is not None:
            self._track_file.close()

    def _close_metrics(self) -> None:
        self.metrics.rendered(self.playout.take_ledger())
        self.metrics.close(
            dropped_samples=self.capture.dropped_samples,
            refused_samples=self.playout.refused_samples,
        )


def _new(path: Path, encoding: str = "utf-8") -> TextIO:
    """Open a file that grows; half a surrogate pair, which a model may yield, becomes JSON's own escape."""
    return path.open("w", encoding=encoding, errors="backslashreplace", newline="\n")
