"""What other settings changed in a run: barge-ins that vanish, barge-ins that appear, and were they real.

Speech of both runs is the same speech where it begins at the same place of the recording: within 0.4 s, in the same
entry of a scenario, whenever the conversation got there.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from engine.codec import Record
from engine.whatif.judged import SLACK_US, Figures, Seen, figures, judged, label_of
from engine.whatif.labels import Label
from engine.whatif.outcome import Interjection, Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """A barge-in, and what is known of it. ``label``: its class, empty where none tells. ``real``: should it be one?

    ``now``: what became of that speech in the run that has it not as a barge-in, in a word or two.
    """

    at_us: int
    words: str
    reason: str
    label: str
    real: bool | None
    now: str


@dataclass(frozen=True, slots=True)
class Change:
    """One run, seen from another of the same recording.

    ``until_us``: as far as both had answers for; None where that is all of it. ``why``: what was not there then.
    ``near``: how many answers of the changed run were to something near what it asked.
    """

    name: str
    vanished: tuple[Told, ...]
    appeared: tuple[Told, ...]
    before: Seen
    after: Seen
    until_us: int | None
    why: str
    near: int

    def as_record(self) -> Record:
        """As JSON has it."""
        return asdict(self)


def change(name: str, before: Outcome, after: Outcome, labels: Sequence[Label]) -> Change:
    """Hold the changed run against the one before, as far as the cassette had answers for both."""
    limits = [(o.limit_us, o.limit) for o in (after, before) if o.limit_us is not None]
    # Where the recorded run met the same limit, as where its recogniser was cut short, it is not the settings' doing.
    own = before.limit_us is not None and before.limit_us == after.limit_us and before.limit == after.limit
    until_us, why = (None, "") if own or not limits else min(limits)
    sides = [_barge_ins(outcome, until_us) for outcome in (before, after)]
    gone = [each for each in sides[0] if _same(each, before, sides[1], after) is None]
    new = [each for each in sides[1] if _same(each, after, sides[0], before) is None]
    return Change(
        name,
        tuple(_told(each, before, after, labels) for each in gone),
        tuple(_told(each, after, before, labels) for each in new),
        judged(before, labels, until_us),
        judged(after, labels, until_us),
        until_us,
        why,
        max(0, after.near - before.near),
    )


def _barge_ins(outcome: Outcome, until_us: int | None) -> list[Interjection]:
    those = (each for each in outcome.interjections if each.fate == "interrupted")
    return [each for each in those if until_us is None or each.onset_us < until_us]


def totals(changes: Sequence[Change]) -> tuple[Figures, Figures]:
    """The figures of all runs before and after."""
    return figures([each.before for each in changes]), figures([each.after for each in changes])


def headline(changes: Sequence[Change]) -> str:
    """What changed, in a line for a person."""
    before, after = totals(changes)
    vanished = [told for each in changes for told in each.vanished]
    appeared = [told for each in changes for told in each.appeared]
    parts = []
    if vanished:
        verb = "vanishes" if len(vanished) == 1 else "vanish"
        parts.append(f"{len(vanished)} of {before.barge_ins} barge-ins {verb}, {_real(vanished)}")
    if appeared:
        parts.append(f"{len(appeared)} {'appears' if len(appeared) == 1 else 'appear'}, {_real(appeared)}")
    if not parts:
        count = f"the same {before.barge_ins} barge-in{'' if before.barge_ins == 1 else 's'}"
        parts.append(count if before.barge_ins else "no barge-in in either")
    for name, then, now in (
        ("first reaction", before.reaction_ms, after.reaction_ms),
        ("cut", before.cut_ms, after.cut_ms),
        ("first sound", before.reply_ms, after.reply_ms),
    ):
        if then is not None and now is not None and then != now:
            parts.append(f"{name} {now - then:+d} ms")
    return "; ".join(parts)


def _real(told: Sequence[Told]) -> str:
    if any(each.real is None for each in told):
        reasons = sorted({each.reason for each in told})
        return f"judged {', '.join(reasons)} (no labels tell whether they were real)"
    real = sum(each.real is True for each in told)
    if len(told) == 1:
        return "which was real" if real else "which was not real"
    return f"{real} of them real"


def _told(each: Interjection, mine: Outcome, other: Outcome, labels: Sequence[Label]) -> Told:
    label = label_of(each, mine, labels)
    found = _same(each, mine, other.interjections, other)
    now = f"{found.fate}: {found.reason}" if found is not None else "no verdict on it"
    real = None if label is None else label.wanted == "yield"
    return Told(each.onset_us, each.words, each.reason, label.kind if label else "", real, now)


def _same(one: Interjection, mine: Outcome, others: Sequence[Interjection], theirs: Outcome) -> Interjection | None:
    """That of the other run which is the same speech; None where there is none."""
    take, offset = _place(one.onset_us, mine)
    near = [
        (abs(at - offset), other.onset_us, other)
        for other in others
        if (place := _place(other.onset_us, theirs))[0] == take and abs((at := place[1]) - offset) <= SLACK_US
    ]
    return min(near, key=lambda found: found[:2])[2] if near else None


def _place(at_us: int, outcome: Outcome) -> tuple[int, int]:
    """Which entry was heard then, and how far in it; 0 and the time itself outside of all."""
    for number, first, end in reversed(outcome.takes):
        if first - SLACK_US <= at_us <= end + SLACK_US:
            return number, at_us - first
    return 0, at_us
