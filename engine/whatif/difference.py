"""Two journals: are they the same, where do they part, and by how much."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from engine.codec import Record
from engine.inspect.reader import Log
from engine.whatif.alignment import Pair, align, causes
from engine.whatif.blame import to_blame, verdict_of
from engine.whatif.settings_diff import Setting, differing

Kind = Literal["missing", "added", "event", "verdict", "heard", "time"]
"""missing, added: only the first, only the second has it. event: it told of something else. verdict: another was
drawn from the same. heard, time: only the heard position, only the time is another."""

_IDS = ("utterance", "reply", "deadline")
_DECIDED = ("source", "dest", "outcome", "reason", "verdict", "turn", "cut", "wait_ms", "wait_why", "learned_ms")
_WORDS = ("text.kept", "text.dropped", "text.said")


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where two journals part. Lines count from 1 in the file, 0 where there is none; ``words`` are for a person."""

    kind: Kind
    line_a: int
    line_b: int
    words: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The second journal, seen from the first.

    ``parted``: events and verdicts differ; else at most heard positions and times do. ``counts``: steps by kind.
    ``late_us`` and ``heard_apart``: the greatest difference among steps of the same cause.
    """

    same: bool
    parted: bool
    first: Divergence | None
    settings: tuple[Setting, ...]
    head: tuple[str, ...]
    counts: dict[Kind, int]
    only_a: dict[str, int]
    only_b: dict[str, int]
    steps: tuple[int, int]
    late_us: int
    heard_apart: int

    def as_record(self) -> Record:
        """As JSON has it."""
        return asdict(self)


def difference(a: Log, b: Log, *, ignore_times: bool = False) -> Difference:
    """Compare two journals. ``ignore_times``: times and heard positions do not count as differences."""
    pairs = align(causes(a.lines), causes(b.lines))
    kinds = [_kind(pair, a.lines, b.lines) for pair in pairs]
    counts = Counter(kind for kind in kinds if kind is not None)
    settings, head = differing(a, b), _head(a.head, b.head)
    both = [(a.lines[p.a], b.lines[p.b]) for p in pairs if p.a is not None and p.b is not None]
    parted = any(counts[kind] for kind in ("missing", "added", "event", "verdict"))
    place = _first(kinds, parted=parted, ignore_times=ignore_times)
    return Difference(
        same=place is None and not settings and not head,
        parted=parted,
        first=None if place is None else _divergence(a, b, pairs, place, kinds[place], settings),
        settings=settings,
        head=head,
        counts=dict(counts),
        only_a=dict(Counter(a.lines[p.a]["on"]["type"] for p in pairs if p.a is not None and p.b is None)),
        only_b=dict(Counter(b.lines[p.b]["on"]["type"] for p in pairs if p.b is not None and p.a is None)),
        steps=(len(a.lines), len(b.lines)),
        late_us=max((abs(x["t_us"] - y["t_us"]) for x, y in both), default=0),
        heard_apart=max((abs(x["heard_samples"] - y["heard_samples"]) for x, y in both), default=0),
    )


def _first(kinds: Sequence[Kind | None], *, parted: bool, ignore_times: bool) -> int | None:
    """The first place that counts: times are the first to differ and tell the least, so they come last."""
    if parted:
        return next(i for i, kind in enumerate(kinds) if kind in ("missing", "added", "event", "verdict"))
    if ignore_times:
        return None
    return next((i for i, kind in enumerate(kinds) if kind is not None), None)


def _kind(pair: Pair, a: Sequence[Record], b: Sequence[Record]) -> Kind | None:
    if pair.b is None:
        return "missing"
    if pair.a is None:
        return "added"
    x, y = a[pair.a], b[pair.b]
    if facts(x) != facts(y):
        return "event"
    if decided(x) != decided(y):
        return "verdict"
    if x["heard_samples"] != y["heard_samples"]:
        return "heard"
    return "time" if x["t_us"] != y["t_us"] else None


def facts(line: Record) -> Record:
    """What an event told, without the ids, which only count."""
    told = {name: value for name, value in line["on"].items() if name not in _IDS}
    return told | {k: v for k, v in line.items() if k.startswith("text.") and k not in _WORDS}


def decided(line: Record) -> Record:
    """What was made of it: the verdict, the words it settled and the kinds of commands."""
    found = {name: line.get(name) for name in (*_DECIDED, *_WORDS)}
    return found | {"commands": [command["type"] for command in line["commands"]]}


def _head(a: Record, b: Record) -> tuple[str, ...]:
    """What differs in the heads, beside the settings, in words."""
    found = []
    for name in ("rate_hz", "format", "turn"):
        if a.get(name) != b.get(name):
            found.append(f"{name}: {a.get(name)} -> {b.get(name)}")
    if a.get("text.history") != b.get("text.history"):
        found.append("the history they began with")
    mine, others = a.get("models", {}), b.get("models", {})
    roles = sorted({*mine, *others})
    return (*found, *(f"{r}: {mine.get(r)} -> {others.get(r)}" for r in roles if mine.get(r) != others.get(r)))


def _divergence(
    a: Log, b: Log, pairs: Sequence[Pair], place: int, kind: Kind | None, settings: Sequence[Setting]
) -> Divergence:
    assert kind is not None
    pair = pairs[place]
    x = a.lines[pair.a] if pair.a is not None else None
    y = b.lines[pair.b] if pair.b is not None else None
    lines = (0 if pair.a is None else pair.a + 2), (0 if pair.b is None else pair.b + 2)
    if x is None or y is None:
        line, has = (x, "A") if x is not None else (y, "B")
        assert line is not None
        other = _other(pairs[place:], a, b, has)
        return Divergence(kind, *lines, f"only {has} has {_named(line)}{other}")
    if kind == "event":
        return Divergence(kind, *lines, f"{_named(x)} told of something else: {_changes(facts(x), facts(y))}")
    if kind == "verdict":
        assert pair.a is not None
        blamed = to_blame(a, pair.a, y, settings) if verdict_of(x) != verdict_of(y) else ()
        return Divergence(kind, *lines, f"the same event, {_verdicts(x, y)}{_because(x, y, blamed, settings)}")
    if kind == "heard":
        apart = f"{x['heard_samples']} samples heard, then {y['heard_samples']}"
        return Divergence(kind, *lines, f"{_named(x)}: the same but for the heard position: {apart}")
    return Divergence(kind, *lines, f"{_named(x)}: the same but for the time, {_later(x, y)}")


def _other(pairs: Sequence[Pair], a: Log, b: Log, has: str) -> str:
    """What the other journal has in place of it."""
    places = (pair.b if has == "A" else pair.a for pair in pairs)
    place = next((place for place in places if place is not None), None)
    name, lines = ("B", b.lines) if has == "A" else ("A", a.lines)
    return f"; {name} ends there" if place is None else f"; {name} goes on with {_named(lines[place])}"


def _named(line: Record) -> str:
    on = line["on"]
    ids = ", ".join(f"{kind} {on[kind]}" for kind in ("utterance", "reply", "clause") if kind in on)
    return f"{on['type']}{f' ({ids})' if ids else ''} at {line['t_us'] / 1e6:.3f} s"


def _changes(x: Record, y: Record) -> str:
    keys = [key for key in sorted({*x, *y}) if x.get(key) != y.get(key)]
    return ", ".join(f"{key} {x.get(key)!r} -> {y.get(key)!r}" for key in keys)


def _verdicts(x: Record, y: Record) -> str:
    if x["reason"] != y["reason"] or x["dest"] != y["dest"] or x["outcome"] != y["outcome"]:
        ways = [f"{line['reason']} ({line['source']} -> {line['dest']}, {line['outcome']})" for line in (x, y)]
        return f"{_named(x)}, another verdict: {ways[1]} instead of {ways[0]}"
    return f"{_named(x)}, another outcome: {_changes(decided(x), decided(y))}"


def _because(x: Record, y: Record, blamed: Sequence[Setting], settings: Sequence[Setting]) -> str:
    """Why, as far as it can be told: a setting that alone makes the difference, else what differs at that step."""
    if blamed:
        names = " or ".join(f"{s.key} differs ({s.a} -> {s.b})" for s in blamed)
        return f", because {names}"
    found = []
    if x["heard_samples"] != y["heard_samples"]:
        found.append(f"the heard position was {x['heard_samples']} samples, then {y['heard_samples']}")
    if x["t_us"] != y["t_us"]:
        found.append(f"it came {_later(x, y)}")
    if any(setting.key.startswith("dialogue.") for setting in settings):
        found.append("no single setting of the dialogue explains it")
    return f"; {'; '.join(found)}" if found else ""


def _later(x: Record, y: Record) -> str:
    apart_us = y["t_us"] - x["t_us"]
    return f"{abs(apart_us) / 1000:.1f} ms {'later' if apart_us > 0 else 'earlier'} in B"
