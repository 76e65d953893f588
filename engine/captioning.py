"""Captioning: what is understood of a turn while it is still being spoken. For displays; decides nothing.

During a reply the assessments of a possible barge-in already tell it. While the user has the floor nothing needs the
words before the end, so they are recognised only where somebody looks, and only by a recogniser that is quick: a slow
one would still be at it when the turn ends, and the answer would wait.
"""

from engine.clock import Clock
from engine.stages.endpointing import Endpointing
from engine.stages.transcription import Caption
from engine.work import WAITING, Job, Worker, stream_of
from models.ports import Audio, SpeechRecognizer, Transcript
from models.waiting import is_waiting_transcript
from states.dialogue import Dialogue
from states.errors import BackendError
from states.events import SpeechContinued, TranscriptionFailed
from states.state import State
from states.step import Step

BUDGET_MS = 400
"""A caption that takes longer is the last: about as much speech comes between two (``continue_ms``), and a pause that
ends a turn is longer."""

STAGE = "captioning"


class Captioning:
    """A listener of the loop. One caption at a time; a turn's recognition cancels it."""

    def __init__(
        self,
        dialogue: Dialogue,
        endpointing: Endpointing,
        recognizer: SpeechRecognizer,
        caption: Caption,
        clock: Clock,
    ) -> None:
        self._dialogue = dialogue
        self._endpointing = endpointing
        self._recognizer = recognizer
        self._caption = caption
        self._clock = clock
        self._captioned = 0  # the utterance whose caption is on its way; set by the loop, cleared by the worker
        self.too_slow = False  # set by the worker, for good

    def job(self, step: Step) -> Job | None:
        """The work that this step asks for, if any. Called by the loop."""
        utterance = self._dialogue.memory.utterance
        goes_on = isinstance(step.event, SpeechContinued) and step.dest in (State.LISTENING, State.INTERRUPTED)
        if not goes_on or utterance is None or utterance.id == self._captioned or self.too_slow:
            return None
        self._captioned = utterance.id
        audio = self._endpointing.audio(utterance.id, utterance.since)
        at = utterance.id
        return Job(STAGE, at, lambda: self._work(at, audio), lambda error: TranscriptionFailed(at, error))

    def _work(self, utterance: int, audio: Audio) -> Worker:
        began_us = self._clock.now_us()
        found = Transcript("")
        try:
            with stream_of(self._recognizer.recognize(audio)) as transcripts:
                for better in transcripts:
                    waiting, found = is_waiting_transcript(better, found), better
                    yield WAITING if waiting else None
            self._caption(utterance, found.text)
        except BackendError:
            pass  # the turn's own recognition will tell of it
        finally:
            self.too_slow = self._clock.now_us() - began_us > BUDGET_MS * 1000
            if self._captioned == utterance:
                self._captioned = 0
