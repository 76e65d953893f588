"""Models for hours of talk: a recogniser that goes by length, and answers just long enough to be cut."""

from collections.abc import Iterator, Sequence

import numpy as np

from models.ports import MIC_HZ, Audio, Transcript
from states.history import Entry

_BLOCK = MIC_HZ // 100
_LOUD = 0.06
WORDS = 80
"""Of an answer: 16 s as ``NoiseSynthesizer`` speaks, so that the user cuts in twice, first with what is no turn."""


class LengthRecognizer:
    """Hears a sentence in what is loud for long, a backchannel in what is not, and nothing in what is very short.

    So nothing of what it says is about words; how long a recogniser takes is not in it either.
    """

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield one transcript."""
        blocks = audio.samples[: len(audio.samples) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
        loud_ms = 10 * int((np.abs(blocks).max(axis=1, initial=0) > _LOUD).sum())
        text = "count to ten" if loud_ms > 450 else "mm-hm" if loud_ms > 120 else ""
        yield Transcript(text, 95 if text else -1)


class LastingModel:
    """Answers everything in ``WORDS`` words."""

    def stream(self, messages: Sequence[Entry]) -> Iterator[str]:
        """Yield the answer word by word."""
        assert messages
        for n in range(WORDS):
            yield f"number{n}{',' if n % 6 == 5 else ''} "
