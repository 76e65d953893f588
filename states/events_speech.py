"""Facts about the user's speech: its life, from endpointing, and its words, from transcription."""

from dataclasses import dataclass
from typing import ClassVar

from states.event import Event


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """The first frame that sounds like speech; it may still turn out to be nothing.

    ``silent_ms``: since the last speech before it, counted in frames; 0 where there was none.
    """

    utterance: int
    silent_ms: int = 0


@dataclass(frozen=True, slots=True)
class SpeechSustained(Event):
    """The speech has gone on long enough to be worth verifying. ``voiced_ms`` counts speech frames only."""

    utterance: int
    voiced_ms: int
    steady_pct: int = -1
    tonal_pct: int = -1
    level_db: int = -1
    over_floor_db: int = -1


@dataclass(frozen=True, slots=True)
class SpeechContinued(Event):
    """The speech still goes on; posted at regular amounts of further speech."""

    utterance: int
    voiced_ms: int
    steady_pct: int = -1
    tonal_pct: int = -1
    level_db: int = -1
    over_floor_db: int = -1


@dataclass(frozen=True, slots=True)
class SpeechPaused(Event):
    """A short silence, so far of ``silent_ms``, inside the utterance; it may go on or end."""

    utterance: int
    voiced_ms: int
    silent_ms: int = 0
    steady_pct: int = -1
    tonal_pct: int = -1
    level_db: int = -1
    over_floor_db: int = -1


@dataclass(frozen=True, slots=True)
class SpeechResumed(Event):
    """The utterance goes on after a short silence of ``silent_ms``."""

    utterance: int
    silent_ms: int = 0


@dataclass(frozen=True, slots=True)
class SpeechDropped(Event):
    """The onset was too short to be an utterance."""

    utterance: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded(Event):
    """The silence after the utterance was long enough: its end."""

    utterance: int
    voiced_ms: int
    steady_pct: int = -1
    tonal_pct: int = -1
    level_db: int = -1
    over_floor_db: int = -1


@dataclass(frozen=True, slots=True)
class UtteranceAssessed(Event):
    """Evidence about speech that may be a barge-in; the dialogue draws the verdict.

    ``confidence_pct`` is 0 to 100, or -1 where the recogniser claims none. ``voiced_ms`` is the speech in all that
    was recognised, an earlier utterance that this one goes on from included. ``ended`` tells that the user was silent
    when the evidence was taken, so that no more words were coming just then. ``doubt`` says in a word why the text
    is probably nobody's (``models/hallucination.py``), and is empty where nothing speaks against it.
    """

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    utterance: int
    text: str
    confidence_pct: int
    voiced_ms: int
    ended: bool
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class UtteranceTranscribed(Event):
    """The words of an utterance that has ended or paused; empty where none were understood.

    Confidence and doubt as above. ``voiced_ms`` is that of the request, and tells apart what was asked twice of one
    utterance, in two pauses. ``final_pct``: how likely the turn is over by its sound, 0 to 100, or -1 where nobody
    listened for that.
    """

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    utterance: int
    text: str
    confidence_pct: int
    voiced_ms: int
    doubt: str = ""
    final_pct: int = -1


@dataclass(frozen=True, slots=True)
class TranscriptionFailed(Event):
    """The recogniser failed on an utterance, in assessment or in transcription."""

    utterance: int
    error: str
