"""What the companion can know about the talk: only what the message history says was heard. Pure functions."""

import re
from collections.abc import Sequence

from models.companion_numbers import numbers_in
from models.companion_stories import STORIES
from states.history import Message

_STORY_WORDS = tuple(tuple(re.findall(r"\S+", story)) for story in STORIES)

Place = tuple[int, int]
"""(story, number of its words heard)."""


def plain_words(text: str) -> list[str]:
    """The words of ``text`` in lower case, without punctuation; apostrophes and inner hyphens stay."""
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())


def said(messages: Sequence[Message]) -> list[str]:
    """What the assistant was heard to say, oldest first."""
    return [message.text for message in messages if message.role == "assistant"]


def remainder(whole: str, heard: str) -> str:
    """The words of ``whole`` after those of ``heard``; empty where ``heard`` is no beginning of it."""
    tokens = whole.split()
    known = plain_words(heard)
    spoken = 0
    for count, token in enumerate(tokens):
        if spoken == len(known):
            return " ".join(tokens[count:])
        here = plain_words(token)
        if known[spoken : spoken + len(here)] != here:
            return ""
        spoken += len(here)
    return ""


def story_place(messages: Sequence[Message]) -> Place | None:
    """Which story was told last, and how far, followed through all its continuations."""
    place: Place | None = None
    for text in said(messages):
        words = plain_words(text)
        if not words:
            continue
        starts = [*([place] if place else []), *((index, 0) for index in range(len(STORIES)))]
        for index, begun in starts:
            story = [plain_words(word)[0] for word in _STORY_WORDS[index][begun:]]
            if story[: len(words)] == words:
                place = (index, begun + len(words))
                break
    return place


def story_rest(place: Place) -> str:
    """The words of the story after ``place``; empty at its end."""
    index, heard = place
    return " ".join(_STORY_WORDS[index][heard:])


def stories_begun(messages: Sequence[Message]) -> int:
    """How many stories were begun: how many of the assistant's messages start as a story does."""
    starts = [plain_words(story)[:3] for story in STORIES]
    return sum(plain_words(text)[:3] in starts for text in said(messages))


def is_counting(text: str) -> bool:
    """Whether a text is nothing but numbers: a piece of counting."""
    words = plain_words(text.replace("-", " "))
    return bool(words) and all(numbers_in(word) or word == "and" for word in words)


def last_number(messages: Sequence[Message]) -> int | None:
    """The last number the assistant was heard to say, or None."""
    for text in reversed(said(messages)):
        if numbers := numbers_in(text):
            return numbers[-1]
    return None


def was_telling(messages: Sequence[Message]) -> bool:
    """Whether the assistant told a story more lately than it counted."""
    for end in range(len(messages), 0, -1):
        text = messages[end - 1].text
        if messages[end - 1].role != "assistant":
            continue
        if is_counting(text):
            return False
        if story_place(messages[:end]) != story_place(messages[: end - 1]):
            return True
    return False


def last_sentence(text: str, at_most_words: int = 12) -> str:
    """The end of ``text``: its last sentence, of that the last words."""
    sentences = [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]
    return " ".join(sentences[-1].split()[-at_most_words:]) if sentences else ""


def first_sentence(text: str) -> str:
    """The first sentence of ``text``, or all of it."""
    return re.split(r"(?<=[.!?])\s+", text.strip(), maxsplit=1)[0]
