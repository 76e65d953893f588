"""The conversation as both sides heard it, and what was done in it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, TypeAlias

Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """Words of one side. ``cut`` tells that an assistant's words were broken off there."""

    role: Role
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a function by the language model and what came of it; made after the function returned.

    A fact (the light is on), whatever becomes of the answer it was made for: so call and result are one value, and
    there is no call without its result to write down. ``arguments`` is a JSON object with sorted keys. ``failed``
    tells that ``result`` is an error's text.
    """

    role: ClassVar[Literal["tool"]] = "tool"
    cut: ClassVar[bool] = False
    name: str
    arguments: str
    result: str
    failed: bool = False

    @property
    def text(self) -> str:
        """Call and result on one line, to be shown."""
        return f"{self.name}({self.arguments}) gave {self.result}"


Entry: TypeAlias = Message | ToolUse
"""What a history holds, in the order in which it happened."""


class History:
    """Messages in alternation: neighbours of one role merge, empty words leave no trace.

    Holds what was *heard*: user words once recognised, assistant words once played. A ``ToolUse`` stands where it
    happened, and keeps the words before it from merging with those after it.
    """

    def __init__(self, messages: Iterable[Entry] = ()) -> None:
        self._messages: list[Entry] = []
        for message in messages:
            self.add(message)

    def add(self, message: Entry) -> None:
        """Append, merging with the last message where the role is the same."""
        if isinstance(message, ToolUse):
            self._messages.append(message)
            return
        text = message.text.strip()
        if not text:
            return
        last = self._messages[-1] if self._messages else None
        if isinstance(last, Message) and last.role == message.role:
            self._messages[-1] = replace(last, text=f"{last.text} {text}", cut=message.cut)
        else:
            self._messages.append(replace(message, text=text))

    def followed_by(self, message: Entry) -> tuple[Entry, ...]:
        """The messages as they would be with one more; this stays as it is."""
        then = History(self._messages[-1:])
        then.add(message)
        return (*self._messages[:-1], *then.messages)

    @property
    def messages(self) -> tuple[Entry, ...]:
        """A snapshot; safe to hand to another thread."""
        return tuple(self._messages)

    @property
    def last_role(self) -> Role | Literal["tool"] | None:
        """Who spoke last, or None at the start."""
        return self._messages[-1].role if self._messages else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self._messages)


def spoken(entries: Iterable[Entry]) -> tuple[Message, ...]:
    """What was said, without what was done."""
    return tuple(entry for entry in entries if isinstance(entry, Message))


def entry_record(entry: Entry) -> dict[str, Any]:
    """An entry as plain values; ``role`` tells which kind it is."""
    return {**asdict(entry), "role": entry.role}


def entry_from(record: dict[str, Any]) -> Entry:
    """The entry that a record tells of. Raises ``TypeError`` or ``ValueError`` where it tells of none."""
    values = dict(record)
    role = values.pop("role", None)
    if role not in ("user", "assistant", "tool"):
        raise ValueError(f"role is {role!r}")
    entry = ToolUse(**values) if role == "tool" else Message(role, **values)
    for name, value in asdict(entry).items():
        if type(value) is not (bool if name in ("cut", "failed") else str):
            raise TypeError(f"{name} is {value!r}")
    return entry
