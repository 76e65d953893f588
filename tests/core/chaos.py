"""Random walks through a world that is late, lossy, repetitive and failing, with every step checked.

A walk asks ``pick(n)`` for a number below n wherever something is left to chance, so that a seeded generator can run
millions of steps and Hypothesis can shrink a failing walk to its shortest. It keeps the record a journal would keep;
``finish`` shows that the walk finds its way home by deadlines alone and that the record rebuilds everything.
"""

from collections import Counter, deque
from collections.abc import Callable

from states import events as ev
from states.dialogue import Dialogue
from states.history import History
from states.settings import DialogueSettings
from states.state import State
from states.step import Step
from states.table import Row
from tests.core.effects import obey, take
from tests.core.invariants import Before, Heard, add_to, check_step
from tests.core.late import late_events
from tests.core.model import (
    Move,
    Scale,
    World,
    answer_moves,
    deadline_moves,
    moves,
    next_chunk,
    playout_moves,
    recogniser_moves,
    user_moves,
)

TEXTS = (
    "",
    "yeah",
    "so what",
    "stop",
    "umm okay stop",
    "mm-hmm",
    "Yeah, but why?",
    "thank you",
    "...",
    "hold on a bit",
    "one two",
)
LOSABLE = (
    ev.SpeechStarted,
    ev.SpeechSustained,
    ev.SpeechContinued,
    ev.SpeechPaused,
    ev.SpeechResumed,
    ev.SpeechDropped,
    ev.SpeechEnded,
    ev.UtteranceAssessed,
    ev.UtteranceTranscribed,
    ev.TranscriptionFailed,
    ev.PlayoutStarted,
    ev.PlayoutDrained,
    ev.ReplyGenerated,
    ev.GenerationFailed,
    ev.SynthesisFailed,
)
"""What may fail to come: the endpointing missed it, or the worker died without a word. Deadlines always come."""

ALIKE = (user_moves, user_moves, recogniser_moves, answer_moves, answer_moves, playout_moves, playout_moves, moves)
"""Drawn from first, so that replies get somewhere: of all moves alike, most would be the user's and deadlines."""

QUIET_STEPS = 8
"""So many deadlines in a row lead home from anywhere, when everything else is dead and the user quiet: INTERRUPTED,
transcribing, THINKING with an apology, and the deadlines of candidates in between."""


