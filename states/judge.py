"""The verdict on speech: does it take the floor, and are these words a turn?

Pure functions from evidence to a verdict with its reason; which of them are asked is the policy's
(``states/policies.py``). Evidence comes in three kinds, each with its own function:

* *words*, as far as they are known. Are they the very words being played (even "stop", should the reply say so: the
  key always works)? else, a stop phrase at their head, however short or unsure? else, long enough, near enough,
  believed, not doubted, not meant for somebody else, and any word more than a backchannel?
* *the voice alone, in time*: so much clear voice that nobody waits for the words, unless those so far say otherwise;
* *the voice alone, too late*: the words failed or did not come within the bound, so what is known decides.

Where the evidence does not do, more is awaited while the user speaks; in a pause the claim is dismissed.
"""

from dataclasses import dataclass
from enum import Enum

from states.events import UtteranceTranscribed
from states.own_words import are_own
from states.phrases import after, begins, contains, head, phrases, soft
from states.phrases import tokens as tokens
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


@dataclass(frozen=True, slots=True)
class Voice:
    """How the speech so far sounds; figures as in ``states/events_speech.py``, -1 where not known.

    ``voiced_ms`` counts an earlier utterance that this one goes on from.
    """

    voiced_ms: int
    steady_pct: int = -1
    tonal_pct: int = -1
    level_db: int = -1
    over_floor_db: int = -1


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about speech during a reply.

    ``silent``: the user pauses, no more is coming just now. ``usual_level_db``: how loud this user's turns are, -1
    while none was heard. ``own``: words of the reply that may be in it as echo; ``suspicious``: echo is suspected.
    ``so_far``: the reason of the last verdict on its words, empty where there was none.
    ``voiced_ms``: speech in what was recognised, which may be less than there is by now.
    """

    voice: Voice
    silent: bool = False
    usual_level_db: int = -1
    own: tuple[str, ...] = ()
    suspicious: bool = False
    so_far: str = ""
    text: str = ""
    confidence_pct: int = -1
    doubt: str = ""
    voiced_ms: int = 0


AGAINST_A_TURN = (
    "backchannel", "own_words", "to_somebody_else", "unfinished_phrase", "no_words", "hallucination_phrase",
    "annotation", "no_speech",
)  # fmt: skip
"""What was said so far asks for no turn, or is not speech: then its length proves nothing, and it does not hold the
reply. It may go on, and yet become more."""


def judge_words(e: Evidence, settings: DialogueSettings) -> Judgement:
    """Judge by the words known."""
    words = tokens(e.text)
    if are_own(words, e.own, settings, suspicious=e.suspicious):
        return _unless_silent(e, "own_words")
    content = after(words, soft(settings))
    if head(content, phrases(settings.stop_phrases)):
        return Judgement(Verdict.INTERRUPT, "stop_phrase")
    if e.voiced_ms < settings.min_voiced_ms:
        return _unless_silent(e, "too_short")
    if not words:
        return _without_words(e, settings)
    if is_far(e, settings):
        # A first syllable may be soft; but a television would go on and on.
        settled = e.silent or e.voice.voiced_ms >= settings.hold_ms
        return Judgement(Verdict.DISMISS if settled else Verdict.UNDECIDED, "far_talker")
    if 0 <= e.confidence_pct < settings.min_confidence_pct:
        return _unless_silent(e, "low_confidence")
    if e.doubt:
        return _unless_silent(e, e.doubt)
    if not content:
        return _unless_silent(e, "backchannel")
    if is_to_somebody_else(content, settings):
        return _unless_silent(e, "to_somebody_else")
    if not e.silent and _may_become_a_phrase(content, settings):
        return Judgement(Verdict.UNDECIDED, "unfinished_phrase")
    return Judgement(Verdict.INTERRUPT, "words")


def judge_voice(e: Evidence, settings: DialogueSettings) -> Judgement:
    """Judge by the voice while its words are on their way."""
    clear = e.voice.voiced_ms >= settings.clear_voice_ms and is_clear_voice(e.voice, settings)
    if clear and not (e.silent or e.suspicious or is_far(e, settings) or e.so_far in AGAINST_A_TURN):
        return Judgement(Verdict.INTERRUPT, "clear_voice")
    return Judgement(Verdict.UNDECIDED, e.so_far or "words_awaited")


def judge_in_default(e: Evidence, settings: DialogueSettings, otherwise: str) -> Judgement:
    """Judge by what is known, because words failed to come or are too late: long speech is a person's.

    ``otherwise``: the reason for a dismissal that has no better one. A voice that may be our own proves nothing.
    """
    if e.suspicious:
        return Judgement(Verdict.DISMISS, otherwise)
    if is_far(e, settings):
        return Judgement(Verdict.DISMISS, "far_talker")
    if is_unlike_voice(e.voice, settings):
        return Judgement(Verdict.DISMISS, "unlike_voice")
    if e.voice.voiced_ms >= settings.voice_alone_ms:
        return Judgement(Verdict.INTERRUPT, "voice_alone")
    return Judgement(Verdict.DISMISS, otherwise)


def is_worth_a_hold(e: Evidence, settings: DialogueSettings) -> bool:
    """Whether a reply is to stop while this is weighed, not only to be turned down.

    Not for what is short, nor in a pause, nor for a cough or somebody across the room, nor for words that speak
    against a turn.
    """
    if e.silent or e.so_far in AGAINST_A_TURN or is_unlike_voice(e.voice, settings) or is_far(e, settings):
        return False
    return e.voice.voiced_ms >= settings.hold_ms


def is_clear_voice(voice: Voice, settings: DialogueSettings) -> bool:
    """Whether it certainly sounds like a person who speaks; never where that was not measured."""
    return voice.steady_pct >= settings.clear_steady_pct and voice.tonal_pct >= settings.clear_tonal_pct


def is_unlike_voice(voice: Voice, settings: DialogueSettings) -> bool:
    """Whether it sounds like a cough, a knock or paper. A whisper is toneless, but steady."""
    unsteady = 0 <= voice.steady_pct < settings.unlike_steady_pct
    return unsteady and voice.tonal_pct < settings.unlike_tonal_pct


def is_far(e: Evidence, settings: DialogueSettings) -> bool:
    """Whether it is so much quieter than this user's turns that it is somebody farther away, or a television."""
    if e.usual_level_db < 0 or e.voice.level_db < 0:
        return False
    return e.voice.level_db < e.usual_level_db - settings.far_db


