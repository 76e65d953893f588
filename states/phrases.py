"""Words and the phrases that the settings list. Pure functions; a phrase is a tuple of words."""

import re
from functools import lru_cache

from states.settings import DialogueSettings

Words = tuple[str, ...]

LONGEST = 5
"""Words in the longest phrase that may be listed."""


def tokens(text: str) -> Words:
    """Words of a text, lower case, without punctuation: "Mm-hm, I'm" gives ``("mmhm", "i'm")``."""
    words = (re.sub(r"[^\w']", "", word).strip("'_") for word in text.lower().replace("’", "'").split())
    return tuple(word for word in words if word)


@lru_cache(maxsize=32)
def phrases(texts: tuple[str, ...]) -> frozenset[Words]:
    """A list of the settings as phrases."""
    return frozenset(tokens(text) for text in texts)


def soft(settings: DialogueSettings) -> frozenset[Words]:
    """Phrases that ask for nothing: backchannels and fillers."""
    return phrases(settings.backchannels + settings.fillers)


def head(words: Words, listed: frozenset[Words]) -> int:
    """Length in words of the longest phrase at the head; 0 where there is none."""
    return max((n for n in range(1, min(LONGEST, len(words)) + 1) if words[:n] in listed), default=0)


def after(words: Words, listed: frozenset[Words]) -> Words:
    """What is left after all leading phrases."""
    while length := head(words, listed):
        words = words[length:]
    return words


def contains(words: Words, listed: frozenset[Words], *, least: int) -> bool:
    """Whether a phrase of at least so many words stands anywhere in the words."""
    return any(head(words[i:], listed) >= least for i in range(len(words)))


def begins(words: Words, listed: frozenset[Words]) -> bool:
    """Whether the words are the beginning of a longer phrase."""
    return any(len(words) < len(phrase) and phrase[: len(words)] == words for phrase in listed)
