"""Words that were probably never said: what Whisper writes when it hears none.

Whisper learned from subtitles, so to noise it answers with what stands under pictures without speech: thanks for
watching, credits of subtitlers, a lone "you", or one phrase over and over. No single sign tells these from speech.
The no-speech probability is a by-product of decoding, high for some short words and low for some noises; the credits
often come with a good log-probability; and people do say "thank you". So the signs are taken together, with two that
Whisper does not have: how long the voice detector heard a voice, and in how much sound.

A loss in either direction has its price: a ghost turn cuts off an answer, a lost word must be said again. Phrases
that nobody says to a machine are therefore doubted at one mild sign, everyday ones only at a strong one or two.

Thresholds of Whisper's own make: ``WEAK_LOGPROB``, ``NO_SPEECH``, ``REPETITIVE`` (openai-whisper 20231117,
``transcribe()``: ``logprob_threshold``, ``no_speech_threshold``, ``compression_ratio_threshold``; Radford et al.,
2022, section 4.5). There the first and the last mean "decode again, hotter"; here there is no second try, so they
mean doubt. All others are this file's own, from reasoning, not fitted: no real weights were at hand when it was
written.
"""

import re

from models.ports import Transcript
from states.phrases import tokens

WEAK_LOGPROB = -1.0
NO_SPEECH = 0.6
REPETITIVE = 2.4

UNSURE_LOGPROB = -0.5
"""Words at this mean log-probability (60 %) are often, but not always, right."""

UNEASY_NO_SPEECH = 0.3
"""Half of Whisper's own threshold: a mild sign."""

SPARSE_SHARE = 0.1
"""Less voice than this in the sound: a lone "yes" of 200 ms with pre-roll and hangover still has 0.15."""

LOOP_WORDS = 24
"""So many words that compress this well are a loop; a person who cries "stop" eight times is not."""

FASTEST_LETTERS_PER_S, VOICE_SLACK_MS = 30, 300
"""Fast English is 6 words or 27 letters a second; a voice detector misses some of a word's beginning and end."""

SLOWEST_LETTERS_PER_S = 6
"""Normal English is 12 to 16 letters a second. So few, over a second of voice or more, fit a noise better."""

CREDITS = tuple(
    tokens(phrase)
    for phrase in (
        "thanks for watching", "thank you for watching", "thank you so much for watching",
        "thank you very much for watching", "thanks for listening", "thank you for listening",
        "please subscribe", "subscribe", "please subscribe to my channel", "don't forget to subscribe",
        "like and subscribe", "please like and subscribe", "see you next time", "see you in the next video",
        "i'll see you next time", "i'll see you in the next video",
        "subtitles by the amara org community", "subtitles by the amaraorg community",
        "transcription by castingwords", "music", "applause", "silence", "blank audio",
    )
)  # fmt: skip
"""Of film credits and video outros. Sources: openai/whisper discussion 679; Barański et al., "Investigation
of Whisper ASR Hallucinations Induced by Non-Speech Audio", ICASSP 2025 (arXiv 2501.11378), which collects a bag of
them; issues of freeflow (111) and vocalinux (334). English only."""

EVERYDAY = tuple(
    tokens(phrase)
    for phrase in (
        "thank you", "thanks", "thank you very much", "thank you so much", "you", "bye", "bye bye", "goodbye",
        "okay", "so", "oh", "ah", "uh", "um", "hmm", "the", "and", "yeah", "i'm sorry", "i'll be right back",
    )
)  # fmt: skip
"""Of the same sources; but people say them too."""

_ANNOTATION = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪[^♪]*(?:♪|$)")
"""What subtitles put in brackets or between notes: sounds, not words."""


def doubt(transcript: Transcript, *, voiced_ms: int, audio_ms: int) -> str:
    """Why these words are probably no one's, or an empty string where they stand (also where there are none).

    ``voiced_ms``: how long the voice detector heard a voice; ``audio_ms``: how long the sound was, silences included.
    Evidence that the transcript lacks (None) speaks neither way. Reasons: ``annotation`` (only "[music]" and the
    like), ``no_speech``, ``low_logprob``, ``too_fast``, ``repetition``, ``hallucination_phrase``. A pure function.
    """
    if not transcript.text.strip():
        return ""
    words = tokens(_ANNOTATION.sub(" ", transcript.text))
    letters = sum(map(len, words))
    if not letters:
        return "annotation"
    voiced_ms = max(0, min(voiced_ms, audio_ms))
    weak = _below(transcript.avg_logprob, WEAK_LOGPROB)
    unsure = _below(transcript.avg_logprob, UNSURE_LOGPROB)
    quiet = _above(transcript.no_speech_prob, NO_SPEECH)
    sparse = voiced_ms < SPARSE_SHARE * audio_ms
    meagre = voiced_ms >= 1000 and letters * 1000 < SLOWEST_LETTERS_PER_S * voiced_ms
    if quiet and (weak or unsure or sparse or meagre):
        return "no_speech"
    if weak:
        return "low_logprob"
    if letters * 1000 > FASTEST_LETTERS_PER_S * (voiced_ms + VOICE_SLACK_MS):
        return "too_fast"
    repetitive = _above(transcript.compression_ratio, REPETITIVE)
    if repetitive and (len(words) >= LOOP_WORDS or quiet or unsure or meagre):
        return "repetition"
    mild = sum((unsure, _above(transcript.no_speech_prob, UNEASY_NO_SPEECH), sparse, meagre))
    if _only(words, EVERYDAY):
        return "hallucination_phrase" if quiet or mild >= 2 else ""
    return "hallucination_phrase" if mild and _only(words, CREDITS + EVERYDAY) else ""


def _below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def _only(words: tuple[str, ...], phrases: tuple[tuple[str, ...], ...]) -> bool:
    """True where the words are these phrases, one after the other, and nothing else."""
    reached = {0}
    for at in range(len(words)):
        if at in reached:
            reached |= {at + len(phrase) for phrase in phrases if words[at : at + len(phrase)] == phrase}
    return len(words) in reached
