"""What a dialogue remembers besides its state: who said what, and which work is live."""

from dataclasses import dataclass, field

from states.commands import Slot
from states.history import History
from states.judge import Voice
from states.reply import Reply
from states.settings import DialogueSettings

UNHEARD = Voice(0)
"""Nothing is known yet of how it sounds."""


@dataclass(slots=True)
class Utterance:
    """User speech that has the floor. ``since`` is the utterance it goes on from, itself where none.

    ``earlier_ms`` and ``voiced_ms``: speech before this utterance and in it. ``ended``: its words are awaited or
    known, in a pause or after its end; ``over``: after its end. ``quiet_us``: when the silence after it began.
    ``overlapped``: begun while a reply was playing. ``hard``: the user demanded silence by key. ``own``: words of a
    reply that may be echoed in it. ``voice``: how it sounds, as last told.
    """

    id: int
    since: int
    earlier_ms: int = 0
    voiced_ms: int = 0
    ended: bool = False
    over: bool = False
    quiet_us: int = 0
    overlapped: bool = False
    hard: bool = False
    own: tuple[str, ...] = ()
    voice: Voice = UNHEARD


@dataclass(slots=True)
class Candidate:
    """User speech that may take the floor. ``since`` is the utterance it goes on from, itself where none.

    ``earlier_ms`` and ``voiced_ms``: speech before this utterance and in it, as last told. ``sustained``: past the
    first stage. ``held``: the reply is held for it. ``assessing``: evidence is on its way.
    ``silent``: the user is pausing. ``ended``: the end is known, no more will come. ``doubt``: why the last evidence
    did not do. ``voiced_at_deadline_ms``: speech there was when the verdict was last put off. ``onset``: samples of
    the reply heard when it began. ``own``: once the reply is over, its words that may be echoed in this.
    ``pause_ms``: the silence before it. ``voice``: how it sounds, as last told, an earlier utterance not included.
    """

    id: int
    since: int
    earlier_ms: int = 0
    voiced_ms: int = 0
    sustained: bool = False
    held: bool = False
    assessing: bool = False
    silent: bool = False
    ended: bool = False
    doubt: str = ""
    voiced_at_deadline_ms: int = 0
    onset: int = 0
    own: tuple[str, ...] = ()
    pause_ms: int = 0
    voice: Voice = UNHEARD


@dataclass(slots=True)
class Prepared:
    """A turn whose words are known and whose answer is prepared in silence, for the user may go on.

    ``utterance`` gave the words; ``wait_ms`` is the silence that ends the turn.
    """

    utterance: Utterance
    text: str
    wait_ms: int


@dataclass(slots=True)
class Conversation:
    """The mutable part of a dialogue; only its actions write here.

    ``last_*`` are the highest ids seen or given; ``deadlines`` the live one of each slot.
    ``heard_at_watch`` is the heard position when the stall watch was last set. ``last_own``: the last words heard of
    the latest reply, which ended at ``reply_ended_us``. ``own_in_a_row``: how often speech was nothing but our own
    words since the user's last turn. ``prepared``: the turn that the live reply would answer, until it is taken.
    ``taken_utterance``: no speech of it or before it counts any more. ``own_pauses_ms``: the latest silences that
    turned out to lie inside a turn of this user. ``usual_level_db``: how loud the user's turns are, -1 before the
    first. ``backchannels``: how many were said since the turn numbered ``backed_turn``.
    """

    settings: DialogueSettings
    history: History
    utterance: Utterance | None = None
    candidate: Candidate | None = None
    reply: Reply | None = None
    prepared: Prepared | None = None
    turn: int = 0
    taken_utterance: int = 0
    own_pauses_ms: tuple[int, ...] = ()
    last_utterance: int = 0
    last_reply: int = 0
    last_deadline: int = 0
    deadlines: dict[Slot, int] = field(default_factory=dict)
    heard_at_watch: int = 0
    last_own: tuple[str, ...] = ()
    reply_ended_us: int = 0
    own_in_a_row: int = 0
    usual_level_db: int = -1
    backchannels: int = 0
    backed_turn: int = -1
    now_us: int = 0
    stopped: bool = False

    @property
    def echo_suspected(self) -> bool:
        """Whether our own words came back so often that voice alone proves nothing any more."""
        return self.own_in_a_row >= self.settings.echo_turns
