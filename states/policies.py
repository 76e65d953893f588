"""Who may interrupt a reply: policies by name, for ``dialogue.policy``.

A policy is one small class: whether speech turns the reply down and holds it, whether its words are asked for, and
three questions, each asked when evidence of its kind is there. All are pure and without state. To add one, write the
class and name it in ``POLICIES``. The stop key is beyond every policy, and so is speech before a reply's first
sample: there is nobody yet to be interrupted.
"""

from typing import Final, Protocol

from states.judge import Evidence, Judgement, Verdict, judge_in_default, judge_voice, judge_words
from states.settings import DialogueSettings


class Policy(Protocol):
    """How speech during a reply is judged."""

    @property
    def yields(self) -> bool:
        """Whether speech that is being weighed turns the reply down, and then holds it."""

    @property
    def asks(self) -> bool:
        """Whether a recogniser is asked for the words."""

    def on_voice(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """The speech has gone on, or has paused; there are no new words."""

    def on_words(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """Words are known, or that there are none."""

    def in_default(self, e: Evidence, settings: DialogueSettings, otherwise: str) -> Judgement:
        """Words failed to come, or not in time; ``otherwise`` says which."""


class Hybrid:
    """Words where they come in time, a clear voice before them, length of voice where they do not come."""

    yields = asks = True

    def on_voice(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """A clear voice takes the floor."""
        return judge_voice(e, settings)

    def on_words(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """Words decide."""
        return judge_words(e, settings)

    def in_default(self, e: Evidence, settings: DialogueSettings, otherwise: str) -> Judgement:
        """What is known decides."""
        return judge_in_default(e, settings, otherwise)


class WordsOnly:
    """Nothing but understood words interrupts: for rooms in which others talk."""

    yields = asks = True

    def on_voice(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """A voice proves nothing."""
        return Judgement(Verdict.UNDECIDED, e.so_far or "words_awaited")

    def on_words(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """Words decide."""
        return judge_words(e, settings)

    def in_default(self, e: Evidence, settings: DialogueSettings, otherwise: str) -> Judgement:
        """No words, no turn."""
        return Judgement(Verdict.DISMISS, otherwise)


class VoiceOnly:
    """Length of voice and nothing else: the quickest, without a recogniser, and every long "mm-hm" stops it."""

    yields, asks = True, False

    def on_voice(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """Long enough, or over too soon."""
        if e.voice.voiced_ms >= settings.voice_only_ms:
            return Judgement(Verdict.INTERRUPT, "voice_alone")
        return Judgement(Verdict.DISMISS if e.silent else Verdict.UNDECIDED, "too_short")

    def on_words(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """Nobody asked for them."""
        return self.on_voice(e, settings)

    def in_default(self, e: Evidence, settings: DialogueSettings, otherwise: str) -> Judgement:
        """The same again, and for the last time."""
        found = self.on_voice(e, settings)
        return found if found.verdict is Verdict.INTERRUPT else Judgement(Verdict.DISMISS, found.reason)


class Wait:
    """Never interrupted but by a stop phrase: the reply goes on at full level, what is said meanwhile is let go."""

    yields, asks = False, True

    def on_voice(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """A voice is to wait."""
        return Judgement(Verdict.UNDECIDED, e.so_far or "words_awaited")

    def on_words(self, e: Evidence, settings: DialogueSettings) -> Judgement:
        """Only "stop" counts."""
        found = judge_words(e, settings)
        if found.verdict is not Verdict.INTERRUPT or found.reason == "stop_phrase":
            return found
        return Judgement(Verdict.DISMISS if e.silent else Verdict.UNDECIDED, "not_to_be_interrupted")

    def in_default(self, e: Evidence, settings: DialogueSettings, otherwise: str) -> Judgement:
        """No words, no stop."""
        return Judgement(Verdict.DISMISS, e.so_far or otherwise)


POLICIES: Final[dict[str, Policy]] = {
    "hybrid": Hybrid(),
    "words": WordsOnly(),
    "vad": VoiceOnly(),
    "wait": Wait(),
}


def policy_named(name: str) -> Policy:
    """The policy of that name. Raises ``ValueError`` that names those there are."""
    if name not in POLICIES:
        raise ValueError(f"policy must be one of {', '.join(POLICIES)}, not {name!r}")
    return POLICIES[name]
