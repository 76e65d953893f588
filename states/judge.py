"""The verdict on speech: does it take the floor, and are these words a turn?

Pure functions from evidence to a verdict with its reason. During a reply the order of the questions is:
the very words being played (even "stop", should the reply say so: the key always works)? else,
a stop phrase at its head, however short or unsure? else, long enough, believed, not doubted, and any word more than a
backchannel?
else, already silent? Otherwise more evidence is awaited, up to a deadline, at which length of voice alone decides.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from states.events import UtteranceAssessed, UtteranceTranscribed
from states.own_words import are_own
from states.settings import DialogueSettings


class Verdict(Enum):
    """What is to become of speech heard during a reply."""

    INTERRUPT = "interrupt"
    DISMISS = "dismiss"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and why."""

    verdict: Verdict
    reason: str


def judge(
    evidence: UtteranceAssessed, settings: DialogueSettings, own: tuple[str, ...] = (), *, suspicious: bool = False
) -> Judgement:
    """Judge speech heard during a reply. ``own``: words of the reply that may be in it as echo."""
    words = tokens(evidence.text)
    if are_own(words, own, settings, suspicious=suspicious):
        return _unless_ended(evidence, "own_words")
    content = _after(words, _phrases(settings.backchannels + settings.fillers))
    if _head(content, _phrases(settings.stop_phrases)):
        return Judgement(Verdict.INTERRUPT, "stop_phrase")
    if evidence.voiced_ms < settings.min_voiced_ms:
        return _unless_ended(evidence, "too_short")
    if not words:
        return _unless_ended(evidence, "no_words")
    if 0 <= evidence.confidence_pct < settings.min_confidence_pct:
        return _unless_ended(evidence, "low_confidence")
    if evidence.doubt:
        return _unless_ended(evidence, evidence.doubt)
    if content:
        return Judgement(Verdict.INTERRUPT, "words")
    return _unless_ended(evidence, "backchannel")


def judge_by_voice(voiced_ms: int, settings: DialogueSettings, *, otherwise: str) -> Judgement:
    """Judge when words failed to come: long speech is a person's; anything shorter is dismissed as ``otherwise``."""
    if voiced_ms >= settings.voice_alone_ms:
        return Judgement(Verdict.INTERRUPT, "voice_alone")
    return Judgement(Verdict.DISMISS, otherwise)


def rejection(
    heard: UtteranceTranscribed,
    settings: DialogueSettings,
    *,
    overlapped: bool,
    own: tuple[str, ...] = (),
    suspicious: bool = False,
) -> str | None:
    """Why these words are no turn, or None where they are one.

    ``overlapped`` tells that they were begun while a reply was playing: a lone backchannel is none then.
    ``own``: words of a reply that may be echoed in it. After the reply's end only a short stretch of several words
    can be echo, so that a quick "yes" is a turn.
    """
    words = tokens(heard.text)
    if not words:
        return "no_words"
    may_be_echo = overlapped or (len(words) > 1 and heard.voiced_ms <= settings.echo_tail_ms)
    if may_be_echo and are_own(words, own, settings, suspicious=suspicious):
        return "own_words"
    if 0 <= heard.confidence_pct < settings.min_confidence_pct:
        return "low_confidence"
    if heard.doubt:
        return heard.doubt
    if overlapped and not _after(words, _phrases(settings.backchannels + settings.fillers)):
        return "backchannel"
    return None


def is_stop_command(text: str, settings: DialogueSettings) -> bool:
    """True where the words ask for silence and for nothing else."""
    soft = _phrases(settings.backchannels + settings.fillers)
    rest = _after(tokens(text), soft)
    return bool(rest) and not _after(rest, _phrases(settings.stop_phrases) | soft)


def tokens(text: str) -> tuple[str, ...]:
    """Words of a text, lower case, without punctuation: "Mm-hm, I'm" gives ``("mmhm", "i'm")``."""
    words = (re.sub(r"[^\w']", "", word).strip("'_") for word in text.lower().replace("’", "'").split())
    return tuple(word for word in words if word)


@lru_cache(maxsize=32)
def _phrases(texts: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(tokens(text) for text in texts)


def _head(words: tuple[str, ...], phrases: frozenset[tuple[str, ...]]) -> int:
    """Length in words of the longest phrase at the head; 0 where there is none."""
    return max((n for n in range(1, min(4, len(words)) + 1) if words[:n] in phrases), default=0)


def _after(words: tuple[str, ...], phrases: frozenset[tuple[str, ...]]) -> tuple[str, ...]:
    """What is left after all leading phrases."""
    while length := _head(words, phrases):
        words = words[length:]
    return words


def _unless_ended(evidence: UtteranceAssessed, reason: str) -> Judgement:
    return Judgement(Verdict.DISMISS if evidence.ended else Verdict.UNDECIDED, reason)
