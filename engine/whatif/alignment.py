"""Two journals laid side by side by what caused each step, and not by when.

A cause is the kind of event and what it is about, counted back from the newest: the utterance that just began, the
one before it, this clause of the live reply. Ids themselves only grow, so one utterance more would give all later
ones other ids; counted back they stay the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from engine.codec import Record

Cause = tuple[str, ...]

WINDOW = 256
"""Steps that are looked at together where the journals differ; more where they do not come together in them."""

AGREED = 32
"""So many steps of the same causes in a row are no coincidence: the journals are together again."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Places in both lists of lines of what had the same cause; None where the other has it alone."""

    a: int | None
    b: int | None


def causes(lines: Sequence[Record]) -> list[Cause]:
    """The cause of each step."""
    newest = {"utterance": 0, "reply": 0}
    slots: dict[int, str] = {}
    found: list[Cause] = []
    for line in lines:
        on = line["on"]
        cause = [str(on["type"])]
        for kind, last in newest.items():
            if type(number := on.get(kind)) is int:
                cause.append(f"{kind} {'new' if number > last else last - number}")
                newest[kind] = max(last, number)
        if "clause" in on:
            cause.append(f"clause {on['clause']}")
        if on.get("final") is True:
            cause.append("final")
        if "deadline" in on:
            cause.append(slots.get(on["deadline"], "?"))
        for command in line["commands"]:
            if command["type"] == "set_deadline":
                slots[command["deadline"]] = str(command.get("slot"))
            if type(number := command.get("reply")) is int:
                newest["reply"] = max(newest["reply"], number)
        found.append(tuple(cause))
    return found


def align(a: Sequence[Cause], b: Sequence[Cause]) -> list[Pair]:
    """Every place of both once, in order. What both begin and end with is laid together first, in linear time."""
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    pairs = [Pair(i, i) for i in range(head)]
    at, other, ends = head, head, (len(a) - tail, len(b) - tail)
    while (at, other) != ends:
        found = _stretch(a, b, (at, other), ends)
        pairs += found
        at += sum(pair.a is not None for pair in found)
        other += sum(pair.b is not None for pair in found)
        while at < ends[0] and other < ends[1] and a[at] == b[other]:
            pairs.append(Pair(at, other))
            at, other = at + 1, other + 1
    return pairs + [Pair(len(a) - n, len(b) - n) for n in range(tail, 0, -1)]


def _stretch(a: Sequence[Cause], b: Sequence[Cause], at: tuple[int, int], ends: tuple[int, int]) -> list[Pair]:
    """What differs from ``at`` on, up to where both agree again for long enough. Never empty.

    ``SequenceMatcher`` takes the square of its length where few causes recur as often as here, so it is shown no
    more than it needs.
    """
    size = WINDOW
    while True:
        a_end, b_end = min(at[0] + size, ends[0]), min(at[1] + size, ends[1])
        matcher = SequenceMatcher(None, a[at[0] : a_end], b[at[1] : b_end], autojunk=False)
        whole = (a_end, b_end) == ends
        pairs: list[Pair] = []
        for tag, a0, a1, b0, b1 in matcher.get_opcodes():
            if tag == "equal":
                if pairs and a1 - a0 >= AGREED:
                    return pairs
                pairs += [Pair(at[0] + i, at[1] + j) for i, j in zip(range(a0, a1), range(b0, b1), strict=True)]
            else:
                pairs += [Pair(at[0] + i, None) for i in range(a0, a1)]
                pairs += [Pair(None, at[1] + j) for j in range(b0, b1)]
        if whole:
            return pairs
        size *= 4
