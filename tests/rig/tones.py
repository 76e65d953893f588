"""A language of tones, with models that understand and speak it: quick, exact, and never in need of the GIL for long.

The user's words are tones, one pitch a word. The assistant's are noise, every one different from all others, so that
any stretch of a recording tells which samples of which reply it holds.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from models.ports import MIC_HZ, Audio, Samples, SpeechChunk, Transcript
from states.history import Entry
from states.history import spoken as spoken_only

PITCHES_HZ = {"go": 300, "on": 450, "what": 600, "now": 750, "stop": 900, "hello": 1050, "there": 1200, "yes": 1350}

WORD_MS = 150
REPLY_WORD_MS = 200
LEVEL = 0.2
"""Of the assistant's noise, root mean square about 0.115."""

_HOP = 160
_WINDOW = 480


def spoken(words: str) -> Samples:
    """The user's words, without a pause."""
    count = WORD_MS * MIC_HZ // 1000
    ramp = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / 40)
    time_s = np.arange(count) / MIC_HZ
    tones = [0.4 * ramp * np.sin(2 * np.pi * PITCHES_HZ[word] * time_s) for word in words.split()]
    return np.concatenate(tones).astype(np.float32)


def cough(seed: int, ms: int = 200) -> Samples:
    """A burst of noise: loud, and no word of the language."""
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, ms * MIC_HZ // 1000)
    return noise.astype(np.float32)


class ToneRecognizer:
    """Hears words by their pitch; noise has none."""

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield one transcript."""
        heard: list[str] = []
        run, count = "", 0
        for start in range(0, len(audio.samples) - _WINDOW + 1, _HOP):
            word = _word(audio.samples[start : start + _WINDOW])
            count = count + 1 if word == run else 1
            run = word
            if word and count == 5:
                heard.append(word)
        yield Transcript(" ".join(heard), 95 if heard else -1)


def _word(window: Samples) -> str:
    if np.abs(window).max() < 0.05:
        return ""
    power = np.abs(np.fft.rfft(window * np.hanning(len(window)))) ** 2
    peak = int(power.argmax())
    if power[max(0, peak - 2) : peak + 3].sum() < 0.8 * power.sum():
        return ""
    hz = peak * MIC_HZ / len(window)
    return next((word for word, pitch in PITCHES_HZ.items() if abs(hz - pitch) < 50), "")


def noise(word: int) -> Samples:
    """The sound of the assistant's so-manyth word."""
    count = REPLY_WORD_MS * MIC_HZ // 1000
    return np.random.default_rng(word).uniform(-LEVEL, LEVEL, count).astype(np.float32)


class NoiseSynthesizer:
    """Speaks each word as noise of its own."""

    rate_hz = MIC_HZ

    def __init__(self) -> None:
        self._words = 0

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield a chunk a word."""
        count = REPLY_WORD_MS * MIC_HZ // 1000
        at = 0
        for number, word in enumerate(text.split()):
            first = text.index(word, at)
            at = first + len(word)
            self._words += 1
            yield SpeechChunk(noise(self._words), ((first, at, number * count, (number + 1) * count),))


class TalkativeModel:
    """Answers "hello" in two words, and anything else in six hundred."""

    def stream(self, messages: Sequence[Entry]) -> Iterator[str]:
        """Yield the answer word by word."""
        asked = next(m.text for m in reversed(spoken_only(messages)) if m.role == "user")
        numbers = [f"number{n}," if n % 6 == 5 else f"number{n}" for n in range(600)]
        for word in ["Hello", "yourself."] if "hello" in asked else numbers:
            yield word + " "
