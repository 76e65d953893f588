"""What came of one run, as far as settings can change it: speech during replies, answers, and who had the floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from engine.codec import Record

Fate = Literal["interrupted", "dismissed"]
UNKNOWN = "the cassette has "
"""So a cassette's players begin to say what is not on it."""


@dataclass(frozen=True, slots=True)
class Interjection:
    """User speech during a reply, and its verdict. Times of the virtual clock from the session's start.

    ``onset_us``: its first frame. ``silent_us``: when the reply was silenced for it first, at first for a while;
    None where never. ``verdict_us``: when the verdict came. ``words``: what was understood last.
    """

    utterance: int
    onset_us: int
    silent_us: int | None
    verdict_us: int
    fate: Fate
    reason: str
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The first sound of a reply, and the end of the speech, by sound, that it answers."""

    at_us: int
    quiet_us: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of a session or scenario.

    ``takes``: where each entry at the microphone lay, (number, from, to). ``floor``: who had it from when, as
    (time, state). ``limit_us``: from there on the cassette had no answer to what was asked, and ``limit`` says what;
    None where it had all. ``near``: how many of its answers were to something near what was asked, only.
    """

    interjections: tuple[Interjection, ...]
    answers: tuple[Answer, ...]
    takes: tuple[tuple[int, int, int], ...]
    floor: tuple[tuple[int, str], ...]
    end_us: int
    limit_us: int | None = None
    limit: str = ""
    near: int = 0

    def state_at(self, at_us: int) -> str:
        """The state at that time."""
        return next((state for since_us, state in reversed(self.floor) if since_us <= at_us), "idle")


def outcome_of(lines: Sequence[Record], takes: Sequence[tuple[int, int, int]] = (), near: int = 0) -> Outcome:
    """Read a run's journal."""
    limit_us, limit = _limit(lines)
    moved = ((line["t_us"], line["dest"]) for line in lines if line["outcome"] == "moved")
    return Outcome(
        tuple(_interjections(lines)),
        tuple(_answers(lines)),
        tuple(takes),
        tuple(moved),
        lines[-1]["t_us"] if lines else 0,
        limit_us,
        limit,
        near,
    )


def _limit(lines: Sequence[Record]) -> tuple[int | None, str]:
    for line in lines:
        error = str(line["on"].get("error", ""))
        if UNKNOWN in error:
            return line["t_us"], error[error.index(UNKNOWN) :]
    return None, ""


def _interjections(lines: Sequence[Record]) -> list[Interjection]:
    """The last verdict on each utterance that was weighed; an interruption is one in any case."""
    onsets: dict[int, int] = {}
    words: dict[int, str] = {}
    silent: dict[int, int] = {}
    found: dict[int, Interjection] = {}
    speaking = 0
    for line in lines:
        on: Record = line["on"]
        utterance: int = line["utterance"]
        at_us: int = line["t_us"]
        if str(on["type"]).startswith("speech_") and type(on.get("utterance")) is int:
            speaking = int(on["utterance"])
            onsets.setdefault(speaking, at_us)
        if str(on["type"]).startswith("utterance_") and line["outcome"] != "stale":
            words[utterance] = str(line.get("text.text", ""))
        orders = {command["type"] for command in line["commands"]}
        if orders & {"hold_playout", "stop_playout"}:
            silent.setdefault(utterance or speaking, at_us)
        interrupted = line["outcome"] == "moved" and line["dest"] == "interrupted"
        if interrupted or line.get("verdict") == "dismiss":
            onset = onsets.get(utterance, at_us)
            fate: Fate = "interrupted" if interrupted else "dismissed"
            said = words.get(utterance, "")
            found[utterance] = Interjection(
                utterance, onset, silent.get(utterance), at_us, fate, line["reason"], said
            )
    return sorted(found.values(), key=lambda each: each.onset_us)


def _answers(lines: Sequence[Record]) -> list[Answer]:
    """First sounds of replies. The end of speech is the last pause's begin, counted back by its length."""
    quiet_us = 0
    found = []
    for line in lines:
        on = line["on"]
        match on["type"]:
            case "speech_paused":
                quiet_us = line["t_us"] - 1000 * int(on.get("silent_ms", 0))
            case "turn_typed":
                quiet_us = line["t_us"]
            case "speech_ended" if quiet_us == 0:
                quiet_us = line["t_us"]
            case "playout_started" if line["outcome"] == "moved":
                found.append(Answer(line["t_us"], quiet_us))
            case _:
                pass
    return found


def spans(outcome: Outcome, state: str) -> list[tuple[int, int]]:
    """From when to when the dialogue was in a state."""
    ends = (*outcome.floor, (outcome.end_us, ""))
    return [(since, until) for (since, at), (until, _) in pairwise(ends) if at == state]
