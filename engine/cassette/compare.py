"""What another replay of the same session did differently: transitions, barge-ins, dismissals, waiting."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from engine.codec import Record


@dataclass(frozen=True, slots=True)
class Mark:
    """A step known by its cause and not by its time. ``ids``: which utterance and reply, 0 for none.

    Ids only grow, so where a barge-in is gained or lost the replies after it bear other ids, and all of their steps
    are told as changed: from there on it is another conversation.
    """

    what: str
    cause: str
    utterance: int
    reply: int
    t_us: int

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What makes two marks the same."""
        return self.what, self.cause, self.utterance, self.reply


@dataclass(frozen=True, slots=True)
class FirstSound:
    """First sound of a reply: its place in the session, and how long it came after the end of the speech it answers.

    Earlier speech shows in the one, quicker models and shorter silences in both.
    """

    t_us: int
    after_speech_us: int


@dataclass(frozen=True, slots=True)
class Wait:
    """First sound of a reply in both journals; None where it had none."""

    reply: int
    before: FirstSound | None
    after: FirstSound | None


@dataclass(frozen=True, slots=True)
class Change:
    """Marks of one kind that only the second (gained) or only the first (lost) journal has."""

    gained: tuple[Mark, ...]
    lost: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second journal, seen from the first."""

    transitions: Change
    barge_ins: Change
    dismissed: Change
    waits: tuple[Wait, ...]

    def as_record(self) -> Record:
        """As JSON has it."""
        return asdict(self)


def compare(before: Sequence[Record], after: Sequence[Record]) -> Comparison:
    """Compare the steps of two journals."""
    first, second = _waits(before), _waits(after)
    waits = tuple(Wait(reply, first.get(reply), second.get(reply)) for reply in sorted({*first, *second}))
    return Comparison(
        _change(_moves(before), _moves(after)),
        _change(_barge_ins(before), _barge_ins(after)),
        _change(_dismissed(before), _dismissed(after)),
        waits,
    )


def moves(lines: Iterable[Record]) -> list[tuple[str, str, str, str]]:
    """From where to where, by what and why, in order: what two replays of one session have in common at any speed."""
    return [(li["source"], li["dest"], li["on"]["type"], li["reason"]) for li in lines if li["outcome"] == "moved"]


def text_of(comparison: Comparison) -> Iterator[str]:
    """Lines for a person; one that says so where nothing changed."""
    sections = {
        "transition": comparison.transitions,
        "barge-in": comparison.barge_ins,
        "dismissal": comparison.dismissed,
    }
    for name, change in sections.items():
        for sign, marks in (("+", change.gained), ("-", change.lost)):
            for mark in marks:
                ids = [f"{kind} {n}" for kind, n in (("utterance", mark.utterance), ("reply", mark.reply)) if n]
                yield f"{sign} {name:10} {mark.t_us / 1e6:9.3f}  {mark.what}: {mark.cause} ({', '.join(ids) or '-'})"
    for wait in comparison.waits:
        if wait.before != wait.after:
            by = f" ({(wait.after.t_us - wait.before.t_us) / 1000:+.0f} ms)" if wait.before and wait.after else ""
            yield f"  first sound of reply {wait.reply}: {_sound(wait.before)} -> {_sound(wait.after)}{by}"
    changed = any(change.gained or change.lost for change in sections.values())
    if not changed:
        yield "  the same transitions, barge-ins and dismissals"


def _mark(line: Record, what: str) -> Mark:
    cause = f"{line['on']['type']}, {line['reason']}"
    return Mark(what, cause, line["utterance"], line["reply"], line["t_us"])


def _moves(lines: Iterable[Record]) -> list[Mark]:
    return [_mark(line, f"{line['source']} -> {line['dest']}") for line in lines if line["outcome"] == "moved"]


def _barge_ins(lines: Iterable[Record]) -> list[Mark]:
    taken = (line for line in lines if line["outcome"] == "moved" and line["dest"] == "interrupted")
    return [_mark(line, "interrupted") for line in taken]


def _dismissed(lines: Iterable[Record]) -> list[Mark]:
    return [_mark(line, "dismissed") for line in lines if line.get("verdict") == "dismiss"]


def _change(before: list[Mark], after: list[Mark]) -> Change:
    return Change(_only(after, before), _only(before, after))


def _only(these: list[Mark], those: list[Mark]) -> tuple[Mark, ...]:
    """Those of the first list that the second has not, each counted once."""
    left = Counter(mark.key for mark in those)
    found = []
    for mark in these:
        if left[mark.key]:
            left[mark.key] -= 1
        else:
            found.append(mark)
    return tuple(found)


def _sound(found: FirstSound | None) -> str:
    if found is None:
        return "none"
    return f"{found.t_us / 1e6:.3f} s, {found.after_speech_us / 1000:.0f} ms after the speech"


def _waits(lines: Iterable[Record]) -> dict[int, FirstSound]:
    """By reply. The speech is that of the utterance whose words came last, else the last there was."""
    ends: dict[int, int] = {}
    found: dict[int, FirstSound] = {}
    last_us = said = 0
    for line in lines:
        on = line["on"]
        kind, utterance = on["type"], line["utterance"]
        if kind == "speech_paused":
            ends[utterance] = line["t_us"] - on.get("silent_ms", 0) * 1000
        elif kind == "speech_resumed":
            ends.pop(utterance, None)
        elif kind == "speech_ended":
            last_us = ends.setdefault(utterance, line["t_us"])
        elif kind == "playout_started" and line["outcome"] == "moved":
            found[line["reply"]] = FirstSound(line["t_us"], line["t_us"] - ends.get(said, last_us))
        if "text.said" in line:
            said = utterance
    return found
