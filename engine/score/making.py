"""All made clips of a corpus, made in one process that does nothing else, so that they are the same every time."""

import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from engine.score.acoustics import mixed
from engine.score.classes import EventClass, event_class
from engine.score.clip import Clip
from engine.score.made_noises import noise_clip, steady
from engine.score.made_speech import paused, phrase, spoken, taking_over
from engine.score.phrases import OPENING, PHRASES, SECOND, STORY, Split
from engine.score.speakers import ASSISTANT, SPEAKERS, Speaker
from models.ports import MIC_HZ, Samples

_GHOST_NOISES = ("fan", "typing", "music", "hiss", "vocal")
_VOCAL = ("cough", "laugh", "throat", "hum", "sigh")


@dataclass(frozen=True, slots=True)
class Script:
    """A text of the assistant's with its sound and the span of each word, in samples at ``MIC_HZ``."""

    text: str
    samples: Samples
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """``clips`` by class; what the assistant says first and afterwards; a spoken request for the first."""

    clips: dict[str, tuple[Clip, ...]]
    story: Script
    second: Script
    opening: Clip


def make(split: Split, seed: int, counts: dict[str, int]) -> Made:
    """Make so many clips of each class. Blocks: about 5 ms a second of speech, and a second for the process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(_make, split, seed, counts).result()


def _make(split: Split, seed: int, counts: dict[str, int]) -> Made:
    story, second = _script(STORY), _script(SECOND)
    clips = {kind: tuple(_clips(event_class(kind), split, seed, count)) for kind, count in counts.items()}
    return Made(clips, story, second, phrase("command", OPENING, SPEAKERS[split][0]))


def _script(text: str) -> Script:
    """The assistant's words. Without punctuation, so that it does not pause: a pause would void a trial."""
    plain = " ".join(word.strip(".,") for word in text.split())
    sound, spans = spoken(plain, Speaker(ASSISTANT, 170))
    first = spans[0][0]
    samples = (sound[first:] * (0.25 / float(np.max(np.abs(sound))))).astype(np.float32)
    shifted = [(a - first, b - first) for a, b in spans]
    ends = [*(start for start, _ in shifted[1:]), len(samples)]  # a word lasts until the next begins
    return Script(text, samples, tuple((start, end) for (start, _), end in zip(shifted, ends, strict=True)))


def _clips(kind: EventClass, split: Split, seed: int, count: int) -> Sequence[Clip]:
    rng = np.random.default_rng([seed, zlib.crc32(f"{split} {kind.name}".encode())])
    if kind.name == "room_noise":
        return [_room_noise(split, number, rng) for number in range(count)]
    phrases = PHRASES[split].get(kind.name)
    if phrases is None:
        return [noise_clip(kind.name, f"{kind.name}-{split}-{n}", f"made:{split}-{n}", rng) for n in range(count)]
    pairs = [(text, speaker) for text in phrases for speaker in SPEAKERS[split]]
    order = [pairs[int(place)] for place in rng.permutation(len(pairs))]
    return [_say(kind.name, *order[number % len(order)], rng) for number in range(count)]


def _say(kind: str, text: str, speaker: Speaker, rng: np.random.Generator) -> Clip:
    if kind == "yeah_but":
        return taking_over(text, speaker)
    if "|" in text:
        low, high = (2000, 3000) if kind == "pause_long" else (400, 1000)
        return paused(kind, text, speaker, [int(rng.integers(low, high)) for _ in range(text.count("|"))])
    return phrase(kind, text, speaker)


def _room_noise(split: Split, number: int, rng: np.random.Generator) -> Clip:
    """Ten seconds, to be repeated: a steady noise, or somebody who coughs and hums and says nothing."""
    noise = _GHOST_NOISES[number % len(_GHOST_NOISES)]
    length = 10 * MIC_HZ
    if noise == "vocal":
        samples = np.zeros(length, dtype=np.float32)
        for at_s in (1, 4, 7):
            mixed(samples, noise_clip(str(rng.choice(_VOCAL)), "", "", rng).samples, at_s * MIC_HZ)
    else:
        samples = steady(noise, length, rng)
    return Clip(f"{noise}-{split}-{number}", "room_noise", f"made:{split}", "made", samples, 0, length)
