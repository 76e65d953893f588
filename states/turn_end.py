"""What silence ends a turn: by what was said, by how it sounded, and by how this user pauses.

People stop in mid-turn for as long as they stop at its end; what tells the two apart is mostly the words. So the
silence to wait for is short after what may well be all, long after what cannot be, and in between where nothing
speaks for either. Pure functions; nothing here knows a recogniser or a clock.
"""

import re
from dataclasses import dataclass, fields
from enum import Enum
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TurnEndSettings:
    """Silences in ms. All chosen: in the mid-range of voice assistants (500 to 800) where nothing is known, below it
    after a whole sentence, and above the longest thinking pause users complained of (1.5 s, S36) after an open one.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    complete_ms: int = 400
    """After what is a whole sentence or a short answer."""
    unknown_ms: int = 640
    """After words that may or may not be all."""
    dictation_ms: int = 1200
    """After a row of digits or letters: the next group may come."""
    open_ms: int = 2000
    """After words that cannot be all: "and", "to the", "my"."""
    final_pct: int = 80
    """From this likelihood by sound on, an end is believed like that of a whole sentence."""
    going_on_pct: int = 20
    """Up to this likelihood, words that look whole are waited after like unknown ones."""
    pauses: int = 3
    """From so many of the user's own pauses on, they count."""
    margin_pct: int = 120
    """The silence is at least this much of the user's long pauses, but not more than after open words."""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range or two of them contradict each other."""
        for each in fields(self):
            if getattr(self, each.name) < 0:
                raise ValueError(f"{each.name} must not be negative")
        if not self.complete_ms <= self.unknown_ms <= self.open_ms:
            raise ValueError("it must be complete_ms <= unknown_ms <= open_ms")
        if not self.complete_ms <= self.dictation_ms <= self.open_ms:
            raise ValueError("it must be complete_ms <= dictation_ms <= open_ms")
        if not self.going_on_pct <= self.final_pct:
            raise ValueError("it must be going_on_pct <= final_pct")


class Finish(Enum):
    """How finished words are."""

    COMPLETE = "complete"
    UNKNOWN = "unknown"
    DICTATION = "dictation"
    OPEN = "open"


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


OPEN_WORDS = _words(
    "and or but nor so because since although though unless until while whereas if whether than as that which who",
    "whose the a an my your his her its our their this these those every each some any no",
    "to of in on at by for with from about into onto over under between through during without within against",
    "is are was were am be been being isn't aren't wasn't has have had having do does did don't doesn't didn't",
    "will would shall should can could may might must won't wouldn't can't couldn't i'm you're we're they're it's",
    "i've i'd i'll you'll we'll i we they he she very really quite rather just also then like",
)
"""A sentence hardly ends in one of these: conjunctions, articles, prepositions, auxiliaries, subjects. Chosen."""

ENDS_ANYWAY = frozenset({
    "i am", "i do", "i did", "i can", "i will", "i would", "i have", "i was", "you are", "it is", "it was", "he is",
    "she is", "they are", "we are", "you can", "you do", "you did", "you were", "turn it on", "turn that on",
    "come in", "go on", "who is that", "what is that", "what is this", "like this", "like that", "do that",
    "stop that", "what for", "i think so", "i hope so", "let me in", "log in", "sign in", "hold on", "not really",
})  # fmt: skip
"""Ends of sentences that end in an open word all the same. Chosen."""

FILLERS = _words("um umm uh uhm er erm hmm hm well so like")
DIGITS = _words(
    "zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred double triple",
)
QUESTIONS = _words(
    "what who whose where when why how which is are was were do does did can could will would shall should has have"
)
STRANDED = _words("in on at for from with about to of like")
SHORT_ANSWERS = _words("hello hi hey goodbye bye thanks yes no yeah nope okay ok please stop sure right")


def how_finished(text: str) -> tuple[Finish, str]:
    """How finished these words are, and why; any text, with signs (Whisper) or without (pocketsphinx)."""
    text = text.strip()
    words = [word for word in re.findall(r"[\w']+", text.lower().replace("’", "'")) if word.strip("'_")]
    if not words:
        return Finish.UNKNOWN, "no_words"
    if text.endswith(("...", "…", "-", "–", "—", ",", ":", ";")):
        return Finish.OPEN, "breaks_off"
    if words[-1] in FILLERS and len(words) > 1:
        return Finish.OPEN, "filler"
    if _is_dictation(words):
        return Finish.DICTATION, "dictation"
    if words[-1] in OPEN_WORDS and not _ends_anyway(words):
        return Finish.OPEN, "open_word"
    if text.endswith((".", "!", "?")):
        return Finish.COMPLETE, "sentence"
    if words[0] in QUESTIONS and len(words) > 2:
        return Finish.COMPLETE, "question"
    if len(words) <= 2 and words[-1] in SHORT_ANSWERS:
        return Finish.COMPLETE, "short_answer"
    return Finish.UNKNOWN, "words"


def silence_that_ends(
    text: str, final_pct: int, own_pauses_ms: tuple[int, ...], settings: TurnEndSettings
) -> tuple[int, str]:
    """The silence in ms after which these words are a turn, and why.

    ``final_pct``: how likely the turn is over by its sound, -1 where nobody listened for that. ``own_pauses_ms``: the
    latest silences that turned out to lie inside a turn of this user; more or longer ones never shorten the silence.
    """
    finish, why = how_finished(text)
    if finish is Finish.UNKNOWN and final_pct >= settings.final_pct:
        finish, why = Finish.COMPLETE, "sounds_final"
    elif finish is Finish.COMPLETE and 0 <= final_pct <= settings.going_on_pct:
        finish, why = Finish.UNKNOWN, "sounds_going_on"
    wait_ms = {
        Finish.COMPLETE: settings.complete_ms,
        Finish.UNKNOWN: settings.unknown_ms,
        Finish.DICTATION: settings.dictation_ms,
        Finish.OPEN: settings.open_ms,
    }[finish]
    own_ms = _own_ms(own_pauses_ms, settings)
    return (wait_ms, why) if own_ms <= wait_ms else (own_ms, "own_pauses")


def _own_ms(pauses_ms: tuple[int, ...], settings: TurnEndSettings) -> int:
    """A little more than the second longest of the user's pauses: one long one is an exception."""
    if len(pauses_ms) < max(2, settings.pauses):
        return 0
    return min(settings.open_ms, sorted(pauses_ms)[-2] * settings.margin_pct // 100)


def _is_dictation(words: list[str]) -> bool:
    """The last two words are digits, or single letters."""
    return len(words) > 1 and all(word in DIGITS or word.isdigit() or len(word) == 1 for word in words[-2:])


def _ends_anyway(words: list[str]) -> bool:
    stranded = words[0] in QUESTIONS and len(words) > 3 and words[-1] in STRANDED  # "what is it about"
    return stranded or any(" ".join(words[-n:]) in ENDS_ANYWAY for n in (2, 3))
