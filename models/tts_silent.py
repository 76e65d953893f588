"""A voice without sound: silence of the length that the words take to read. For conversations in text.

Words keep a place in time, so that all that is true of a spoken reply is true of a written one: it is heard word by
word, can be held and cut, and the history keeps what was shown.
"""

import re
from collections.abc import Iterator

import numpy as np

from models.ports import MIC_HZ, Samples, SpeechChunk
from states.errors import ConfigError

WORDS_PER_MINUTE = (30, 60_000)

_AVERAGE_CHARACTERS = 6.0
"""An English word and the space after it, in running text."""

_LONGEST_SAMPLES = MIC_HZ
"""A word takes at most a second: what is longer is a line of dashes or an address, and nobody reads those out."""


class SilentSynthesizer:
    """A ``SpeechSynthesizer`` that yields zeros, a chunk a word. Never blocks, never fails; any number of threads.

    ``words_per_minute``: 30 to 60 000; 240 is what adults read silently at (Brysbaert 2019: 238). A word takes time
    by its letters, at this rate on average. Raises ``ConfigError`` for another value.
    """

    def __init__(self, words_per_minute: int = 240) -> None:
        low, high = WORDS_PER_MINUTE
        if not low <= words_per_minute <= high:
            raise ConfigError(f"silent words_per_minute is {words_per_minute}; it must be {low} to {high}")
        self._samples_per_character = 60 * MIC_HZ / (words_per_minute * _AVERAGE_CHARACTERS)

    @property
    def rate_hz(self) -> int:
        """The microphone's rate: nothing to resample."""
        return MIC_HZ

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield a chunk for each word, with its place. Text of white space alone gives none."""
        at = 0
        for word in re.finditer(r"\S+", text):
            letters = word.end() - word.start() + 1
            samples = max(1, min(_LONGEST_SAMPLES, round(letters * self._samples_per_character)))
            silence: Samples = np.zeros(samples, dtype=np.float32)
            yield SpeechChunk(silence, ((word.start(), word.end(), at, at + samples),))
            at += samples
