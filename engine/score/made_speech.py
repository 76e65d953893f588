"""Speech of espeak-ng as labelled clips.

espeak-ng carries its wave phase from call to call, and only the same calls in a fresh process give the same samples.
So all of a corpus is spoken in one process that does nothing else (``engine/score/making.py``).
"""

import numpy as np
import soxr

from engine.score.clip import Clip, LabelledWord, audible_span, joined, levelled
from engine.score.phrases import SPELLED
from engine.score.speakers import Speaker
from models.ports import MIC_HZ, Samples
from models.tts_espeak import EspeakSynthesizer

SPEECH_DB = -26.0
"""Level of a user's speech over its audible part, re full scale: what a headset gives (ITU-T P.56 aims at -26)."""
_MARGIN = MIC_HZ // 50


def spoken(text: str, speaker: Speaker) -> tuple[Samples, list[tuple[int, int]]]:
    """The sound of a text at ``MIC_HZ`` and the span of each of its words."""
    synthesizer = EspeakSynthesizer(speaker.voice, rate_wpm=speaker.rate_wpm, pitch=speaker.pitch)
    said = " ".join(SPELLED.get(word, word) for word in text.split())
    chunks = list(synthesizer.synthesize(said))
    sound = soxr.resample(np.concatenate([chunk.samples for chunk in chunks]), synthesizer.rate_hz, MIC_HZ)
    scale = MIC_HZ / synthesizer.rate_hz
    spans = [(round(first * scale), round(end * scale)) for c in chunks for _, _, first, end in c.words]
    return np.asarray(sound, dtype=np.float32), spans


def phrase(kind: str, text: str, speaker: Speaker) -> Clip:
    """One stretch of speech, cut to 20 ms around what is audible."""
    sound, spans = spoken(text, speaker)
    sound = levelled(sound, SPEECH_DB)
    first, end = audible_span(sound)
    start = max(0, first - _MARGIN)
    samples = sound[start : end + _MARGIN]
    onset, stop = first - start, end - start
    words = tuple(
        LabelledWord(word, min(max(a - start, onset), stop), min(max(b - start, onset), stop))
        for word, (a, b) in zip(text.split(), spans, strict=False)
    )
    return Clip(f"{text} ({speaker.voice})", kind, speaker.name, "made", samples, onset, stop, text, words)


def paused(kind: str, text: str, speaker: Speaker, pauses_ms: list[int]) -> Clip:
    """A turn with silences where the text has its bars; the parts before them end as if more came."""
    parts = [part.strip() for part in text.split("|")]
    clips = [phrase(kind, part + ("," if part != parts[-1] else ""), speaker) for part in parts]
    return joined(clips, pauses_ms)


def taking_over(text: str, speaker: Speaker) -> Clip:
    """A "yeah, but": one breath, with the place where the floor is taken."""
    soft, rest = (part.strip() for part in text.split("|"))
    clip = phrase("yeah_but", f"{soft}, {rest}", speaker)
    place = clip.words[len(soft.split())].first_sample if len(clip.words) > len(soft.split()) else clip.onset
    return Clip(
        clip.name, clip.kind, clip.speaker, clip.origin, clip.samples, clip.onset, clip.end, clip.text, clip.words,
        take_over=place,
    )  # fmt: skip
