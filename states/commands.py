"""Requests: what the dialogue wants done, in the imperative. The shell carries each out once, in order."""

from dataclasses import dataclass
from typing import Literal

from states.history import Entry

Slot = Literal["state", "candidate", "turn"]


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all requests."""


@dataclass(frozen=True, slots=True)
class TranscribeUtterance(Command):
    """Recognise the speech from the start of utterance ``since`` to the end of ``utterance``.

    The two differ where the user went on after a pause that was taken for the end. ``voiced_ms`` of speech are in
    it, as far as is known; it is handed back with the words.
    """

    utterance: int
    since: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class AssessUtterance(Command):
    """Gather evidence about speech in progress, from the start of ``since``. The rest is handed back with it."""

    utterance: int
    since: int
    voiced_ms: int
    ended: bool


@dataclass(frozen=True, slots=True)
class CancelTranscription(Command):
    """The words of this utterance are no longer wanted."""

    utterance: int


@dataclass(frozen=True, slots=True)
class EndUtterance(Command):
    """The turn is taken: whatever is said from now on, also after no more than a pause, is another utterance."""

    utterance: int


@dataclass(frozen=True, slots=True)
class GenerateReply(Command):
    """Open the reply and have the language model answer these messages.

    ``backchannels``: so many came since the last answer; the messages tell of them where a note is set.
    """

    reply: int
    messages: tuple[Entry, ...]
    backchannels: int = 0


@dataclass(frozen=True, slots=True)
class OpenReply(Command):
    """Open a reply whose words the dialogue itself supplies: an apology."""

    reply: int


@dataclass(frozen=True, slots=True)
class SynthesizeClause(Command):
    """Speak one clause of a reply, after the ones before it."""

    reply: int
    clause: int
    text: str


@dataclass(frozen=True, slots=True)
class CancelReply(Command):
    """Abort generation and synthesis of this reply."""

    reply: int


@dataclass(frozen=True, slots=True)
class DuckPlayout(Command):
    """Turn the reply down at once, and go on."""

    reply: int


@dataclass(frozen=True, slots=True)
class HoldPlayout(Command):
    """Stop at this sample and keep the place. Legal before the first sample: nothing is heard then."""

    reply: int


@dataclass(frozen=True, slots=True)
class ResumePlayout(Command):
    """Go on from the very sample, at full level."""

    reply: int


@dataclass(frozen=True, slots=True)
class StopPlayout(Command):
    """Fade out and forget the rest; no more samples of this reply are accepted."""

    reply: int


@dataclass(frozen=True, slots=True)
class SetDeadline(Command):
    """Post ``DeadlineExpired(deadline)`` after ``after_ms``; replaces the one set before in the same slot."""

    slot: Slot
    deadline: int
    after_ms: int


@dataclass(frozen=True, slots=True)
class ClearDeadline(Command):
    """Forget the deadline of this slot."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class CloseSession(Command):
    """Stop all work and close the session's files."""
