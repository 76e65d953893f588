"""The base of all facts told to the dialogue."""

from dataclasses import dataclass
from typing import ClassVar

WordSpan = tuple[int, int, int, int]
"""(first character, end character, first sample, end sample) of one word inside its clause; ends are exclusive."""


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all facts. Fields named in ``spoken`` hold words and go under ``text.*`` in the journal.

    ``outlives_work``: it must be told even where the work that brought it about is no longer wanted.
    """

    spoken: ClassVar[frozenset[str]] = frozenset()
    outlives_work: ClassVar[bool] = False
