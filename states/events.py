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
from typing import ClassVar, get_args

WordSpan = tuple[int, int, int, int]
"""(first character, end character, first sample, end sample) of one word inside its clause; ends are exclusive."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all facts. Fields named in ``spoken`` hold words and go under ``text.*`` in the journal.

    ``outlives_work``: it must be told even where the work that brought it about is no longer wanted.
    """

    spoken: ClassVar[frozenset[str]] = frozenset()
    outlives_work: ClassVar[bool] = False


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
    """The words of an ended utterance; empty where none were understood. Confidence and doubt as above."""

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    utterance: int
    text: str
    confidence_pct: int
    voiced_ms: int
    doubt: str = ""


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


@dataclass(frozen=True, slots=True)
class ToolUsed(Event):
    """The model had a function called for a reply, and it returned: see ``history.ToolUse``.

    It stands whatever becomes of the reply, so it is posted even where the work on the reply was cancelled while the
    function ran, before that work ends.
    """

    spoken: ClassVar[frozenset[str]] = frozenset({"arguments", "result"})
    outlives_work: ClassVar[bool] = True
    reply: int
    name: str
    arguments: str
    result: str
    failed: bool


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
class MicrophoneMuted(Event):
    """The user switched the microphone off; it gives silence now, which ends speech in progress."""


@dataclass(frozen=True, slots=True)
class MicrophoneUnmuted(Event):
    """The user switched the microphone on again."""


@dataclass(frozen=True, slots=True)
class DeviceLost(Event):
    """A sound device, ``microphone`` or ``loudspeaker``, is gone; the shell tries to get it back."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceRestored(Event):
    """It is back, it or another in its place."""

    device: str


@dataclass(frozen=True, slots=True)
class TurnTyped(Event):
    """The user typed a turn in place of speaking it; never blank."""

    spoken: ClassVar[frozenset[str]] = frozenset({"text"})
    text: str


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
    ClauseGenerated | ReplyGenerated | ChunkSynthesized | PlayoutStarted | PlayoutDrained | GenerationFailed
    | SynthesisFailed
)  # fmt: skip
"""What the work on a reply posts; each carries ``reply``."""

EVENTS: tuple[type[Event], ...] = (
    *get_args(SpeechEvent), UtteranceAssessed, UtteranceTranscribed, TranscriptionFailed,
    *get_args(ReplyEvent), ToolUsed, DeadlineExpired, CaptureOverflowed, MicrophoneMuted, MicrophoneUnmuted,
    DeviceLost, DeviceRestored, TurnTyped, StopRequested, SessionStopped,
)  # fmt: skip
"""Every event there is, in the order of the documentation."""
