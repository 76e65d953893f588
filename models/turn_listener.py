"""A recogniser and a detector of the turn's end, as one recogniser."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from models.ports import Audio, SpeechRecognizer, Transcript, TurnEndDetector
from states.errors import BackendError

_log = logging.getLogger("is2s.turn")


class TurnListener:
    """A ``SpeechRecognizer`` whose last transcript says, too, how likely the turn is over by its sound.

    The detector is asked in the recogniser's thread after the words are known, and costs what it takes; so a
    recording of the session has its answers with the words. Where it fails, the words stand without its answer.
    """

    def __init__(self, recognizer: SpeechRecognizer, detector: TurnEndDetector) -> None:
        self._recognizer = recognizer
        self._detector = detector

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """The recogniser's transcripts; the last once more, with the detector's answer, where it has words."""
        last = Transcript("")
        for found in self._recognizer.recognize(audio):
            last = found
            yield found
        if not last.text:
            return
        try:
            yield replace(last, final_pct=self._detector.final_pct(audio))
        except BackendError as error:
            _log.warning("the end of a turn was not listened for: %s", error)

    def __getattr__(self, name: str) -> Any:
        """``warm_up`` and ``close`` are the recogniser's."""
        return getattr(self._recognizer, name)
