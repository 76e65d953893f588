"""The companion: a handful of rules that answer. NO language model, and it says so when asked.

It exists so that the engine can be used and tested with nothing to download. Its answers follow from the message
history alone (and, for the time of day, from the clock it was given), so what it remembers of its own words is
exactly what the user heard: cut it off while it counts, ask for the last number, and the answer shows it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from models.companion_memory import (
    first_sentence,
    is_counting,
    last_number,
    last_sentence,
    remainder,
    said,
    stories_begun,
    story_place,
    story_rest,
    was_telling,
)
from models.companion_numbers import in_words, numbers_in
from models.companion_requests import goal_of_counting, last_request, without_stop
from models.companion_stories import STORIES
from states.history import Entry, Message, spoken

LARGEST_COUNT = 100

HELP = (
    "I can count to a number, tell you a story, and add, subtract or multiply. Ask me for the time, for the last "
    "number I said, or for what you asked. Interrupt me whenever you like, and say go on to hear the rest."
)
NOT_UNDERSTOOD = "I did not understand. Say help to hear what I can do."
NOTHING_SAID = "I have not said anything yet."


class _Asked(NamedTuple):
    """One request: its rule's match in the text of the last message, and everything said before that message."""

    match: re.Match[str]
    before: Sequence[Message]


class Companion:
    """A ``LanguageModel`` made of rules. Stateless; any number of threads. Answers in well under a millisecond.

    ``now``: where the time of day comes from; called only when the user asks for it.
    """

    def __init__(self, now: Callable[[], datetime] = datetime.now) -> None:
        self._now = now

    def stream(self, messages: Sequence[Entry]) -> Iterator[str]:
        """Yield the answer word by word, each with the space that follows it. Never blocks, never fails."""
        for piece in re.finditer(r"\S+\s*", self.answer(spoken(messages))):
            yield piece[0]

    def answer(self, messages: Sequence[Message]) -> str:
        """The whole answer to a history. One that ends in the assistant's own words is continued."""
        if not messages:
            return "Hello. Say help to hear what I can do."
        if messages[-1].role == "assistant":
            return self._continued(messages) or "That was all."
        match = last_request(messages[-1].text)
        return self._respond(_Asked(match, messages[:-1])) if match else NOT_UNDERSTOOD

    def _respond(self, asked: _Asked) -> str:
        kind = str(asked.match.lastgroup)
        if kind in _FIXED:
            return _FIXED[kind]
        if kind == "onward":
            return self._continued(asked.before) or "There is nothing to go on with."
        if kind == "time":
            return _time_of_day(self._now())
        return _RULED[kind](asked)

    def _continued(self, messages: Sequence[Message]) -> str:
        """The rest of what was broken off, or more of the same; empty where there is nothing."""
        last = max((index for index, message in enumerate(messages) if message.role == "assistant"), default=None)
        if last is None:
            return ""
        before = messages[:last]
        request = last_request(before[-1].text) if before and before[-1].role == "user" else None
        if request is not None and request.lastgroup not in ("onward", "time"):
            rest = remainder(self._respond(_Asked(request, before[:-1])), messages[last].text)
            if rest:
                return rest
        if was_telling(messages):
            place = story_place(messages)
            return (story_rest(place) if place else "") or "That was the end of the story."
        return _count_on(messages) if any(map(is_counting, said(messages))) else ""


def _count_on(messages: Sequence[Message]) -> str:
    """From the number after the last one heard to the one asked for, or ten further where that is reached."""
    heard = last_number(messages) or 0
    goals = [numbers for m in messages if m.role == "user" and (numbers := numbers_in(goal_of_counting(m.text)))]
    goal = goals[-1][-1] if goals else 0
    goal = goal if goal > heard else heard + 10
    return _counting(heard + 1, min(goal, LARGEST_COUNT)) if heard < LARGEST_COUNT else "I count no further."


def _counting(first: int, last: int) -> str:
    words = ", ".join(in_words(number) for number in range(first, last + 1))
    return words[:1].upper() + words[1:] + "." if words else ""


def _count(asked: _Asked) -> str:
    numbers = numbers_in(asked.match["count"])
    if not numbers:
        return "To what number shall I count?"
    first, last = (
        (numbers[-2], numbers[-1]) if len(numbers) > 1 and "from" in asked.match["count"] else (1, numbers[-1])
    )
    if not 1 <= first <= last <= LARGEST_COUNT:
        return "I count from one to one hundred."
    return _counting(first, last)


def _count_further(asked: _Asked) -> str:
    return _count_on(asked.before)


def _story(asked: _Asked) -> str:
    return STORIES[stories_begun(asked.before) % len(STORIES)]


def _last_number_said(asked: _Asked) -> str:
    number = last_number(asked.before)
    return "I have not said a number yet." if number is None else f"The last number I said was {in_words(number)}."


def _last_words_said(asked: _Asked) -> str:
    texts = said(asked.before)
    return f"I said: {last_sentence(texts[-1])}" if texts else NOTHING_SAID


def _asked_before(asked: _Asked) -> str:
    """The user's last words before this question, in this message or in an earlier one."""
    earlier = without_stop(asked.match.string[: asked.match.start()])
    texts = [earlier] if earlier else [m.text for m in asked.before if m.role == "user"][-1:]
    return f"You said: {texts[-1]}" if texts else "You have not said anything before that."


def _shorter(asked: _Asked) -> str:
    texts = said(asked.before)
    if not texts:
        return NOTHING_SAID
    if is_counting(texts[-1]):
        return f"I counted to {in_words(numbers_in(texts[-1])[-1])}."
    return f"In short: {first_sentence(texts[-1])}"


def _again(asked: _Asked) -> str:
    texts = said(asked.before)
    return texts[-1] if texts else NOTHING_SAID


def _sum(asked: _Asked) -> str:
    left, sign, right = asked.match["left"], asked.match["sign"], asked.match["right"]
    first, second = numbers_in(left)[-1:], numbers_in(right)[:1]
    if not first or not second:
        return NOT_UNDERSTOOD
    word = {"+": "plus", "-": "minus", "x": "times", "×": "times", "*": "times"}.get(sign, sign.split()[0])
    word = "times" if word == "multiplied" else word
    results = {"plus": first[0] + second[0], "minus": first[0] - second[0], "times": first[0] * second[0]}
    return f"{in_words(first[0]).capitalize()} {word} {in_words(second[0])} is {in_words(results[word])}."


def _time_of_day(now: datetime) -> str:
    hour = in_words(now.hour % 12 or 12)
    minute = " o'clock" if now.minute == 0 else f" oh {in_words(now.minute)}" if now.minute < 10 else ""
    minute = minute or f" {in_words(now.minute)}"
    part = "at night" if now.hour < 5 else "in the morning" if now.hour < 12 else "in the afternoon"
    return f"It is {hour}{minute} {part if now.hour < 18 else 'in the evening'}."


_FIXED = {
    "help": HELP,
    "self": "I am a small companion made of a few rules. I am not a language model.",
    "stop": "Okay.",
    "hello": "Hello. Say help to hear what I can do.",
    "thanks": "You are welcome.",
    "goodbye": "Goodbye.",
    "yes": "Good.",
    "no": "All right.",
}
_RULED: dict[str, Callable[[_Asked], str]] = {
    "further": _count_further,
    "count": _count,
    "story": _story,
    "last_number": _last_number_said,
    "last_words": _last_words_said,
    "before": _asked_before,
    "shorter": _shorter,
    "again": _again,
    "sum": _sum,
}
