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

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from models.companion_grammar import COMPANION_GRAMMAR, PRONUNCIATIONS
from models.jsgf import accepts, sentence_pattern
from models.ports import MIC_HZ, Audio, Samples, Transcript
from states.errors import BackendError, BackendUnavailable, ConfigError

REMEDY = "pip install 'is2s[embedded]'"

_LOG_BASE = math.log(1.0001)
_SILENCES = frozenset({"<s>", "</s>", "<sil>", "SIL", "[NOISE]", "[SPEECH]", "+NSN+", "+SPN+"})
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
    """Result of one search: words with (first, end) frames, silences left out, and its score a log base 1.0001."""

    text: str
    score: float
    words: tuple[tuple[str, int, int], ...]
    frames: int


class SphinxRecognizer:
    """A ``SpeechRecognizer`` for the sentences of one JSGF grammar: 0.10 to 0.16 of real time, 30 MB.

    ``grammar``: JSGF text in lower case; ``pronunciations``: word → CMU phone strings, for words that the
    dictionary lacks. Construction takes about 0.3 s. One thread at a time. Nothing is carried from one call
    to the next, so the same sound gives the same words. Raises ``BackendUnavailable`` where pocketsphinx is
    missing, ``ConfigError`` for a grammar that it does not accept.
    """

    def __init__(
        self,
        *,
        grammar: str = COMPANION_GRAMMAR,
        pronunciations: Mapping[str, tuple[str, ...]] = PRONUNCIATIONS,
        thresholds: Thresholds | None = None,
    ) -> None:
        if find_spec("pocketsphinx") is None:
            raise BackendUnavailable("pocketsphinx is not installed", remedy=REMEDY)
        import pocketsphinx

        self._thresholds = thresholds or Thresholds()
        self._sentences = sentence_pattern(grammar)
        try:
            # lm=None: the general language model is not used, and takes 55 MB and 0.8 s to load.
            self._decoder: Any = pocketsphinx.Decoder(samprate=MIC_HZ, lm=None, loglevel="FATAL", beam=1e-64)
            self._decoder.add_allphone_file("phones", pocketsphinx.get_model_path("en-us/en-us-phone.lm.bin"))
        except (RuntimeError, ValueError, OSError) as error:
            raise BackendUnavailable(f"pocketsphinx does not start: {error}", remedy=REMEDY) from error
        try:
            self._add_words(pronunciations)
            self._decoder.add_jsgf_string("grammar", grammar)
        except (RuntimeError, ValueError) as error:
            raise ConfigError(f"the grammar is not JSGF, or has a word that the dictionary lacks: {error}") from error

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield one transcript; its text is empty where no command was believed. Blocks until it is found.

        ``confidence_pct``: 50 and more for believed words, less for words withheld, -1 where there were none.
        Raises ``BackendError`` where pocketsphinx fails.
        """
        evidence = self.weigh(audio.samples)
        if evidence is None:
            yield Transcript("")
            return
        believed = evidence.believable(self._thresholds)
        confidence = round(50 + 2 * (evidence.margin - self._thresholds.margin))
        confidence = min(max(confidence, 50), 99) if believed else min(max(confidence, 0), 49)
        yield Transcript(evidence.text if believed else "", confidence)

    def weigh(self, samples: Samples) -> Evidence | None:
        """The best sentence and how well it fits; None where there is no word in the sound at all."""
        if len(samples) < _SHORTEST_SAMPLES or not np.any(samples):
            return None
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        sentence = self._search("grammar", pcm)
        phones = self._search("phones", pcm)
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
            phone_frames=max((end - first) / self._phones_of(word) for word, first, end in sentence.words),
        )

    def _search(self, name: str, pcm: bytes) -> _Found | None:
        """One search over the whole sound at once: cepstral means are then those of this sound alone."""
        decoder = self._decoder
        try:
            # Without this, the first frames are scored by what the sound before has left behind.
            decoder.reinit_feat()
            decoder.activate_search(name)
            decoder.start_utt()
            decoder.process_raw(pcm, False, True)
            # Asked before the end, it may stop anywhere in the grammar. Asked afterwards, only where a sentence
            # ends: then often at an earlier frame and with a score that compares with nothing.
            best = decoder.hyp()
            segments = [(s.word, s.start_frame, s.end_frame + 1) for s in decoder.seg() or ()] if best else []
            frames = decoder.n_frames()
            decoder.end_utt()
        except RuntimeError as error:
            raise BackendError(f"pocketsphinx failed: {error}") from error
        if best is None or best.score <= 0.0:
            return None
        return _Found(
            text=str(best.hypstr),
            score=math.log(best.score) / _LOG_BASE,
            words=tuple(segment for segment in segments if segment[0] not in _SILENCES),
            frames=frames,
        )

    def _phones_of(self, word: str) -> int:
        phones = self._decoder.lookup_word(word)
        return len(phones.split()) if phones else 1

    def _add_words(self, pronunciations: Mapping[str, tuple[str, ...]]) -> None:
        for word, variants in pronunciations.items():
            for number, phones in enumerate(variants, start=1):
                name = word if number == 1 else f"{word}({number})"
                if self._decoder.lookup_word(name) is None:
                    self._decoder.add_word(name, phones, True)


def _frames_of(found: _Found) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which frames of 10 ms lie in words (or phones) rather than in silence."""
    inside = np.zeros(found.frames + 1, dtype=np.bool_)
    for _, first, end in found.words:
        inside[first:end] = True
    return inside
