"""What a user waited for, part by part; the parts add up to the whole, in microseconds."""

from dataclasses import dataclass

from engine.inspect.story import Answer, Story, Turn


@dataclass(frozen=True, slots=True)
class Wait:
    """From the user's last sound to the first sample heard. ``parts``: what came, and how long after the one before.

    Their order is that of the time: what is prepared in a pause is there before the turn is taken.
    """

    reply: int
    from_us: int
    total_us: int
    parts: tuple[tuple[str, int], ...]


def wait_of(turn: Turn, story: Story) -> Wait | None:
    """The wait of a turn; None where nobody spoke before it, or nothing was heard after it."""
    answer = next((found for reply in turn.replies if (found := story.answers[reply]).heard_us is not None), None)
    if answer is None or turn.quiet_us is None:
        return None
    return _parts(turn, answer, turn.quiet_us)


def _parts(turn: Turn, answer: Answer, quiet_us: int) -> Wait:
    assert answer.heard_us is not None
    marks = {
        "pause noticed": turn.asked_us,
        "words known": turn.words_us,
        "first clause written": answer.clause_us,
        "first sound made": answer.sound_us,
        "turn taken": turn.taken_us,
    }
    known = ((at, name) for name, at in marks.items() if at is not None and quiet_us <= at <= answer.heard_us)
    reached = sorted(known, key=lambda mark: mark[0])  # of one moment in the order above
    parts: list[tuple[str, int]] = []
    last = quiet_us
    for at, name in [*reached, (answer.heard_us, "first sample heard")]:
        parts.append((name, at - last))
        last = at
    return Wait(answer.id, quiet_us, answer.heard_us - quiet_us, tuple(parts))
