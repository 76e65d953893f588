"""The turns of a session as CSV (RFC 4180), a row each, for a spreadsheet or a data frame."""

import csv
import io

from engine.inspect.exports import Told
from engine.inspect.story import Story, Turn, ms, plain

COLUMNS = (
    "turn", "typed", "user_began_ms", "user_quiet_ms", "taken_ms", "wait_ms", "confidence_pct", "user", "replies",
    "heard_ms", "reaction_ms", "closed_ms", "closed_by", "cut", "heard_words", "unheard_words", "barge_ins",
    "dismissed",
)  # fmt: skip
"""Times since the session began; ``reaction_ms`` from the user's last sound to the first sample heard. What did not
happen is empty. Words of several replies to one turn are joined."""


def render(told: Told) -> str:
    """The whole table, its head included."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for turn in told.story.turns:
        rows.writerow(_row(told.story, turn))
    return out.getvalue()


def _row(story: Story, turn: Turn) -> list[object]:
    answers = [story.answers[reply] for reply in turn.replies]
    heard = [answer.heard_us for answer in answers if answer.heard_us is not None]
    speech = story.speeches.get(turn.utterance)
    weighed = [candidate for candidate in story.candidates if candidate.reply in turn.replies]
    last = answers[-1] if answers else None
    return [
        turn.number,
        int(turn.typed),
        ms(turn.began_us),
        ms(turn.quiet_us),
        ms(turn.taken_us),
        turn.wait_ms,
        speech.confidence_pct if speech is not None and speech.confidence_pct >= 0 else None,
        plain(turn.text),
        " ".join(str(answer.id) for answer in answers),
        ms(min(heard, default=None)),
        ms(story.reaction_us(turn)),
        ms(last.closed_us) if last else None,
        last.closed_by if last else None,
        int(last.cut) if last else None,
        plain(" ".join(answer.kept for answer in answers)),
        plain(" ".join(answer.dropped for answer in answers)),
        sum(candidate.verdict == "interrupt" for candidate in weighed),
        sum(candidate.verdict == "dismiss" for candidate in weighed),
    ]
