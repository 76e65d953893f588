"""What other settings changed, as a table for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.cli.sweep import Variant
from engine.whatif.change import Change, headline, totals
from engine.whatif.judged import Figures


@dataclass(frozen=True, slots=True)
class Tried:
    """One combination of settings, and what it changed in each session or scenario."""

    variant: Variant
    changes: tuple[Change, ...]

    @property
    def headline(self) -> str:
        """In a line."""
        return headline(self.changes)

    def as_record(self) -> dict[str, object]:
        """As JSON has it."""
        before, after = totals(self.changes)
        return {
            "settings": self.variant.table,
            "headline": self.headline,
            "clock": "virtual",
            "before": before.as_record(),
            "after": after.as_record(),
            "sessions": [change.as_record() for change in self.changes],
        }


COLUMNS = (
    ("barge-ins", "barge_ins"),
    ("missed", "missed"),
    ("false", "false_barge_ins"),
    ("dismissed", "dismissed"),
    ("cut off", "cut_off"),
    ("reaction", "reaction_ms"),
    ("cut", "cut_ms"),
    ("first sound", "reply_ms"),
)
LABELLED = ("missed", "false_barge_ins", "cut_off")


def row(name: str, figures: Figures, width: int, *, labelled: bool) -> str:
    """A line of figures; what only labels can tell is a dot without them."""
    cells = []
    for title, field in COLUMNS:
        value = getattr(figures, field)
        text = "·" if value is None or (field in LABELLED and not labelled) else str(value)
        cells.append(text.rjust(max(len(title), 6)))
    return f"{name:{width}}  {'  '.join(cells)}"


def head(width: int) -> str:
    """The line above."""
    return f"{'':{width}}  {'  '.join(title.rjust(max(len(title), 6)) for title, _ in COLUMNS)}"


def table(tried: Sequence[Tried]) -> list[str]:
    """A line a combination, the recorded one first, and below what each changed and how far that holds."""
    labelled = any(change.before.labelled for each in tried for change in each.changes)
    names = [each.variant.name or "changed" for each in tried]
    width = max(len(name) for name in (*names, "as it was"))
    whole = max(tried, key=lambda each: totals(each.changes)[0].barge_ins)  # compared the farthest
    lines = [head(width), row("as it was", totals(whole.changes)[0], width, labelled=labelled)]
    lines += [
        row(name, totals(each.changes)[1], width, labelled=labelled) for name, each in zip(names, tried, strict=True)
    ]
    lines.append("Times are medians in ms on the virtual clock: of the logic, not of this machine.")
    if not labelled:
        lines.append("No labels.toml: what should have been is not known, only what changed.")
    for name, each in zip(names, tried, strict=True):
        lines.append(f"{name}: {each.headline}")
        lines += [f"  {line}" for change in each.changes for line in told(change)]
    return lines


def told(change: Change) -> list[str]:
    """Barge-in by barge-in, and how far the comparison holds."""
    lines = []
    for sign, those in (("-", change.vanished), ("+", change.appeared)):
        for each in those:
            what = each.label or "unlabelled"
            lines.append(
                f"{sign} {change.name} {each.at_us / 1e6:8.3f} s {what} {each.words!r}: {each.reason}; "
                f"{'now' if sign == '-' else 'was'} {each.now}"
            )
    if change.until_us is not None:
        lines.append(f"  {change.name}: compared up to {change.until_us / 1e6:.3f} s only, for there {change.why}")
    if change.near:
        nearly = "answer is" if change.near == 1 else "answers are"
        lines.append(f"  {change.name}: {change.near} {nearly} to something near what was asked, not to just that")
    return lines
