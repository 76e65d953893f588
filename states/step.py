"""What one event did to the dialogue: one line of the journal."""

from dataclasses import dataclass
from typing import Literal

from states.commands import Command
from states.events import Event
from states.judge import Evidence
from states.state import State

Outcome = Literal["moved", "stayed", "declined", "stale"]
"""moved: another state. stayed: acted on in place. declined: legal, weighed and refused. stale: came too late."""


@dataclass(frozen=True, slots=True)
class Step:
    """The dialogue's whole answer to one event.

    ``now_us`` and ``heard_samples`` are what the loop handed in. ``turn``, ``utterance`` and ``reply`` are the ones
    the step was about, 0 for none. ``kept`` and ``dropped`` are the words of a reply that this step ended, heard
    and unheard, and ``cut`` tells that it was broken off; ``said`` are user words that entered the history.
    ``wait_ms`` is the silence after which a turn will be taken, because of ``wait_why``; ``learned_ms`` a silence
    that turned out to lie inside this user's turn. ``evidence`` is what a verdict was drawn from;
    ``usual_level_db`` what this step taught about how loud the user is.
    """

    seq: int
    now_us: int
    event: Event
    source: State
    dest: State
    outcome: Outcome
    reason: str
    turn: int
    utterance: int
    reply: int
    heard_samples: int
    commands: tuple[Command, ...] = ()
    verdict: str | None = None
    kept: str | None = None
    dropped: str | None = None
    cut: bool = False
    said: str | None = None
    wait_ms: int | None = None
    wait_why: str | None = None
    learned_ms: int | None = None
    evidence: Evidence | None = None
    usual_level_db: int | None = None


class Draft:
    """A step in the making: what guards read and actions write."""

    def __init__(self, now_us: int, heard: int) -> None:
        self.now_us = now_us
        self.heard = heard
        self.commands: list[Command] = []
        self.reason = ""
        self.verdict: str | None = None
        self.kept: str | None = None
        self.dropped: str | None = None
        self.cut = False
        self.said: str | None = None
        self.wait_ms: int | None = None
        self.wait_why: str | None = None
        self.learned_ms: int | None = None
        self.evidence: Evidence | None = None
        self.usual_level_db: int | None = None
        self.reply = 0
        self.utterance = 0

    def emit(self, *commands: Command) -> None:
        """Ask for something to be done."""
        self.commands.extend(commands)
