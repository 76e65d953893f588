"""A loop on a virtual clock with a dialogue that asks for what it is told to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.clock import VirtualClock
from engine.loop import Loop
from engine.mailbox import Mailbox
from states.commands import (
    Command,
)
from states.dialogue import Dialogue
from states.events import (
    DeadlineExpired,
    Event,
)
from states.state import State
from states.step import Step


class Script(Dialogue):
    """A dialogue that asks for what it is told to, so that a test has the loop to itself."""

    def __init__(self, orders: Mapping[Event, Sequence[Command]], live: int | None = None) -> None:
        super().__init__()
        self.orders = orders
        self.reply = live
        self.told: list[tuple[int, Event, int]] = []

    @property
    def live_reply(self) -> int | None:
        return self.reply

    def handle(self, event: Event, *, now: int, heard: int) -> Step:
        self.told.append((now, event, heard))
        commands = tuple(self.orders.get(event, ()))
        return Step(len(self.told), now, event, State.IDLE, State.IDLE, "stayed", "", 0, 0, 0, heard, commands)


@dataclass
class Rig:
    """A loop on a virtual clock, and a note of everything that it does."""

    dialogue: Dialogue
    clock: VirtualClock = field(default_factory=VirtualClock)
    done: list[object] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    heard: int = 0

    def __post_init__(self) -> None:
        self.mailbox = Mailbox(self.clock)
        self.loop = Loop(
            self.dialogue,
            self.clock,
            self.mailbox,
            heard=self._sample,
            dispatch=self.done.append,
            listeners=(self._first, self._second),
        )

    def _sample(self, reply: int) -> int:
        self.asked.append(reply)
        return self.heard

    def _first(self, step: Step, waited_us: int, took_us: int) -> None:
        self.done.append(("first", step.event, waited_us, took_us))

    def _second(self, step: Step, _waited_us: int, _took_us: int) -> None:
        self.done.append(("second", step.event))

    def post(self, *events: Event, at_us: int | None = None) -> None:
        if at_us is not None:
            self.clock.advance_to(at_us)
        for event in events:
            self.mailbox.post(event)
        self.loop.pump()

    def fire(self, at_us: int) -> None:
        self.clock.advance_to(at_us)
        self.loop.fire_due()

    def expired(self) -> list[tuple[int, int]]:
        assert isinstance(self.dialogue, Script)
        return [(now, e.deadline) for now, e, _ in self.dialogue.told if isinstance(e, DeadlineExpired)]
