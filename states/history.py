"""The conversation as both sides heard it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """Words of one side. ``cut`` tells that an assistant's words were broken off there."""

    role: Role
    text: str
    cut: bool = False


class History:
    """Messages in alternation: neighbours of one role merge, empty words leave no trace.

    Holds what was *heard*: user words once recognised, assistant words once played.
    """

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages: list[Message] = []
        for message in messages:
            self.add(message)

    def add(self, message: Message) -> None:
        """Append, merging with the last message where the role is the same."""
        text = message.text.strip()
        if not text:
            return
        last = self._messages[-1] if self._messages else None
        if last is not None and last.role == message.role:
            self._messages[-1] = replace(last, text=f"{last.text} {text}", cut=message.cut)
        else:
            self._messages.append(replace(message, text=text))

    @property
    def messages(self) -> tuple[Message, ...]:
        """A snapshot; safe to hand to another thread."""
        return tuple(self._messages)

    @property
    def last_role(self) -> Role | None:
        """Who spoke last, or None at the start."""
        return self._messages[-1].role if self._messages else None

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self._messages)
