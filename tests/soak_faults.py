"""Models of ``tests.rig.tones`` that fail now and then, each in its own rhythm, and count how often."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from models.ports import MIC_HZ, Audio, SpeechChunk, Transcript
from states.errors import BackendError
from states.history import Entry
from tests.rig.tones import REPLY_WORD_MS, ToneRecognizer

WORDS = 60

STALLS, STALLS_LATER, RAISES, RAISES_LATER, EMPTY = 7, 11, 13, 17, 19
VOICE_FAILS, VOICE_MUTE = 23, 29
HEARING_FAILS = 31
"""Every so-manyth call: primes, so that they meet in every way in a long run."""


class FaultyModel:
    """Answers in ``WORDS`` words, or stalls for good, raises, or says nothing."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self._calls = 0

    def stream(self, messages: Sequence[Entry]) -> Iterator[str]:
        """Yield the answer word by word. Raises ``BackendError`` at its times."""
        self._calls += 1
        asked = f"{len(messages)}"
        kind = self._kind()
        strikes = 12 if kind.endswith("later") else 0
        for n in range(WORDS):
            if kind and n == strikes:
                self.faults[kind] += 1  # only now: a reply may be cut off before it
                if kind == "empty":
                    return
                if kind.startswith("raises"):
                    raise BackendError("500 Internal Server Error")
                while True:
                    yield ""
            yield f"{asked if n == 0 else f'number{n}'}{',' if n % 6 == 5 else ''} "

    def _kind(self) -> str:
        for every, kind in (
            (STALLS, "stalls"), (STALLS_LATER, "stalls_later"), (RAISES, "raises"), (RAISES_LATER, "raises_later"),
            (EMPTY, "empty"),
        ):  # fmt: skip
            if self._calls % every == 0:
                return kind
        return ""


class FaultyRecognizer(ToneRecognizer):
    """One that raises now and then."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self._calls = 0

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield one transcript. Raises ``BackendError`` at its times."""
        self._calls += 1
        if self._calls % HEARING_FAILS == 0:
            self.faults["hearing_fails"] += 1
            raise BackendError("out of memory")
        yield from super().recognize(audio)


class FaultySynthesizer:
    """One noise, again and again: a word's; raises or gives nothing now and then."""

    rate_hz = MIC_HZ

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self._calls = 0
        count = REPLY_WORD_MS * MIC_HZ // 1000
        self._word = np.random.default_rng(1).uniform(-0.2, 0.2, count).astype(np.float32)

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield a chunk a word. Raises ``BackendError`` at its times."""
        self._calls += 1
        if self._calls % VOICE_FAILS == 0:
            self.faults["voice_fails"] += 1
            raise BackendError("the voice is gone")
        if self._calls % VOICE_MUTE == 0:
            self.faults["voice_mute"] += 1
            return
        at, count = 0, len(self._word)
        for number, word in enumerate(text.split()):
            first = text.index(word, at)
            at = first + len(word)
            yield SpeechChunk(self._word, ((first, at, number * count, (number + 1) * count),))
