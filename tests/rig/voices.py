"""Models for conversations in true voices: espeak speaks without end, the user's clips are known by their sound."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from engine.audio.wav_source import read_audio
from models import registry
from models.ports import Audio, Samples, SpeechChunk, SpeechRecognizer, Transcript
from models.tts_espeak import EspeakSynthesizer
from states.history import Entry
from tests.echo_trials import CLIPS, SPEECH_DB, levelled

USERS = {
    "stop_what_number": "stop what was the last number you said",
    "what_thing_m3": "what was the last thing you said",
    "what_number": "what was the last number you said",
    "tell_me_a_story": "tell me a story",
}
TALE = Path(__file__).resolve().parents[2] / "LICENSE"
ALIKE = 0.3
"""Likeness of a clip's beginning and its best place in what was heard. Of one clip and another it is 0.07 to 0.21, of
a clip and the assistant's voice below 0.18 (measured)."""

ESPEAK_GAIN_DB = SPEECH_DB + 20.6
"""Measured: what it speaks has -20.6 dB where it is speech."""


@cache
def said(name: str) -> Samples:
    """A clip of the user's, its speech at the level of all speech, from its first sound on."""
    sound = levelled(read_audio(CLIPS / f"{name}.flac"))
    first = int(np.argmax(np.abs(sound) > 0.02 * np.abs(sound).max()))
    return sound[first:]


def likeness(heard: Samples, sound: Samples) -> float:
    """Of a sound and the stretch of what was heard that is most like it, in [0, 1]."""
    count = min(len(sound), len(heard))
    sound = sound[:count]
    size = 1 << (len(heard) + count).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(sound, size)), size)
    product = product[: len(heard) - count + 1]
    power = np.cumsum(np.concatenate(([0.0], np.square(heard, dtype=np.float64))))
    energy = np.maximum(power[count:] - power[:-count], 1e-9) * float(np.dot(sound, sound))
    return float(np.max(np.abs(product) / np.sqrt(energy))) if count else 0.0


class ClipRecognizer:
    """Hears the user's clips where they are; in anything else what the embedded profile's recogniser hears.

    So the assistant's own voice, or what a canceller left of it, may be taken for words as in a true session. Where
    pocketsphinx is not installed nothing is heard in it.
    """

    def __init__(self) -> None:
        ready = registry.available("stt", "sphinx").ready
        self._other: SpeechRecognizer | None = registry.create("stt", "sphinx") if ready else None

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield transcripts, the last of which counts. Half a second of a clip tells which it is."""
        found = {name: likeness(audio.samples, said(name)[:12000]) for name in USERS}
        best = max(found, key=lambda name: found[name])
        if found[best] > ALIKE:
            yield Transcript(USERS[best], 95)
        elif self._other is None:
            yield Transcript("", -1)
        else:
            yield from self._other.recognize(audio)


class Reader:
    """Reads a long text out, whatever it is asked; the words are nobody's but its own."""

    def stream(self, messages: Sequence[Entry]) -> Iterator[str]:
        """Yield it in sentences, over and over; where to begin depends on how much was said before."""
        words = TALE.read_text(encoding="utf-8").replace('"', "").split()
        at = 97 * len(messages)
        for number in range(20_000):
            end = ". " if number % 9 == 8 else " "
            yield words[(at + number) % len(words)].strip(".,;:()") + end


class LevelSynthesizer(EspeakSynthesizer):
    """espeak at about the level of all speech."""

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield what espeak does."""
        gain = np.float32(10 ** (ESPEAK_GAIN_DB / 20))
        for chunk in super().synthesize(text):
            yield SpeechChunk(chunk.samples * gain, chunk.words)
