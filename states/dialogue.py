"""The dialogue: one event in, one step out.

No thread, clock, file or log is touched here. One owner thread calls ``handle``; everything it needs to know about
time and sound is handed in, so that the same events give the same steps, anywhere and for ever.

The states live in one flat ``transitions.Machine``: no automatic triggers (they would bypass the guards), not queued
(a queued machine answers True to everything and forgets its queue on an exception), work in ``before`` (so that a
step's commands are complete when the state changes).
"""

from collections.abc import Callable, Iterable
from typing import Any

from transitions import EventData, Machine

from states import fence
from states.conversation import Conversation
from states.events import EVENTS, Event, SpeechEvent
from states.history import Entry, History
from states.lateness import DECLINED, LATE
from states.row import Row
from states.settings import DialogueSettings
from states.state import State
from states.step import Draft, Outcome, Step
from states.table import TABLE


class _Model:
    """What the machine moves: the state, and the row that was taken."""

    def __init__(self) -> None:
        self.state = State.IDLE
        self.row: Row | None = None


class Dialogue:
    """Decides what happens next. Not thread-safe: give it one owner.

    ``history`` holds what was heard in an earlier session, if any, and ``turn`` is the number of its last turn.
    """

    def __init__(
        self, settings: DialogueSettings | None = None, history: Iterable[Entry] = (), *, turn: int = 0
    ) -> None:
        self._memory = Conversation(settings or DialogueSettings(), History(history), turn=turn)
        self._model = _Model()
        self._seq = 0

    @property
    def state(self) -> State:
        """Who has the floor."""
        return self._model.state

    @property
    def history(self) -> History:
        """What was said and heard so far. Read only."""
        return self._memory.history

    @property
    def memory(self) -> Conversation:
        """Everything else it remembers. Read only: for tests and displays."""
        return self._memory

    @property
    def live_reply(self) -> int | None:
        """The reply whose heard position the loop must sample before each event."""
        return self._memory.reply.id if self._memory.reply else None

    def handle(self, event: Event, *, now: int, heard: int) -> Step:
        """Take in one fact.

        ``now``: microseconds since the session began, never less than before. ``heard``: samples of the live reply
        that have left the loudspeaker, 0 where there is none; more than was synthesised counts as all of it.
        Raises ``UnexpectedEvent``, with nothing changed, for an event that cannot happen. Takes some tens of
        microseconds.
        """
        memory, source = self._memory, self._model.state
        fence.check(memory, event, now, heard)
        draft = Draft(now, heard)
        before = (memory.utterance.id if memory.utterance else 0, memory.reply.id if memory.reply else 0)
        late = fence.lateness(memory, event)
        if late is None and (type(event), source) not in _PAIRS:
            late = LATE[type(event)]
        if isinstance(event, SpeechEvent) and late != "session_over":
            memory.last_utterance = max(memory.last_utterance, event.utterance)
        memory.now_us = now
        outcome: Outcome = "stale"
        reason = late or ""
        if late is None:
            outcome, reason = self._fire(event, draft)
        self._seq += 1
        return self._record(event, source, outcome, reason, before, draft)

    def _fire(self, event: Event, draft: Draft) -> tuple[Outcome, str]:
        self._model.row = None
        _MACHINE.events[type(event).__name__].trigger(self._model, self._memory, event, draft)
        row: Row | None = self._model.row
        if row is None:
            return "declined", DECLINED.get(type(event), LATE[type(event)])
        moved = row.dest is not None and row.dest is not row.source
        return "moved" if moved else "stayed", draft.reason or row.reason

    def _record(
        self, event: Event, source: State, outcome: Outcome, reason: str, before: tuple[int, int], draft: Draft
    ) -> Step:
        memory = self._memory
        utterance = getattr(event, "utterance", 0) or draft.utterance
        utterance = utterance or (memory.utterance.id if memory.utterance else before[0])
        reply = getattr(event, "reply", 0) or draft.reply or (memory.reply.id if memory.reply else before[1])
        return Step(
            seq=self._seq,
            now_us=draft.now_us,
            event=event,
            source=source,
            dest=self._model.state,
            outcome=outcome,
            reason=reason,
            turn=memory.turn,
            utterance=utterance,
            reply=reply,
            heard_samples=draft.heard,
            commands=tuple(draft.commands),
            verdict=draft.verdict,
            kept=draft.kept,
            dropped=draft.dropped,
            cut=draft.cut,
            said=draft.said,
            wait_ms=draft.wait_ms,
            wait_why=draft.wait_why,
            learned_ms=draft.learned_ms,
            evidence=draft.evidence,
            usual_level_db=draft.usual_level_db,
        )


def _build() -> Machine:
    machine = Machine(
        model=None, states=State, initial=State.IDLE, auto_transitions=False, queued=False, send_event=True
    )
    for event in EVENTS:
        for row in TABLE:
            if row.event is event:
                machine.add_transition(
                    event.__name__,
                    row.source,
                    row.dest,
                    conditions=[_condition(guard) for guard in row.guards],
                    before=_effect(row),
                )
    return machine


def _condition(guard: Callable[..., bool]) -> Callable[[EventData], bool]:
    def holds(data: EventData) -> bool:
        return guard(*data.args)

    return holds


def _effect(row: Row) -> Callable[[EventData], None]:
    def act(data: EventData) -> None:
        model: Any = data.model
        model.row = row
        row.action(*data.args)

    return act


_PAIRS = frozenset((row.event, row.source) for row in TABLE)

_MACHINE = _build()
"""One for all dialogues: it holds the table and nothing that changes; each dialogue is a model of its own."""
