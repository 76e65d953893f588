"""Endpointing: the stage that hears speech start, pause and end in what was captured."""

from collections.abc import Callable
from threading import Event as Flag
from threading import Lock

from engine.speech.endpointer import Endpointer, EndpointSettings
from engine.speech.track import DetectorTrack
from engine.speech.voice import VoiceMeter
from engine.stages.capture import Capture
from models.ports import Audio, VoiceActivityDetector
from states.events import Event


class Endpointing:
    """Capture, detector and endpointer at work together.

    ``pump`` and ``run`` belong to one thread, the one the detector is used from; they call ``post`` and raise
    what the detector raises. ``audio`` and the properties may be used from any thread, ``track`` once it has ended.
    """

    def __init__(
        self,
        capture: Capture,
        vad: VoiceActivityDetector,
        settings: EndpointSettings,
        *,
        post: Callable[[Event], None],
        track: DetectorTrack | None = None,
    ) -> None:
        self._capture = capture
        self._vad = vad
        self._settings = settings
        self._endpointer = Endpointer(settings)
        self._voice = VoiceMeter()
        self._track = track or DetectorTrack()
        self._post = post
        self._lock = Lock()  # the endpointer and the order of its events, between its own thread and others
        self._probability = 0.0
        self._cut_off = False

    @property
    def probability(self) -> float:
        """The detector's latest word, for displays."""
        return self._probability

    def pump(self) -> int:
        """Work off all frames that wait; return how many. Ends the open utterance once the microphone ended."""
        count = 0
        while (frame := self._capture.read_frame()) is not None:
            first_sample, samples = frame
            self._probability = self._vad.probability(samples)
            self._track.add(first_sample, self._probability)
            with self._lock:
                events = self._endpointer.process(first_sample, self._probability)
                self._voice.process(samples, self._probability, voiced=self._endpointer.voiced)
                self._tell(events)
            count += 1
        if self._capture.ended or self._cut_off:
            self._cut_off = False
            self._flush()
        return count

    def cut_off(self) -> None:
        """The microphone was switched off: the open utterance ends, with the device's next block. Any thread."""
        self._cut_off = True

    def end(self, utterance: int) -> None:
        """The turn is taken: end its utterance, if it is still open, in its latest pause. Any thread."""
        with self._lock:
            self._tell(self._endpointer.end(utterance))

    def run(self, stop: Flag, *, wait_ms: int = 100) -> None:
        """Pump until ``stop`` is set or the microphone ended; the body of the live worker thread.

        Blocks at most ``wait_ms`` at a time. A device that goes away does not say so: when the waits that
        brought nothing add up to ``starve_ms``, the open utterance is ended, and the detector starts afresh.
        """
        starved_ms = 0
        while not stop.is_set() and not self._capture.ended:
            if self._capture.wait(wait_ms / 1000):
                starved_ms = 0
                self.pump()
            else:
                starved_ms += wait_ms
                if starved_ms >= self._settings.starve_ms:
                    self._flush()

    def audio(self, utterance: int, since: int) -> Audio:
        """The sound from the start of utterance ``since`` to the end of ``utterance``, pauses between included.

        Of an utterance in progress: as far as it has been processed. What is no longer kept is left out at the
        start. Raises ``KeyError`` where ``utterance`` never was or is long forgotten.
        """
        with self._lock:
            _, end = self._endpointer.span(utterance)
            first, _ = self._endpointer.span(self._endpointer.oldest(since))
        return self._capture.audio(first, end)

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._post(self._voice.witness(event))

    def _flush(self) -> None:
        with self._lock:
            events = self._endpointer.flush()
            self._tell(events)
        if events:
            self._vad.reset()
