"""Facts about the reply, from generation, synthesis and playout."""

from dataclasses import dataclass
from typing import ClassVar

from states.event import Event, WordSpan


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
