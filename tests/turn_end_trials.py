"""Turns of real recordings with the places where they pause and end: what ``tests/bench_turn_end.py`` measures on.

Real pauses are found by Silero in human clips, which have no words here: they
tell of sound only. Dictations are real digits joined with made pauses. The phrases of vap_phrases are of
synthetic voices and are cut where the short phrase ends: there is no pause there, only a sound that goes on.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.audio.wav_source import read_audio
from models import registry
from models.ports import FRAME_SAMPLES, MIC_HZ, Samples
from tests.shared_data import SHARED
from tests.turn_prosody import Values, measures

PAUSE_MS = 200
"""Shorter silences ask nobody."""
FRAME_MS = FRAME_SAMPLES * 1000 // MIC_HZ


CORPORA = ("conversation/vap_phrases", "speech/fsdd", "speech/barista", "speech/librivox")


def lacking() -> str | None:
    """Why there are no turns to be had, or None."""
    absent = [name for name in CORPORA if not (SHARED / name).is_dir()]
    return f"there are no recordings in ../shared/data: {', '.join(absent)}" if absent else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where speech falls silent: the words so far, their sound measured, how long until it goes on (None: end)."""

    text: str
    row: Values
    pause_ms: int | None


@dataclass(frozen=True, slots=True)
class Turn:
    """``test``: held out, by speaker where speakers are known, else by clip."""

    corpus: str
    speaker: str
    test: bool
    places: tuple[Place, ...]


def phrases() -> Iterator[Turn]:
    """The same words, complete and going on; the voice G is held out."""
    for path in sorted((SHARED / "conversation/vap_phrases").glob("*_short_*.wav")):
        voice = path.stem[-1]
        short, long = _textgrid(path.stem), _textgrid(path.stem.replace("_short_", "_long_"))
        sound, goes_on = read_audio(path), read_audio(path.with_name(path.name.replace("_short_", "_long_")))
        text, end = " ".join(w for w, _ in short), short[-1][1]
        if [w for w, _ in long[: len(short)]] != [w for w, _ in short]:
            continue
        cut = long[len(short) - 1][1]
        places = (
            Place(text, measures(goes_on[: int(cut * MIC_HZ)]), 0),
            Place(text, measures(sound[: int(end * MIC_HZ)]), None),
        )
        yield Turn("vap_phrases", voice, voice == "G", places)


def dictations(of_each: int = 20, seed: int = 5) -> Iterator[Turn]:
    """Ten digits in groups of 3, 3 and 4; between groups a made pause, 600 ms in the median.

    Two speakers are held out. The digits were spoken singly: their melody cannot tell a pause from an end.
    """
    rng = np.random.default_rng(seed)
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    clips: dict[str, dict[int, list[Samples]]] = {}
    for path in sorted((SHARED / "speech/fsdd").glob("*_*_*.wav")):
        digit, speaker, _ = path.stem.split("_")
        clips.setdefault(speaker, {}).setdefault(int(digit), []).append(read_audio(path))
    for nth, (speaker, by_digit) in enumerate(sorted(clips.items())):
        for _ in range(of_each):
            sound, words, places = [], [], []
            for size in (3, 3, 4):
                for _ in range(size):
                    said = int(rng.choice(sorted(by_digit)))
                    sound += [by_digit[said][rng.integers(len(by_digit[said]))], np.zeros(MIC_HZ // 12, np.float32)]
                    words.append(names[said])
                pause = int(np.clip(600 * np.exp(0.4 * rng.standard_normal()), 250, 1800))
                heard = np.concatenate(sound[:-1])
                places.append(Place(" ".join(words), measures(heard), pause if len(words) < 10 else None))
                sound.append(np.zeros(pause * MIC_HZ // 1000, np.float32))
            yield Turn("dictation", speaker, nth >= len(clips) - 2, tuple(places))


def human() -> Iterator[Turn]:
    """Human clips cut at the pauses in them; each is taken for a speaker of its own, for none is named.

    Orders at a coffee bar, and sentences of a reader; the times of their words are not known, so these have no text.
    """
    vad = registry.create("vad", "silero")
    barista = SHARED / "speech/barista"
    for path in [*sorted((barista / "wav").glob("*.wav")), *sorted((SHARED / "speech/librivox").glob("*.wav"))]:
        sound = read_audio(path)
        vad.reset()
        whole = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        spoken = np.flatnonzero([vad.probability(frame) > 0.35 for frame in whole])
        if not len(spoken):
            continue
        places = []
        for at, following in zip(spoken, [*spoken[1:], None], strict=True):
            pause = None if following is None else int(following - at - 1) * FRAME_MS
            if pause is None or pause >= PAUSE_MS:
                end = int(at + 1) * FRAME_SAMPLES
                places.append(Place("", measures(sound[:end]), pause))
        corpus = "barista" if barista in path.parents else "librivox"
        yield Turn(corpus, path.stem, zlib.crc32(path.stem.encode()) % 2 == 1, tuple(places))


def _textgrid(stem: str) -> list[tuple[str, float]]:
    """The words of a phrase with their ends in seconds."""
    text = (SHARED / "conversation/vap_phrases" / f"{stem}.TextGrid").read_text().split("item [2]")[0]
    found = re.findall(r'xmax = ([\d.]+)\s+text = "([^"]*)"', text)
    return [(word, float(end)) for end, word in found if word.strip()]
