"""A closed set of commands by pocketsphinx, and the honesty to hear nothing in anything else.

A grammar search always finds the sentence of its grammar that fits best, also in a cough. So the same sound is
searched a second time for any sequence of phones at all, and the sentence is believed only where it explains
the sound nearly as well as free phones do: the likelihood-ratio test of utterance verification (Rahim, Lee and
Juang, "Discriminative utterance verification for connected digits recognition", 1997; Young, "Detecting
misrecognitions and out-of-vocabulary words", 1994). pocketsphinx's own probability is 1.0 or nonsense here.

What is heard may be the beginning of a sentence ("stop what was the"), because a barge-in is judged before it
ends. Weak points: sentences that sound like a command pass (14 of 20 people's "turn on the office lights" is "tell me
another story"), lone short words are often withheld, and it knows only its grammar.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from models.companion_grammar import COMPANION_GRAMMAR, PRONUNCIATIONS
from models.jsgf import accepts, sentence_pattern
from models.ports import MIC_HZ, Audio, Samples, Transcript
from models.sphinx_process import WORTH_A_RESTART_SAMPLES, SearchProcess
from models.sphinx_search import GRAMMAR, PHONES
from models.whisper_errands import Errands, Flag
from states.errors import BackendUnavailable

REMEDY = "pip install 'is2s[embedded]'"

_SHORTEST_SAMPLES = MIC_HZ // 10


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When words are believed. Chosen on most of the sounds that tests/test_model_sphinx.py uses, so that its
    numbers flatter; it also tells what came out on sounds that were kept apart.

    ``margin``: least (sentence minus free phones) log likelihood a voiced frame of 10 ms, in the decoder's
    units of ln 1.0001 / 1024. ``covered``: least share of the voiced frames that lie in words.
    ``silent``: greatest share of the words' frames that free phones call silence.
    ``phone_frames``: greatest mean length of a word's phones, in frames of 10 ms.
    """

    margin: float = -4.0
    covered: float = 0.8
    silent: float = 0.55
    phone_frames: float = 25.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well one sentence fits one sound; fields as in ``Thresholds``. ``complete``: the whole sentence."""

    text: str
    complete: bool
    margin: float
    covered: float
    silent: float
    phone_frames: float

    def believable(self, limits: Thresholds) -> bool:
        """Whether the words were said, as far as this evidence tells."""
        # One word that begins a longer command ("what ...") is too little to go by: noise fits it.
        long_enough = self.complete or " " in self.text
        return (
            bool(self.text)
            and long_enough
            and self.margin >= limits.margin
            and self.covered >= limits.covered
            and self.silent <= limits.silent
            and self.phone_frames <= limits.phone_frames
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """Result of one search: words as (word, first frame, end frame, phones), silences left out, and its score as a
    log to the base 1.0001."""

    text: str
    score: float
    words: tuple[tuple[str, int, int, int], ...]
    frames: int


class SphinxRecognizer:
    """A ``SpeechRecognizer`` for the sentences of one JSGF grammar: 0.08 to 0.16 of real time.

    ``grammar``: JSGF text in lower case; ``pronunciations``: word → CMU phone strings, for words that the
    dictionary lacks. ``poll_ms``: see ``Errands``. Construction takes 0.2 to 0.4 s. Nothing is carried from one call
    to the next, so the same sound gives the same words.

    The work is done in a process of its own (``sphinx_process``), one call after the other, so ``recognize`` may be
    iterated in any thread, also in several. Closing an iterator frees its thread within ``poll_ms``; the next call
    waits until the stale one ends or, after a long sound, its process is replaced: some 0.25 s.

    Raises ``BackendUnavailable`` where pocketsphinx is missing, ``ConfigError`` for a grammar that it does not
    accept.
    """

    def __init__(
        self,
        *,
        grammar: str = COMPANION_GRAMMAR,
        pronunciations: Mapping[str, tuple[str, ...]] = PRONUNCIATIONS,
        thresholds: Thresholds | None = None,
        poll_ms: int = 20,
    ) -> None:
        if find_spec("pocketsphinx") is None:
            raise BackendUnavailable("pocketsphinx is not installed", remedy=REMEDY)
        self._thresholds = thresholds or Thresholds()
        self._sentences = sentence_pattern(grammar)
        self._process = SearchProcess(grammar, pronunciations, remedy=REMEDY)
        self._errands = Errands("sphinx", side_by_side=1, poll_ms=poll_ms)

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield an empty transcript every ``poll_ms``, then the one that counts; its text is empty, too, where no
        command was believed.

        ``confidence_pct``: 50 and more for believed words, less for words withheld, -1 where there were none.
        Raises ``BackendError`` where pocketsphinx fails or its process dies; the next call has another process.
        """
        samples, given = audio.samples, Flag()

        def work(report: Callable[[Transcript], None], _: Flag) -> None:
            report(self._transcript(self._weigh(samples, given)))

        answered = False
        try:
            yield from self._errands.run(work)
            answered = True
        finally:
            if not answered and len(samples) > WORTH_A_RESTART_SAMPLES:
                self._process.give_up(given)

    def weigh(self, samples: Samples) -> Evidence | None:
        """The best sentence and how well it fits; None where there is no word in the sound at all.

        Blocks; not beside another call.
        """
        return self._weigh(samples, Flag())

    def close(self) -> None:
        """Take no more work, and end the process."""
        self._errands.close()
        self._process.close()  # so that a search that runs ends now
        self._errands.close(wait=True)

    def _transcript(self, evidence: Evidence | None) -> Transcript:
        if evidence is None:
            return Transcript("")
        believed = evidence.believable(self._thresholds)
        confidence = round(50 + 2 * (evidence.margin - self._thresholds.margin))
        confidence = min(max(confidence, 50), 99) if believed else min(max(confidence, 0), 49)
        return Transcript(evidence.text if believed else "", confidence)

    def _weigh(self, samples: Samples, flag: Flag) -> Evidence | None:
        if len(samples) < _SHORTEST_SAMPLES or not np.any(samples):
            return None
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        told = self._process.search(pcm, flag)
        sentence, phones = _found(told[GRAMMAR]), _found(told[PHONES])
        if sentence is None or phones is None or not sentence.words:
            return None
        in_words = _frames_of(sentence)
        voiced = _frames_of(phones)
        voiced_frames = int(voiced.sum())
        return Evidence(
            text=sentence.text,
            complete=accepts(self._sentences, sentence.text),
            margin=(sentence.score - phones.score) / int((in_words | voiced).sum()),
            covered=int((in_words & voiced).sum()) / voiced_frames if voiced_frames else 0.0,
            silent=int((in_words & ~voiced).sum()) / int(in_words.sum()),
            phone_frames=max((end - first) / count for _, first, end, count in sentence.words),
        )


def _found(told: dict[str, Any] | None) -> _Found | None:
    """What the process tells of one search."""
    if told is None:
        return None
    return _Found(told["text"], told["score"], tuple((*word,) for word in told["words"]), told["frames"])


def _frames_of(found: _Found) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which frames of 10 ms lie in words (or phones) rather than in silence."""
    inside = np.zeros(found.frames + 1, dtype=np.bool_)
    for _, first, end, _ in found.words:
        inside[first:end] = True
    return inside
