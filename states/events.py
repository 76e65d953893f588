"""Facts: what happened outside, told to the dialogue in the past tense.

Every event is a small frozen value of integers and, at most, a few words. Samples never travel here.
Ids are positive integers that only grow: an ``utterance`` is one captured stretch of user speech,
a ``reply`` is one attempt to answer.

Life of an utterance, as the endpointing stage promises it::

    SpeechStarted
    ( SpeechDropped
    | (SpeechPaused SpeechResumed)*
      (SpeechSustained (SpeechContinued | SpeechPaused SpeechResumed)*)?
      SpeechPaused?
      SpeechEnded )

The next utterance starts only after that.

Life of a reply, as generation, synthesis and playout promise it: clauses in order, each synthesised in
order, ``PlayoutStarted`` at its first sample, ``PlayoutDrained`` whenever nothing is left to play.
"""

from dataclasses import dataclass
from typing import ClassVar

WordSpan = tuple[int, int, int, int]
"""(first character, end character, first sample, end sample) of one word inside its clause; ends are exclusive."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all facts. Fields named in ``spoken`` hold words and go under ``text.*`` in the journal."""

    spoken: ClassVar[frozenset[str]] = frozenset()


# --- the user's speech, from endpointing -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """The first frame that sounds like speech; it may still turn out to be nothing."""

    utterance: int


@dataclass(frozen=True, slots=True)
class SpeechSustained(Event):
    """The speech has gone on long enough to be worth verifying. ``voiced_ms`` counts speech frames only."""

    utterance: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class SpeechContinued(Event):
    """The speech still goes on; posted at regular amounts of further speech."""

    utterance: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class SpeechPaused(Event):
    """A short silence inside the utterance; it may go on or end."""

    utterance: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class SpeechResumed(Event):
    """The utterance goes on after a short silence."""

    utterance: int


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


# --- what the user said, from transcription --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UtteranceAssessed(Event):
    """Evidence about speech that may be a barge-in; the dialogue draws the verdict.

    ``confidence_pct`` is 0 to 100, or -1 where the recogniser claims none. ``ended`` tells that the user was
    silent when the evidence was taken, so that no more words were coming just then.
    """

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    utterance: int
    text: str
    confidence_pct: int
    voiced_ms: int
    ended: bool


@dataclass(frozen=True, slots=True)
class UtteranceTranscribed(Event):
    """The words of an ended utterance; empty where none were understood. Confidence as above."""

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    utterance: int
    text: str
    confidence_pct: int
    voiced_ms: int


# --- the reply, from generation, synthesis and playout ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClauseGenerated(Event):
    """The next speakable piece of a reply; ``text`` is the model's own, spaces included: joined, the reply."""

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    reply: int
    clause: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplyGenerated(Event):
    """The model has finished; the reply has ``clauses`` clauses in all."""

    reply: int
    clauses: int


@dataclass(frozen=True, slots=True)
class ChunkSynthesized(Event):
    """The next stretch of a clause's sound; posted before its samples can be played.

    ``first_sample`` counts from the start of the reply. ``words`` count samples from the start of the clause.
    ``final`` marks the clause's last chunk. ``estimated`` tells that word times are guessed in proportion.
    """

    reply: int
    clause: int
    first_sample: int
    samples: int
    words: tuple[WordSpan, ...]
    final: bool
    estimated: bool


@dataclass(frozen=True, slots=True)
class PlayoutStarted(Event):
    """The first sample of the reply was rendered."""

    reply: int


@dataclass(frozen=True, slots=True)
class PlayoutDrained(Event):
    """All that was given of the reply has been rendered; more may come."""

    reply: int


# --- faults, time and control ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TranscriptionFailed(Event):
    """The recogniser failed on an utterance, in assessment or in transcription."""

    utterance: int
    error: str


@dataclass(frozen=True, slots=True)
class GenerationFailed(Event):
    """The language model failed on a reply; clauses that came before stay good."""

    reply: int
    error: str


@dataclass(frozen=True, slots=True)
class SynthesisFailed(Event):
    """One clause of a reply could not be spoken."""

    reply: int
    clause: int
    error: str


@dataclass(frozen=True, slots=True)
class DeadlineExpired(Event):
    """A deadline set by ``SetDeadline`` has passed."""

    deadline: int


@dataclass(frozen=True, slots=True)
class CaptureOverflowed(Event):
    """The microphone's buffer was full and samples were lost."""

    dropped_samples: int


@dataclass(frozen=True, slots=True)
class StopRequested(Event):
    """The user pressed the key that stops the reply now, past all gates."""


@dataclass(frozen=True, slots=True)
class SessionStopped(Event):
    """The session is over: the user quit, or the input ended. Everything after it is late."""


SpeechEvent = (
    SpeechStarted | SpeechSustained | SpeechContinued | SpeechPaused | SpeechResumed | SpeechDropped | SpeechEnded
)
"""What endpointing posts; each carries ``utterance``."""

ReplyEvent = (
    ClauseGenerated
    | ReplyGenerated
    | ChunkSynthesized
    | PlayoutStarted
    | PlayoutDrained
    | GenerationFailed
    | SynthesisFailed
)
"""What the work on a reply posts; each carries ``reply``."""

EVENTS: tuple[type[Event], ...] = (
    SpeechStarted,
    SpeechSustained,
    SpeechContinued,
    SpeechPaused,
    SpeechResumed,
    SpeechDropped,
    SpeechEnded,
    UtteranceAssessed,
    UtteranceTranscribed,
    TranscriptionFailed,
    ClauseGenerated,
    ReplyGenerated,
    ChunkSynthesized,
    PlayoutStarted,
    PlayoutDrained,
    GenerationFailed,
    SynthesisFailed,
    DeadlineExpired,
    CaptureOverflowed,
    StopRequested,
    SessionStopped,
)
"""Every event there is, in the order of the documentation."""
