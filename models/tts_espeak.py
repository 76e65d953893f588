"""Speech by espeak-ng: robotic, instant, nothing to download, and exact about where each word lies.

Text is spoken in pieces of a sentence or so. A piece is synthesised to its end in one call (1 to 5 ms for a
second of sound, by how busy the machine is: under 0.1 s for a piece), then handed out in chunks of 0.1 s. Nothing is
held between two chunks, so closing the iterator ends the work at once; no callback has to be stopped half-way.
"""

import re
from collections.abc import Iterator

from models.ports import SpeechChunk
from models.tts_espeak_library import EspeakLibrary, Voice, shared_library
from models.tts_espeak_words import marked_ssml, word_spans, written_words
from states.errors import ConfigError
from states.events import WordSpan

PIECE_CHARACTERS = 240
"""A longer text is divided at sentence ends, or where there are none at white space: about 16 s of speech."""

_SENTENCE_END = re.compile(r"[.!?…]['\"”’)\]]*\s+")

_RANGES = {"rate_wpm": (80, 450), "volume": (0, 200), "pitch": (0, 100)}


class EspeakSynthesizer:
    """A ``SpeechSynthesizer`` on espeak-ng. Several may exist, with different voices, in any threads.

    ``voice``: an espeak name ("en-us", "en", "en-us+f3", "de"); ``rate_wpm``: 80 to 450 words a minute;
    ``volume``: 0 to 200, 100 being normal; ``pitch``: 0 to 100, 50 being normal.
    Raises ``BackendUnavailable`` where the library is missing, ``ConfigError`` for an unknown voice or a
    value out of range. The pause that espeak-ng appends to a sentence stays in the sound.
    """

    def __init__(self, voice: str = "en-us", *, rate_wpm: int = 170, volume: int = 100, pitch: int = 50) -> None:
        for name, value in (("rate_wpm", rate_wpm), ("volume", volume), ("pitch", pitch)):
            low, high = _RANGES[name]
            if not low <= value <= high:
                raise ConfigError(f"espeak {name} is {value}; it must be {low} to {high}")
        self._voice = Voice(voice, rate_wpm, volume, pitch)
        self._library: EspeakLibrary = shared_library()
        self._library.check_voice(self._voice)

    @property
    def rate_hz(self) -> int:
        """22 050: the rate of all voices of espeak-ng."""
        return self._library.rate_hz

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield chunks of at most 0.1 s, each with the words that begin in it.

        Blocks for 5 to 40 ms before the first chunk of each piece. Text without a letter, digit or symbol
        yields nothing.
        """
        chunk_samples = self.rate_hz // 10
        spoken = 0
        for first, piece in _pieces(text):
            words = written_words(piece)
            if not words:
                continue
            samples, events = self._library.speak(marked_ssml(piece, words), self._voice)
            spans = _shifted(word_spans(words, events, len(samples)), first, spoken)
            given = 0
            for start in range(0, len(samples), chunk_samples):
                chunk = samples[start : start + chunk_samples]
                last = start + len(chunk) == len(samples)
                begun = given
                while begun < len(spans) and (last or spans[begun][2] < spoken + start + len(chunk)):
                    begun += 1
                yield SpeechChunk(chunk, spans[given:begun])
                given = begun
            spoken += len(samples)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Divide ``text`` into (first character, piece), each piece at most ``PIECE_CHARACTERS`` where it can be."""
    first = 0
    while len(text) - first > PIECE_CHARACTERS:
        window = text[first : first + PIECE_CHARACTERS]
        ends = [match.end() for match in _SENTENCE_END.finditer(window)]
        if not ends:
            ends = [match.end() for match in re.finditer(r"\s+", window)]
        if not ends:
            # One word longer than a piece: give it whole rather than speak two halves.
            following = re.search(r"\s+", text[first:])
            ends = [following.end()] if following else [len(text) - first]
        yield first, text[first : first + ends[-1]]
        first += ends[-1]
    yield first, text[first:]


def _shifted(spans: tuple[WordSpan, ...], characters: int, samples: int) -> tuple[WordSpan, ...]:
    """The spans of a piece, counted from the start of the whole text and of its sound."""
    return tuple(
        (first + characters, end + characters, start + samples, stop + samples) for first, end, start, stop in spans
    )
