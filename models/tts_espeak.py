"""Speech by espeak-ng: robotic, instant, nothing to download, and exact about where each word lies.

Text is made plain first (``models.speakable``) and spoken in pieces of a sentence or so; word places are those of the
written text. A piece is synthesised to its end in one call (1 to 5 ms for a second of sound, by how busy the machine
is: under 0.1 s for a piece), then handed out in chunks of 0.1 s. Nothing is held between two chunks, so closing the
iterator ends the work at once; no callback has to be stopped half-way.
"""

import re
from collections.abc import Iterator, Sequence

from models.ports import SpeechChunk
from models.speakable import Spoken, SpokenWord, speakable, written_spans
from models.tts_espeak_library import EspeakLibrary, Voice, shared_library
from models.tts_espeak_words import marked_ssml, places_of, word_spans
from states.errors import ConfigError

PIECE_CHARACTERS = 240
"""A longer text is divided at sentence ends, or where there are none between two words: about 16 s of speech."""

_SENTENCE_MARKS = (".", "!", "?")

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
        self._english = re.split(r"[-+]", voice)[0] == "en"
        self._library: EspeakLibrary = shared_library()
        self._library.check_voice(self._voice)

    @property
    def rate_hz(self) -> int:
        """22 050: the rate of all voices of espeak-ng."""
        return self._library.rate_hz

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield chunks of at most 0.1 s, each with the words that begin in it.

        Blocks for 5 to 40 ms before the first chunk of each piece. Text with nothing to say yields nothing.
        """
        chunk_samples = self.rate_hz // 10
        spoken = 0
        for piece in _pieces(speakable(text, english=self._english).words):
            places = places_of(piece)
            samples, events = self._library.speak(marked_ssml(piece.text, places), self._voice)
            found = written_spans(piece, word_spans(places, events, len(samples)))
            spans = tuple((first, end, start + spoken, stop + spoken) for first, end, start, stop in found)
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


def _pieces(words: Sequence[SpokenWord]) -> Iterator[Spoken]:
    """Divide what is to be said; a piece has at most ``PIECE_CHARACTERS`` where it can, and one word at least."""
    first = 0
    while first < len(words):
        end, length = first, 0
        while end < len(words) and (end == first or length + len(words[end].text) <= PIECE_CHARACTERS):
            length += len(words[end].text) + 1
            end += 1
        if end < len(words):
            whole = (i for i in range(end, first, -1) if words[i - 1].text.endswith(_SENTENCE_MARKS))
            end = next(whole, end)
        yield Spoken(tuple(words[first:end]))
        first = end
