"""The assistant of a trial: a script that it says first, another for all that comes after, both with known sounds.

A clause is cut out of the script's one rendering, so that the reply sounds the same however it is divided, in every
run and in every process, and the place of each word in it is known without asking the engine.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from engine.score.making import Script
from models.ports import MIC_HZ, SpeechChunk
from models.scripted import ScriptedAnswer, ScriptedLanguageModel, ScriptedSynthesizer
from states.errors import ConfigError
from states.judge import tokens

_CHUNK = MIC_HZ // 10


class ScriptVoice:
    """A synthesiser that knows some texts by heart. What is in none of them it gives to ``ScriptedSynthesizer``."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self._scripts = tuple((script, _words(script.text)) for script in scripts)
        self._other = ScriptedSynthesizer()
        for script, words in self._scripts:
            if len(words) != len(script.spans):
                raise ConfigError(f"a script has {len(words)} words and {len(script.spans)} spans")

    @property
    def rate_hz(self) -> int:
        """The microphone's: nothing is resampled, so that samples can be told again in the output."""
        return MIC_HZ

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield the words' own stretch of the rendering, 0.1 s at a time."""
        said = tuple(tokens(text))
        for script, words in self._scripts:
            for first in range(len(words) - len(said) + 1) if said else ():
                if words[first : first + len(said)] == said:
                    yield from _chunks(script, text, first, len(said))
                    return
        yield from self._other.synthesize(text)


def language_model(story: Script, second: Script) -> ScriptedLanguageModel:
    """Tells the story once and gives the second answer to everything after it."""
    return ScriptedLanguageModel([ScriptedAnswer(story.text), ScriptedAnswer(second.text)])


def _words(text: str) -> tuple[str, ...]:
    return tuple(tokens(text))


def _chunks(script: Script, text: str, first: int, count: int) -> Iterator[SpeechChunk]:
    begin, end = script.spans[first][0], script.spans[first + count - 1][1]
    places, at = [], 0
    written = [word for word in text.split() if tokens(word)]
    for word, (start, stop) in zip(written, script.spans[first : first + count], strict=True):
        char = text.index(word, at)
        at = char + len(word)
        places.append((char, at, start - begin, stop - begin))
    sound = np.asarray(script.samples[begin:end])
    for start in range(0, len(sound), _CHUNK):
        stop = start + _CHUNK
        yield SpeechChunk(sound[start:stop], tuple(p for p in places if start <= p[2] < stop))
