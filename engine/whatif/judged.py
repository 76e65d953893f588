"""A run held against its labels: what was missed, what was false, and how quick it was.

All times are those of the virtual clock: evidence about logic, with the latencies that were recorded or declared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from engine.codec import Record
from engine.whatif.labels import Label
from engine.whatif.outcome import Interjection, Outcome

SLACK_US = 400_000
"""Between a label's edge and the first or last frame that sounds like speech."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One run against its labels; ``labelled`` tells whether there are any.

    ``interruptions``: labelled ones that met a reply. ``missed``: those that did not end it. ``false``: barge-ins
    that should have been none. ``unlabelled``: barge-ins of which no label tells. ``cut_off``: turns that were
    answered before their end. ``ghosts``: replies where nothing was said. The rest are times in ms, one a case.
    """

    labelled: bool
    barge_ins: int
    dismissed: int
    interruptions: int
    missed: int
    false: int
    unlabelled: int
    cut_off: int
    ghosts: int
    reaction_ms: tuple[int, ...]
    cut_ms: tuple[int, ...]
    reply_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Totals over runs; times are medians, None where there is no case. ``first_reply_ms``: of the first replies."""

    barge_ins: int
    dismissed: int
    interruptions: int
    missed: int
    false_barge_ins: int
    unlabelled: int
    cut_off: int
    ghosts: int
    reaction_ms: int | None
    cut_ms: int | None
    reply_ms: int | None
    first_reply_ms: int | None

    def as_record(self) -> Record:
        """As JSON has it."""
        return asdict(self)


def label_of(at: Interjection, outcome: Outcome, labels: Iterable[Label]) -> Label | None:
    """The label that tells what this speech was: the one that it overlaps, of several the latest begun."""
    found = None
    for label in labels:
        span = span_of(label, outcome)
        if span is not None and span[0] - SLACK_US <= at.onset_us <= span[1] + SLACK_US:
            found = label
    return found


def span_of(label: Label, outcome: Outcome) -> tuple[int, int] | None:
    """From when to when it was heard in this run, in µs; None where its take never came."""
    if not label.take:
        return label.onset_us, label.end_us
    return next(((first, end) for number, first, end in outcome.takes if number == label.take), None)


def judged(outcome: Outcome, labels: Sequence[Label], until_us: int | None = None) -> Seen:
    """Hold a run against its labels. Nothing at or after ``until_us`` counts."""
    until = outcome.end_us + 1 if until_us is None else until_us
    all_of_them = [each for each in outcome.interjections if each.onset_us < until]
    barge_ins = [each for each in all_of_them if each.fate == "interrupted"]
    told = [label_of(each, outcome, labels) for each in barge_ins]
    placed = [(label, span) for label in labels if (span := span_of(label, outcome)) and span[0] < until]
    met = [
        label
        for label, (onset, end) in placed
        if label.wanted == "yield" and (label in told or outcome.state_at(onset) in ("speaking", "thinking"))
    ]
    answers = [answer for answer in outcome.answers if answer.at_us < until]
    inside = {
        wanted: sum(
            any(onset < answer.at_us < end for answer in answers)
            for label, (onset, end) in placed
            if label.wanted == wanted
        )
        for wanted in ("turn", "nothing")
    }
    real = [each for each, label in zip(barge_ins, told, strict=True) if label is None or label.wanted == "yield"]
    return Seen(
        labelled=bool(labels),
        barge_ins=len(barge_ins),
        dismissed=len(all_of_them) - len(barge_ins),
        interruptions=len(met),
        missed=sum(label not in told for label in met),
        false=sum(label is not None and label.wanted != "yield" for label in told),
        unlabelled=sum(label is None for label in told) if labels else 0,
        cut_off=inside["turn"],
        ghosts=inside["nothing"],
        reaction_ms=tuple((e.silent_us - e.onset_us) // 1000 for e in real if e.silent_us is not None),
        cut_ms=tuple((each.verdict_us - each.onset_us) // 1000 for each in real),
        reply_ms=tuple((answer.at_us - answer.quiet_us) // 1000 for answer in answers),
    )


def figures(runs: Sequence[Seen]) -> Figures:
    """Totals and medians of several runs."""
    return Figures(
        barge_ins=sum(seen.barge_ins for seen in runs),
        dismissed=sum(seen.dismissed for seen in runs),
        interruptions=sum(seen.interruptions for seen in runs),
        missed=sum(seen.missed for seen in runs),
        false_barge_ins=sum(seen.false for seen in runs),
        unlabelled=sum(seen.unlabelled for seen in runs),
        cut_off=sum(seen.cut_off for seen in runs),
        ghosts=sum(seen.ghosts for seen in runs),
        reaction_ms=_median(ms for seen in runs for ms in seen.reaction_ms),
        cut_ms=_median(ms for seen in runs for ms in seen.cut_ms),
        reply_ms=_median(ms for seen in runs for ms in seen.reply_ms),
        first_reply_ms=_median(seen.reply_ms[0] for seen in runs if seen.reply_ms),
    )


def _median(values: Iterable[int]) -> int | None:
    kept = list(values)
    return round(median(kept)) if kept else None
