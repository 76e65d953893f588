"""What each command of the dialogue sets going in the body."""

from dataclasses import dataclass

from engine.stages.endpointing import Endpointing
from engine.stages.generation import Generation
from engine.stages.playout import Playout
from engine.stages.synthesis import Synthesis
from engine.stages.transcription import Caption, assess, no_caption, transcribe
from engine.work import Executor, Job
from models.ports import SpeechRecognizer
from states import commands as cmd
from states.events import GenerationFailed, SynthesisFailed, TranscriptionFailed


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Carries out commands by starting, steering and cancelling work. Called by the loop; never blocks for long.

    Captions and assessments give way to a transcription: all need the recogniser, and what they would find is no
    longer asked.
    """

    executor: Executor
    endpointing: Endpointing
    playout: Playout
    synthesis: Synthesis
    recognizer: SpeechRecognizer
    generation: Generation
    caption: Caption = no_caption

    def __call__(self, command: cmd.Command) -> None:
        """Carry out one command."""
        match command:
            case cmd.TranscribeUtterance():
                self._transcribe(command)
            case cmd.AssessUtterance():
                self._assess(command)
            case cmd.CancelTranscription(utterance):
                self.executor.cancel("transcription", utterance)
            case cmd.EndUtterance(utterance):
                self.endpointing.end(utterance)
            case cmd.GenerateReply(reply):
                self.playout.open(reply)
                self._generate(command)
            case cmd.OpenReply(reply):
                self.playout.open(reply)
            case cmd.SynthesizeClause():
                self._synthesize(command)
            case cmd.CancelReply(reply):
                self.executor.cancel("generation", reply)
                self.executor.cancel("synthesis", reply)
            case cmd.DuckPlayout(reply):
                self.playout.duck(reply)
            case cmd.HoldPlayout(reply):
                self.playout.hold(reply)
            case cmd.ResumePlayout(reply):
                self.executor.cancel("assessment")
                self.playout.resume(reply)
            case cmd.StopPlayout(reply):
                self.playout.stop(reply)
            case cmd.CloseSession():
                for stage in ("captioning", "assessment", "transcription", "generation", "synthesis"):
                    self.executor.cancel(stage)
            case _:
                raise TypeError(f"no stage carries out {command}")

    def _transcribe(self, c: cmd.TranscribeUtterance) -> None:
        self.executor.cancel("captioning")
        self.executor.cancel("assessment")
        audio = self.endpointing.audio(c.utterance, c.since)
        self.executor.submit(
            Job(
                "transcription",
                c.utterance,
                lambda: transcribe(
                    audio, self.recognizer, utterance=c.utterance, voiced_ms=c.voiced_ms, caption=self.caption
                ),
                lambda error: TranscriptionFailed(c.utterance, error),
            )
        )

    def _assess(self, c: cmd.AssessUtterance) -> None:
        self.executor.cancel("assessment")
        audio = self.endpointing.audio(c.utterance, c.since)
        self.executor.submit(
            Job(
                "assessment",
                c.utterance,
                lambda: assess(
                    audio,
                    self.recognizer,
                    utterance=c.utterance,
                    voiced_ms=c.voiced_ms,
                    ended=c.ended,
                    caption=self.caption,
                ),
                lambda error: TranscriptionFailed(c.utterance, error),
            )
        )

    def _generate(self, c: cmd.GenerateReply) -> None:
        self.executor.submit(
            Job(
                "generation",
                c.reply,
                lambda: self.generation.answer(c.reply, c.messages),
                lambda error: GenerationFailed(c.reply, error),
            )
        )

    def _synthesize(self, c: cmd.SynthesizeClause) -> None:
        self.executor.submit(
            Job(
                "synthesis",
                c.reply,
                lambda: self.synthesis.speak(c.reply, c.clause, c.text),
                lambda error: SynthesisFailed(c.reply, c.clause, error),
            )
        )
