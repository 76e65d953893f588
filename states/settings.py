"""What the dialogue may be told to do differently. Every threshold has a unit and says where it comes from."""

from dataclasses import dataclass, field, fields
from typing import ClassVar

from states.turn_end import TurnEndSettings


@dataclass(frozen=True, slots=True)
class DialogueSettings:
    """Policy of the dialogue; fixed for a session and written at the head of its journal."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    policy: str = "hybrid"
    """Who may interrupt a reply: one of ``states/policies.py``."""

    # How speech during a reply is judged.
    min_voiced_ms: int = 160
    """Speech during a reply counts for nothing below this: a lip smack, a tap (users' reports: 100 to 200)."""
    min_confidence_pct: int = 40
    """Words below this confidence are not believed. Recognisers that claim no confidence pass."""
    voice_alone_ms: int = 800
    """Where words fail to come in time, this much voice alone takes the floor: coughs are shorter, people are not."""
    wordless_ms: int = 1600
    """Where a recogniser answered that there are no words, so much voice takes the floor all the same. Measured: made
    laughter, the longest noise of a mouth, ends at 1500."""
    hold_ms: int = 480
    """Turned down at once, the reply falls silent only for this much voice, and while nothing speaks against a turn:
    longer than nearly all backchannels and coughs (measured on the clips), which it would answer by a gap."""
    clear_voice_ms: int = 640
    """This much clear voice takes the floor before its words are known, unless the words so far speak against it.
    Chosen: a chain of backchannels may be longer, but its first words are known by then."""
    clear_steady_pct: int = 88
    """A clear voice is at least so steady. Measured over 480 ms of voice: 91 of 100 people, 24 of 100 made coughs."""
    clear_tonal_pct: int = 30
    """A clear voice has a pitch for at least so much of its time. Measured: 97 of 100 people."""
    unlike_steady_pct: int = 80
    """Below this, and below the next, it is a noise of the mouth or the room: it neither holds the reply nor takes
    the floor without words."""
    unlike_tonal_pct: int = 20
    """See above. Measured together over 160 ms: 2 of 100 people, 30 of 100 made coughs, all of a real crowd."""
    far_db: int = 8
    """Speech so much below this user's usual level is somebody else's; it can still say a stop phrase. Measured: 1 of
    38 human sentences is that far below its speaker's median, 8 of 10 made far talkers are."""
    voice_only_ms: int = 480
    """This much voice interrupts under the policy ``vad``. Measured: 6 of 10 made backchannels are shorter."""
    assumed_level_db: int = 0
    """The user's usual level before the first turn tells it, in dB above the smallest 16 bit step; 0: not assumed."""
    level_follow_pct: int = 25
    """How much of the way the user's usual level follows each accepted turn. Chosen; 0: it stays at the first."""
    backchannel_note: str = ""
    """Told to the model after the user's next turn where backchannels came before it; for example "(While you spoke,
    I said mm-hm.)". Empty: not told. It is never in the history."""
    own_words_pct: int = 75
    """Speech of which so many words are those being played, in their order, is echo; 101 turns the test off."""
    suspected_own_words_pct: int = 50
    """The same, once echo is suspected."""
    own_words_back: int = 4
    """Words played before an onset that may be echoed in it: 400 ms of delay and the pre-roll hold no more."""
    echo_tail_ms: int = 400
    """Longest way from loudspeaker to microphone: speech begun later after a reply, or longer, is no echo of it."""
    echo_turns: int = 2
    """So many times own words in a row, and echo is suspected: then voice without words interrupts no more.
    0: always."""
    onset_ms: int = 1000
    """An onset during a reply that neither lasts nor ends within this is forgotten."""
    verification_ms: int = 1500
    """Longest time a reply is held for a verdict; then the verdict is drawn from what is known."""
    prepare: bool = True
    """Recognise and prepare an answer, in silence, as soon as the user pauses. Off: only once the utterance has
    ended, which then ends the turn, too."""
    more_voiced_ms: int = 96
    """So much speech after the pause in which the words were asked for, and they are asked for anew: a short "no"."""
    turn_end: TurnEndSettings = field(default_factory=TurnEndSettings)
    """The silence that ends a turn."""
    utterance_ms: int = 65_000
    """Longest user turn; above the endpointing stage's own limit, so it only catches a lost end."""
    transcription_ms: int = 10_000
    """Longest wait for the words of an utterance."""
    reply_ms: int = 20_000
    """Longest wait for a reply's first sound."""
    stall_ms: int = 8_000
    """Longest time of speaking without a sample heard."""
    apology_voiced_ms: int = 600
    """Speech of at least this length that gave no words is apologised for; shorter is taken for a noise."""

    backchannels: tuple[str, ...] = (
        "mm-hm", "mm-hmm", "mhm", "mm", "uh-huh", "uh huh", "aha", "yeah", "yep", "yes", "yup", "right", "okay",
        "ok", "sure", "i see", "go on", "got it", "makes sense", "really", "wow", "nice", "cool", "great", "exactly",
        "of course", "true", "thank you", "thanks",
    )  # fmt: skip
    """Said during a reply, alone, these ask for no turn (the lists of users' reports S01 and S02)."""
    fillers: tuple[str, ...] = ("um", "umm", "uh", "uhm", "er", "erm", "hmm", "hm", "ah", "oh", "well")
    """Carry no meaning; passed over when judging."""
    stop_phrases: tuple[str, ...] = (
        "stop", "stop it", "stop talking", "wait", "wait a moment", "hold on", "quiet", "be quiet", "shut up",
        "enough", "that's enough",
    )  # fmt: skip
    """Said first during a reply, these take the floor whatever else is known."""

    openers: tuple[str, ...] = (
        "hang on", "one second", "one moment", "one minute", "just a second", "just a moment", "just a minute",
        "excuse me", "sorry",
    )  # fmt: skip
    """For whom these are, the next words tell: alone they take the floor, but only once a pause follows. Chosen."""
    asides: tuple[str, ...] = (
        "mum", "mom", "mummy", "mommy", "dad", "daddy", "honey", "darling", "sweetheart",
        "not now mum", "not now mom", "not now dad", "not now honey", "not now darling",
        "i'm on the phone", "i am on the phone", "i'm on a call", "i am on a call", "i'm in a meeting",
        "i'll be right there", "be right with you", "i'm not talking to you", "i wasn't talking to you",
        "i'm talking to the computer", "i'm talking to my computer",
    )  # fmt: skip
    """Said during a reply, these are meant for somebody else: single words at the head, phrases anywhere. Chosen."""

    not_understood: str = "Sorry, I did not understand that."
    """Said after speech without understood words; empty: say nothing."""
    recognition_failed: str = "Sorry, I could not hear that properly."
    """Said when the recogniser failed or took too long; empty: say nothing."""
    generation_failed: str = "Sorry, I cannot think of an answer right now."
    """Said when the language model failed, took too long or answered nothing; empty: say nothing."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, int) and value < 0:
                raise ValueError(f"{each.name} must not be negative")
        from states.policies import policy_named  # a policy is told the settings, so it imports them

        policy_named(self.policy)
        if self.min_confidence_pct > 100:
            raise ValueError("min_confidence_pct must be at most 100")
        for name in ("onset_ms", "verification_ms", "utterance_ms", "transcription_ms", "reply_ms", "stall_ms"):
            if getattr(self, name) == 0:
                raise ValueError(f"{name} must be above 0: a state without a way out is none")