class Walk:
    """One session; ``steps`` is its journal, ``inputs`` what was handed in."""

    def __init__(self, pick: Callable[[int], int], settings: DialogueSettings | None = None) -> None:
        self.settings = settings or DialogueSettings()
        self.dialogue = Dialogue(self.settings)
        self.world = World(scale=Scale(end_marks=pick(2) == 1))
        self.pick = pick
        self.now = 0
        self.inputs: list[tuple[ev.Event, int, int]] = []
        self.steps: list[Step] = []
        self.outcomes: Counter[str] = Counter()
        self.rows: set[Row] = set()
        self._recent: deque[ev.Event] = deque(maxlen=30)

    def go(self) -> None:
        """Let one thing happen, lawful or not."""
        self.now += self.pick(2000)
        kind = self.pick(20)
        if kind < 14:
            self._lawful(self._move())
        elif kind == 14:
            for _ in range(1 + self.pick(3)):
                self._lose(self._move())
        elif kind == 15:
            self._kill_a_worker()
        elif kind == 16 and self._recent:
            self.tell(self._recent[self.pick(len(self._recent))])
        elif kind == 17:
            self._late()
        elif kind == 18:
            self.tell(self._note())
        else:
            self._lawful(self._move())

    def _note(self) -> ev.Event:
        """Something that is taken note of in any state."""
        if (last := self.dialogue.memory.last_reply) and self.pick(2):
            return ev.ToolUsed(1 + self.pick(last), "light", "{}", self._text(), self.pick(2) == 1)
        notes = (ev.CaptureOverflowed(1 + self.pick(512)), ev.MicrophoneMuted(), ev.DeviceLost("microphone"))
        return notes[self.pick(len(notes))]

    def tell(self, event: ev.Event) -> Step:
        """Hand one event in and check the step."""
        heard = self.world.heard + (self.pick(3) if 0 < self.world.heard == self.world.samples else 0)
        before, sound = Before(self.dialogue), Heard(self.world)
        step = self.dialogue.handle(event, now=self.now, heard=heard)
        obey(self.world, step, self.dialogue.live_reply)
        check_step(before, self.dialogue, step, sound, self.world)
        self.inputs.append((event, self.now, heard))
        self.steps.append(step)
        self.outcomes[step.outcome] += 1
        if step.outcome in ("moved", "stayed") and self.dialogue._model.row is not None:
            self.rows.add(self.dialogue._model.row)
        self._recent.append(event)
        return step

    def finish(self) -> None:
        """The user falls silent and everything dies; then, or at once, the session ends."""
        if self.pick(4):
            for _ in range(QUIET_STEPS):
                if self.dialogue.state is State.IDLE:
                    break
                self._lawful(deadline_moves(self.world)[-1])
            assert self.dialogue.state is State.IDLE, f"I8: still {self.dialogue.state} after {QUIET_STEPS} deadlines"
        self._lawful(Move("end", ev.SessionStopped()))
        for event in (*self._recent, ev.StopRequested()):
            assert self.tell(event).reason == "session_over", "an event after the end was taken in"
        self.check_record()

    def check_record(self) -> None:
        """I10: the inputs alone give the same steps again, the steps alone the history."""
        twin = Dialogue(self.settings)
        again = [twin.handle(event, now=now, heard=heard) for event, now, heard in self.inputs]
        assert again == self.steps, "I10: the same events gave other steps"
        assert twin.history.messages == self.dialogue.history.messages, "I10: the same events gave another history"
        rebuilt = History()
        for step in self.steps:
            add_to(rebuilt, step)
        assert rebuilt.messages == self.dialogue.history.messages, "I10: the journal tells another history"

    def _lawful(self, move: Move) -> None:
        take(self.world, move)
        if move.event is not None:
            self.tell(move.event)
            return
        for _ in range(self.pick(12)):  # sound goes on for a while
            if self.world.heard < self.world.samples:
                take(self.world, move)

    def _lose(self, move: Move) -> None:
        if isinstance(move.event, LOSABLE):
            take(self.world, move)

    def _move(self) -> Move:
        """One of the lawful moves, its particulars left to chance."""
        found = ALIKE[self.pick(len(ALIKE))](self.world) or moves(self.world)
        move = found[self.pick(len(found))]
        match move.event:
            case ev.StopRequested() | ev.TurnTyped() if self.pick(8):
                return self._move()  # a key is not pressed that often
            case ev.ChunkSynthesized():
                return move._replace(event=next_chunk(self.world, 1 + self.pick(2000)))
            case ev.UtteranceTranscribed(at, _, _, voiced_ms):
                said = ev.UtteranceTranscribed(at, self._text(), self.pick(102) - 1, voiced_ms, self._doubt())
                return move._replace(event=said)
            case ev.UtteranceAssessed(at, _, _, voiced_ms, ended):
                told = ev.UtteranceAssessed(at, self._text(), self.pick(102) - 1, voiced_ms, ended, self._doubt())
                return move._replace(event=told)
            case ev.SpeechEnded(at, voiced_ms) if not self.pick(6):
                return move._replace(event=ev.SpeechDropped(at, voiced_ms))
            case ev.SpeechContinued(at):
                return move._replace(event=ev.SpeechContinued(at, self.world.voiced_ms + self.pick(400)))
            case _:
                return move

    def _text(self) -> str:
        return TEXTS[self.pick(len(TEXTS))]

    def _doubt(self) -> str:
        return "" if self.pick(4) else "hallucination_phrase"

    def _kill_a_worker(self) -> None:
        """A worker dies silently: what it was to post never comes."""
        match self.pick(4):
            case 0:
                self.world.writing = False
            case 1:
                self.world.synthesizing = False
            case 2:
                self.world.recognising = None
            case _:
                self.world.assessing = ()

    def _late(self) -> None:
        """A cancelled worker, or a deadline on its way when it was replaced, posts all the same."""
        m = self.dialogue.memory
        reply = self.pick(m.last_reply + 1)
        utterance = self.pick(m.last_utterance + 1)
        deadline = self.pick(m.last_deadline + 1)
        at_work = range(m.candidate.since, m.candidate.id + 1) if m.candidate else ()
        late = late_events(
            m,
            reply=0 if m.reply and reply == m.reply.id else reply,
            utterance=0 if utterance in at_work or (m.utterance and utterance == m.utterance.id) else utterance,
            deadline=0 if deadline in m.deadlines.values() else deadline,
        )
        events = list(late)
        if events:
            step = self.tell(events[self.pick(len(events))])
            assert step.outcome == "stale", f"I6: {step.event} is late, but gave {step}"
