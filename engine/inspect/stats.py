"""A session in figures."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from engine.inspect.story import Answer, Story, Turn

FALSE_START_MS = 300
"""Speech that begins so soon after a reply's first sample answers nothing in it, for people need some 200 ms to react
(Levinson and Torreira 2015: the usual gap between speakers): the user had not finished, and was spoken over."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of ``count`` values in ms: the middle one, the one that a twentieth exceed (nearest rank), the largest."""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Stats:
    """What a session came to. Latencies are named in ``LATENCIES``; those from ``metrics.jsonl`` by its own names.

    ``false_starts``: replies that began while the user was not done. ``taken_back``: replies prepared and never
    heard, because the user went on: they cost work and nothing else. ``user_ms`` counts voice only.
    """

    length_ms: int
    lines: int
    turns: int
    replies: int
    heard_replies: int
    barge_ins: int
    stops: int
    dismissed: dict[str, int]
    false_starts: int
    taken_back: int
    user_ms: int
    assistant_ms: int
    latencies: dict[str, Spread] = field(default_factory=dict)


LATENCIES = {
    "reaction": "user quiet, to the reply heard",
    "turn_taken": "user quiet, to the turn taken",
    "recognition": "recogniser asked, to the words",
    "first_clause": "model asked, to its first clause",
    "first_sound": "first clause, to its first sound",
    "start": "first sound, to the reply heard",
    "interrupt": "onset, to the reply cut off",
    "dismiss": "onset, to the reply going on",
    "held": "silence of a reply held for nothing",
    "recovery": "reply cut off, to the next one heard",
    "mailbox": "event posted, to the loop taking it",
    "handling": "from there, to the last command given",
}
"""What each is measured from and to. Together ``first_clause``, ``first_sound`` and ``start`` are a reply's time."""


def stats_of(story: Story, folder: Path | None = None) -> Stats:
    """The figures of a story; with those that only ``metrics.jsonl`` in that folder has, if it is there."""
    answers, turns, verdicts = story.answers.values(), story.turns, Counter(c.verdict for c in story.candidates)
    found: dict[str, list[int]] = {name: [] for name in LATENCIES}
    for name, us in _latencies(story):
        found[name].append(us)
    return Stats(
        length_ms=story.end_us // 1000,
        lines=story.lines,
        turns=len({turn.number for turn in turns}),
        replies=len(answers),
        heard_replies=sum(answer.heard_us is not None for answer in answers),
        barge_ins=verdicts["interrupt"],
        stops=story.stops,
        dismissed=dict(sorted(Counter(c.reason for c in story.candidates if c.verdict == "dismiss").items())),
        false_starts=_false_starts(story),
        taken_back=sum(_is_taken_back(answer) for answer in answers),
        user_ms=sum(speech.voiced_ms for speech in story.speeches.values()),
        assistant_ms=sum(answer.heard_samples for answer in answers) * 1000 // story.rate_hz,
        latencies={name: _spread(us) for name, us in found.items() if us} | _of_the_loop(folder),
    )


def _false_starts(story: Story) -> int:
    spoken_over = set()
    for candidate in story.candidates:
        answer = story.answers.get(candidate.reply)
        if answer is None or answer.heard_us is None or candidate.verdict != "interrupt":
            continue
        if candidate.onset_us <= answer.heard_us + FALSE_START_MS * 1000:
            spoken_over.add(answer.id)
    return len(spoken_over)


def _is_taken_back(answer: Answer) -> bool:
    by_user = answer.closed_on.startswith(("speech_", "utterance_", "transcription_"))
    return answer.cut and answer.heard_us is None and by_user


def _latencies(story: Story) -> Iterator[tuple[str, int]]:
    for turn in story.turns:
        yield from _of_turn(story, turn)
    for answer in story.answers.values():
        yield from _of_answer(answer)
    heard = sorted(answer.heard_us for answer in story.answers.values() if answer.heard_us is not None)
    for candidate in story.candidates:
        assert candidate.verdict_us is not None
        yield candidate.verdict, candidate.verdict_us - candidate.onset_us
        place = bisect_right(heard, candidate.verdict_us)
        if candidate.verdict == "interrupt" and place < len(heard):
            yield "recovery", heard[place] - candidate.verdict_us


def _of_turn(story: Story, turn: Turn) -> Iterator[tuple[str, int]]:
    if (reaction_us := story.reaction_us(turn)) is not None:
        yield "reaction", reaction_us
    if turn.quiet_us is not None:
        yield "turn_taken", turn.taken_us - turn.quiet_us
    if turn.asked_us is not None and turn.words_us is not None:
        yield "recognition", turn.words_us - turn.asked_us


def _of_answer(answer: Answer) -> Iterator[tuple[str, int]]:
    marks = (("", answer.opened_us), ("first_clause", answer.clause_us), ("first_sound", answer.sound_us))
    for (_, begin), (name, end) in zip(marks, (*marks[1:], ("start", answer.heard_us)), strict=True):
        if begin is not None and end is not None:
            yield name, end - begin
    since_us: int | None = None
    for at, gain in answer.gains:
        if gain == "hold" and answer.heard_us is not None and at > answer.heard_us:
            since_us = at
        elif gain == "resume" and since_us is not None:
            yield "held", at - since_us
            since_us = None
        elif gain == "stop":
            since_us = None


def _spread(values_us: Sequence[int]) -> Spread:
    ordered = sorted(values_us)
    p50, p95 = ordered[(len(ordered) - 1) // 2], ordered[-(-95 * len(ordered) // 100) - 1]
    return Spread(len(ordered), *(round(us / 1000, 2) for us in (p50, p95, ordered[-1])))


def _of_the_loop(folder: Path | None) -> dict[str, Spread]:
    """The sums at the end of ``metrics.jsonl``; nothing where a session was killed or has none."""
    try:
        lines = (folder / "metrics.jsonl").read_bytes().splitlines() if folder is not None else []
        sums: dict[str, Any] = next(line for line in map(orjson.loads, lines) if line["event"] == "steps")
        return {
            name: Spread(sums["count"], *(round(sums[f"{name}_us"][key] / 1000, 2) for key in ("p50", "p95", "max")))
            for name in ("mailbox", "handling")
        }
    except (OSError, StopIteration, ValueError, KeyError, TypeError):
        return {}