def is_to_somebody_else(words: tuple[str, ...], settings: DialogueSettings) -> bool:
    """Whether the words tell that they are meant for somebody else in the room; a name does so at the head only."""
    return head(words, phrases(settings.asides)) > 0 or contains(words, phrases(settings.asides), least=2)


def rejection(
    heard: UtteranceTranscribed,
    settings: DialogueSettings,
    *,
    overlapped: bool,
    own: tuple[str, ...] = (),
    suspicious: bool = False,
) -> str | None:
    """Why these words are no turn, or None where they are one.

    ``overlapped`` tells that they were begun while a reply was playing: a lone backchannel is none then, nor are
    words to somebody else.
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
    if not overlapped:
        return None
    content = after(words, soft(settings))
    if not content:
        return "backchannel"
    stops = head(content, phrases(settings.stop_phrases)) > 0
    return "to_somebody_else" if is_to_somebody_else(content, settings) and not stops else None


def is_stop_command(text: str, settings: DialogueSettings) -> bool:
    """True where the words ask for silence and for nothing else."""
    rest = after(tokens(text), soft(settings))
    return bool(rest) and not after(rest, phrases(settings.stop_phrases) | soft(settings))


def _may_become_a_phrase(content: tuple[str, ...], settings: DialogueSettings) -> bool:
    """Whether a word more may turn these into a backchannel or an aside: "of" course, "not" now."""
    openers = phrases(settings.openers)
    return content in openers or begins(content, soft(settings) | phrases(settings.asides) | openers)


def _without_words(e: Evidence, settings: DialogueSettings) -> Judgement:
    """A recogniser that hears no words is right about laughter, and wrong about a person who speaks on and on."""
    unlikely = e.silent or e.suspicious or is_far(e, settings)
    clear = e.voice.steady_pct < 0 or is_clear_voice(e.voice, settings)
    if e.voice.voiced_ms >= settings.wordless_ms and clear and not unlikely:
        return Judgement(Verdict.INTERRUPT, "voice_alone")
    return _unless_silent(e, "no_words")


def _unless_silent(e: Evidence, reason: str) -> Judgement:
    return Judgement(Verdict.DISMISS if e.silent else Verdict.UNDECIDED, reason)
