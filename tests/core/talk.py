"""Telling a dialogue a short story in order, for tests that want one particular moment."""

from states import events as ev
from states.commands import Slot
from states.dialogue import Dialogue
from states.settings import DialogueSettings
from states.state import State
from states.step import Step
from states.table import Row

CANDIDATES = ("none", "onset", "ended")
"""How far a second utterance has got when the reply ends."""

ENDINGS: dict[str, ev.Event] = {
    "written": ev.ReplyGenerated(1, 1),
    "end mark": ev.ChunkSynthesized(1, 0, 100, 0, (), True, False),
    "writing fails": ev.GenerationFailed(1, "broken"),
    "synthesis fails": ev.SynthesisFailed(1, 0, "broken"),
    "drained": ev.PlayoutDrained(1),
    "stalled": ev.DeadlineExpired(0),
}
"""The last event of a reply, where all the sound there is was heard before it."""


class Talk:
    """A dialogue that is told events ten milliseconds apart; ``rows`` are those of the table that were taken."""

    def __init__(self, settings: DialogueSettings | None = None) -> None:
        self.dialogue = Dialogue(settings)
        self.now = 0
        self.rows: set[Row] = set()

    def tell(self, *events: ev.Event, heard: int = 0) -> Step:
        """Hand these in; returns the last step."""
        for event in events:
            self.now += 10_000
            step = self.dialogue.handle(event, now=self.now, heard=heard)
            if step.outcome in ("moved", "stayed") and self.dialogue._model.row is not None:
                self.rows.add(self.dialogue._model.row)
        return step

    def ask(self, utterance: int = 1) -> Step:
        """The user says something, and the reply is awaited."""
        spoken = (ev.SpeechStarted(utterance), ev.SpeechSustained(utterance, 300), ev.SpeechEnded(utterance, 700))
        self.tell(*spoken, ev.UtteranceTranscribed(utterance, f"question {utterance}", 90, 700))
        return self.take_turn()

    def take_turn(self) -> Step:
        """The silence has been long enough for the turn that is prepared."""
        return self.tell(self.deadline("turn"))

    def start_reply(self, reply: int) -> None:
        """The reply is written in one clause, spoken and begun."""
        self.tell(
            ev.ClauseGenerated(reply, 0, f"Answer number {reply} is long."),
            ev.ReplyGenerated(reply, 1),
            ev.ChunkSynthesized(reply, 0, 0, 500, ((0, 6, 0, 100), (7, 13, 100, 200)), True, False),
            ev.PlayoutStarted(reply),
        )

    def deadline(self, slot: Slot = "state") -> ev.DeadlineExpired:
        """The deadline of that slot, expired."""
        return ev.DeadlineExpired(self.dialogue.memory.deadlines[slot])


def finishing(state: State, candidate: str, ending: str) -> tuple[Talk, Step]:
    """A reply of one word ends that way, in THINKING (its first sample was not told) or SPEAKING."""
    talk = Talk(DialogueSettings(generation_failed=""))
    talk.ask()
    sound_final = ending not in ("end mark", "synthesis fails")
    talk.tell(
        ev.ClauseGenerated(1, 0, "One."), ev.ChunkSynthesized(1, 0, 0, 100, ((0, 3, 0, 100),), sound_final, False)
    )
    if ending not in ("written", "writing fails"):
        talk.tell(ev.ReplyGenerated(1, 1))
    if state is State.SPEAKING:
        talk.tell(ev.PlayoutStarted(1), heard=10)
    if candidate != "none":
        talk.tell(ev.SpeechStarted(2), heard=100)
    if candidate == "ended":
        talk.tell(ev.SpeechSustained(2, 300), ev.SpeechEnded(2, 400), heard=100)
    event = talk.deadline() if ending == "stalled" else ENDINGS[ending]
    return talk, talk.tell(event, heard=100)


def dropped_continuation() -> tuple[Talk, Step]:
    """The user takes the floor, goes on after a pause, and that continuation is dropped as too short."""
    talk = Talk()
    talk.ask()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), ev.UtteranceAssessed(2, "so what", 90, 300, False))
    talk.tell(ev.SpeechEnded(2, 700), ev.SpeechStarted(3), ev.SpeechSustained(3, 200))
    return talk, talk.tell(ev.SpeechDropped(3, 200))


def missed_start() -> tuple[Talk, Step]:
    """The user takes the floor and goes on after a pause, and the beginning of that continuation was missed."""
    talk = Talk()
    talk.ask()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), ev.UtteranceAssessed(2, "so what", 90, 300, False))
    return talk, talk.tell(ev.SpeechEnded(2, 700), ev.SpeechContinued(3, 900))


def long_claim(state: State = State.SPEAKING) -> tuple[Talk, Step]:
    """The user speaks on after a pause, in a voice so clear that both stretches together take the floor."""
    talk = Talk()
    talk.ask()
    if state is State.SPEAKING:
        talk.start_reply(1)
    clear = (95, 80, 70, 60)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 480, *clear), ev.SpeechEnded(2, 480, *clear))
    return talk, talk.tell(ev.SpeechStarted(3), ev.SpeechSustained(3, 160, *clear))


def ended_in_mid_word(state: State) -> tuple[Talk, Step]:
    """The user goes on after a pause and is cut off, by the end of the sound, say, while the words are awaited."""
    talk = Talk()
    if state is State.INTERRUPTED:
        talk.ask()
        talk.start_reply(1)
        talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=100)
        talk.tell(ev.UtteranceAssessed(2, "so what", 90, 300, False), heard=100)
    else:
        talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300))
    talk.tell(ev.SpeechPaused(2, 700, 200), ev.SpeechResumed(2, 250))
    return talk, talk.tell(ev.SpeechEnded(2, 800))


ALL_FINISHING = [
    (state, candidate, ending)
    for state in (State.THINKING, State.SPEAKING)
    for candidate in CANDIDATES
    for ending in ENDINGS
    if (state, ending) != (State.THINKING, "stalled")
]
