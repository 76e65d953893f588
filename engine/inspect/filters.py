"""Which lines of a log are asked for."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from engine.codec import Record
from engine.inspect.story import Story
from engine.inspect.timeline import notable
from states.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Filter:
    """Lines that hold to all of it; of several values of one kind, to any. Empty: to whatever there is.

    ``states``: the step begins or ends in it. ``turns``: first and last number; ``spans``: when those were, where the
    whole log is known: a step's own number is that of the turn before while the user still speaks. ``everything``:
    also lines that tell little, which are shown anyway where they are asked for by their reason.
    """

    states: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    turns: tuple[tuple[int, int], ...] = ()
    spans: tuple[tuple[int, int], ...] | None = None
    since_us: int = 0
    everything: bool = False

    def of(self, lines: Iterable[Record]) -> Iterator[Record]:
        """Those of the lines that are asked for."""
        asked = (line for line in lines if self.takes(line))
        return notable(asked, everything=self.everything or bool(self.reasons))

    def takes(self, line: Record) -> bool:
        """Whether this line is asked for."""
        if line["t_us"] < self.since_us or (self.reasons and line["reason"] not in self.reasons):
            return False
        if self.states and not {line["source"], line["dest"]} & self.states:
            return False
        if self.spans is not None:
            return any(first <= line["t_us"] <= last for first, last in self.spans)
        return not self.turns or any(first <= line.get("turn", 0) <= last for first, last in self.turns)


def of_story(asked: Filter, story: Story) -> Filter:
    """The same filter, its turns found in the story of the log."""
    if not asked.turns:
        return asked
    numbers = [turn for turn in story.turns if any(first <= turn.number <= last for first, last in asked.turns)]
    return replace(asked, spans=tuple(story.span_us(turn) for turn in numbers))


def since_us(text: str) -> int:
    """``75``, ``75.5``, ``1:15`` or ``1:02:03`` since the session began. Raises ``ConfigError``."""
    if not re.fullmatch(r"([0-9]{1,6}:){0,2}[0-9]{1,9}(\.[0-9]{1,6})?", text):
        raise ConfigError(f"--since {text}: takes seconds, or minutes and seconds: 75, 75.5, 1:15")
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds * 1_000_000)


def turn_range(text: str) -> tuple[int, int]:
    """``3``, or ``3-5`` for several. Raises ``ConfigError``."""
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if last < first:
        raise ConfigError(f"--turn {text}: takes the number of a turn, or of the first and last of several: 3, 3-5")
    return first, last
