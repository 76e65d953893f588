"""Who hears the words in a trial.

``labels`` is an oracle: it is given the words and their places, and makes as many mistakes as it is told to. Its
results are a bound on what the engine's own rules can do, never on a recogniser, and are flagged wherever they are
shown. It never hears our own echo.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.score.classes import ScoreError
from engine.score.clip import LabelledWord
from models import registry
from models.ports import Audio, SpeechRecognizer, Transcript

KINDS = "labels, sphinx, whisper:PATH or none"

_MISHEARD = ("the", "a", "blue", "then", "our", "four", "is", "land")


@dataclass(frozen=True, slots=True)
class Listening:
    """``kind`` as on the command line; ``wer_pct``: how many of the oracle's words are another word."""

    kind: str = "labels"
    wer_pct: int = 0

    def __post_init__(self) -> None:
        """Raise ``ScoreError`` for a kind that does not exist."""
        if self.kind not in ("labels", "sphinx", "none") and not self.kind.startswith("whisper:"):
            raise ScoreError(f"unknown recogniser {self.kind!r}; it must be {KINDS}")
        if not 0 <= self.wer_pct <= 100:
            raise ScoreError(f"the word error rate must be 0 to 100, not {self.wer_pct}")
        if self.wer_pct and self.kind != "labels":
            raise ScoreError(
                "a word error rate goes with the recogniser 'labels' only; others make their own mistakes"
            )

    @property
    def oracle(self) -> bool:
        """Whether the words are known rather than heard."""
        return self.kind == "labels"


class LabelRecognizer:
    """The words whose places lie at least half within the sound that is given."""

    def __init__(self, words: Sequence[LabelledWord], wer_pct: int = 0, seed: int = 0) -> None:
        self._words = tuple(_misheard(word, wer_pct, seed) for word in words)

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield the one transcript; it claims no confidence."""
        first, end = audio.first_sample, audio.first_sample + len(audio.samples)
        heard = [
            w.text
            for w in self._words
            if 2 * (min(end, w.end_sample) - max(first, w.first_sample)) >= max(1, w.end_sample - w.first_sample)
        ]
        yield Transcript(" ".join(heard))


class NoWords:
    """Understands nothing."""

    def recognize(self, audio: Audio) -> Iterator[Transcript]:  # noqa: ARG002 - the protocol's signature
        """Yield an empty transcript."""
        yield Transcript("")


def recogniser(listening: Listening) -> Callable[[Sequence[LabelledWord], int], SpeechRecognizer]:
    """From a trial's words and seed to its recogniser; real ones are made once. Raises ``BackendUnavailable``."""
    if listening.kind == "labels":
        return lambda words, seed: LabelRecognizer(words, listening.wer_pct, seed)
    if listening.kind == "none":
        return lambda _words, _seed: NoWords()
    name, _, path = listening.kind.partition(":")
    real: SpeechRecognizer = registry.create("stt", name, **({"model": path} if path else {}))
    return lambda _words, _seed: real


def _misheard(word: LabelledWord, wer_pct: int, seed: int) -> LabelledWord:
    dice = zlib.crc32(f"{seed} {word.first_sample} {word.text}".encode())
    if dice % 100 >= wer_pct:
        return word
    return LabelledWord(_MISHEARD[dice // 100 % len(_MISHEARD)], word.first_sample, word.end_sample)
