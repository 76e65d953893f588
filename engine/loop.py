"""The loop: the only caller of the dialogue.

Take an event, sample the time and the heard position, let the dialogue decide, write it down, carry it out.
"""

from collections.abc import Callable
from typing import Protocol

from engine.clock import Clock
from engine.mailbox import Mailbox
from states.commands import ClearDeadline, CloseSession, Command, SetDeadline, Slot
from states.dialogue import Dialogue
from states.errors import UnexpectedEvent
from states.events import DeadlineExpired, Event
from states.step import Step

LONGEST_WAIT_S = 0.5
"""The loop wakes at least so often. A signal that comes just before the wait, while threads take turns at the
interpreter, does not end it: Ctrl-C would wait with it, for ever where nothing else happens."""


class Listener(Protocol):
    """Somebody who is told of every step, in the loop's thread; must be quick and must not raise."""

    def __call__(self, step: Step, waited_us: int, took_us: int, /) -> None:
        """``waited_us``: in the mailbox. ``took_us``: from there to the last command given."""


class Loop:
    """Feeds the dialogue. One thread; ``heard`` and ``dispatch`` are called in it.

    ``heard(reply)`` gives the samples of a reply that were heard. Deadlines are kept here, one a slot.
    ``unexpected`` is told of an event that cannot happen, which changed nothing; without it the error is raised.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        clock: Clock,
        mailbox: Mailbox,
        *,
        heard: Callable[[int], int],
        dispatch: Callable[[Command], None],
        listeners: tuple[Listener, ...] = (),
        unexpected: Callable[[UnexpectedEvent], None] | None = None,
    ) -> None:
        self._dialogue = dialogue
        self._clock = clock
        self._mailbox = mailbox
        self._heard = heard
        self._dispatch = dispatch
        self._listeners = listeners
        self._unexpected = unexpected
        self._deadlines: dict[Slot, tuple[int, int]] = {}
        self.stopped = False

    def run(self) -> None:
        """Live: handle events as they come until the session is closed."""
        while not self.stopped:
            due_us = self.next_due_us()
            due_s = LONGEST_WAIT_S if due_us is None else max(0, due_us - self._clock.now_us()) / 1e6
            taken = self._mailbox.take(min(due_s, LONGEST_WAIT_S))
            if taken is not None:
                self._handle(*taken)
            self.fire_due()

    def pump(self) -> None:
        """Handle everything that waits; for a virtual clock."""
        while not self.stopped and (taken := self._mailbox.take()) is not None:
            self._handle(*taken)

    def next_due_us(self) -> int | None:
        """When the next deadline expires."""
        return min((at for at, _ in self._deadlines.values()), default=None)

    def fire_due(self) -> None:
        """Tell the dialogue of every deadline that has passed."""
        now = self._clock.now_us()
        for at, slot in sorted((at, slot) for slot, (at, _) in self._deadlines.items() if at <= now):
            if self._deadlines.get(slot, (None, 0))[0] == at:
                self._handle(at, DeadlineExpired(self._deadlines.pop(slot)[1]))

    def _handle(self, posted_us: int, event: Event) -> None:
        now = self._clock.now_us()
        reply = self._dialogue.live_reply
        try:
            step = self._dialogue.handle(event, now=now, heard=self._heard(reply) if reply is not None else 0)
        except UnexpectedEvent as error:
            if self._unexpected is None:
                raise
            self._unexpected(error)
            return
        for command in step.commands:
            match command:
                case SetDeadline(slot, deadline, after_ms):
                    self._deadlines[slot] = (now + after_ms * 1000, deadline)
                case ClearDeadline(slot):
                    self._deadlines.pop(slot, None)
                case CloseSession():
                    self.stopped = True
                    self._dispatch(command)
                case _:
                    self._dispatch(command)
        took_us = self._clock.now_us() - now
        for listener in self._listeners:
            listener(step, now - posted_us, took_us)
