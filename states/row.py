"""What a line of the table is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from states import events as ev
from states.actions_utterance import nothing
from states.conversation import Conversation
from states.state import State
from states.step import Draft

E = TypeVar("E", bound=ev.Event)
Guard = Callable[[Conversation, E, Draft], bool]
Action = Callable[[Conversation, E, Draft], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. The functions take the row's own event type."""

    event: type[ev.Event]
    source: State
    dest: State | None
    guards: tuple[Callable[..., bool], ...]
    action: Callable[..., None]
    reason: str


def on(
    event: type[E],
    *sources: State,
    to: State | None = None,
    when: tuple[Guard[E], ...] = (),
    do: Action[E] = nothing,
    why: str,
) -> list[Row]:
    """Rows for one event; the type checker holds guards and action to that event's type."""
    return [Row(event, source, to, when, do, why) for source in sources]
