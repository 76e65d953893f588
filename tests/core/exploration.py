"""Breadth-first exploration of everything a lawful world can do to a dialogue.

A node is a dialogue together with the world around it, told apart by ``key``: ids count back from the newest, times
are left out (any deadline may be next), the history is its last role. Nodes with the same key behave alike, so the
exploration ends at a fixpoint: all conversations of any length, over utterances of an onset, a sustained and a long
stretch, and replies of a few words, with the heard position on every boundary that a listener could tell.

Every edge is checked by ``invariants``; every condition of the dialogue (the first six parts of the key) is probed
with late events, lost samples and the end of the session; and the graph itself proves that IDLE is reached
(``longest_way_home``).
"""

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import Any

from states import events as ev
from states.conversation import Conversation, Utterance
from states.dialogue import Dialogue
from states.history import History, Message
from states.judge import AGAINST_A_TURN, is_unlike_voice
from states.settings import DialogueSettings
from states.state import State
from states.step import Step
from states.table import Row
from tests.core.effects import obey, take
from tests.core.invariants import Before, Heard, check_step, used_by
from tests.core.late import closed_ids, late_events
from tests.core.model import LONG_MS, WIDE, Move, Scale, World, moves, tool_used
from tests.core.snapshot import copy_memory, put_back, view

TALKATIVE = DialogueSettings(not_understood="Sorry.", recognition_failed="Sorry.", generation_failed="Sorry.")
SILENT = DialogueSettings(not_understood="", recognition_failed="", generation_failed="")

NOTES = (
    ev.CaptureOverflowed(1),
    ev.MicrophoneMuted(),
    ev.MicrophoneUnmuted(),
    ev.DeviceLost("microphone"),
    ev.DeviceRestored("microphone"),
    ev.SessionStopped(),
)
"""What may come at any time and is the same everywhere; the end of the session last."""

Key = tuple[Any, ...]


@dataclass(slots=True)
class Node:
    """A dialogue and its world, and the moves that lead on: (move, key of the node reached)."""

    state: State
    memory: Conversation
    world: World
    edges: list[tuple[Move, int]] = field(default_factory=list)


@dataclass(slots=True)
class Explored:
    """What was found: nodes by number, steps taken, verdicts given, rows used."""

    nodes: list[Node] = field(default_factory=list)
    steps: int = 0
    complete: bool = True
    rows: set[Row] = field(default_factory=set)
    verdicts: Counter[tuple[str, State, str, State, str]] = field(default_factory=Counter)


class Exploration:
    """One run over the graph; ``limit`` bounds the number of nodes that are expanded."""

    def __init__(self, settings: DialogueSettings, scale: Scale = WIDE, *, limit: int | None = None) -> None:
        self.dialogue = Dialogue(settings)
        self.found = Explored()
        self.limit = limit
        self._numbers: dict[Key, int] = {}
        self._queue: deque[int] = deque()
        self._probed: set[Key] = set()
        self._visit(World(scale=scale))

    def run(self) -> Explored:
        """Explore to the fixpoint or to the limit."""
        while self._queue:
            if self.limit is not None and len(self.found.nodes) - len(self._queue) >= self.limit:
                self.found.complete = False
                break
            self._expand(self.found.nodes[self._queue.popleft()])
        return self.found

    def _expand(self, node: Node) -> None:
        for move in moves(node.world):
            put_back(self.dialogue, node.state, copy_memory(node.memory))
            world = node.world.copy()
            take(world, move)
            if move.event is not None:
                self._step(move.event, world)
            node.edges.append((move, self._visit(world)))
        inside = key_of(node.state, node.memory, node.world)[:6]
        if inside not in self._probed:
            self._probed.add(inside)
            put_back(self.dialogue, node.state, node.memory)
            self._probe_late(node)
            self._probe_tool_of_closed_reply(node)
            for event in NOTES:
                put_back(self.dialogue, node.state, copy_memory(node.memory))
                self._step(event, node.world.copy())
            self._probe_after_the_end()

    def _step(self, event: ev.Event, world: World) -> None:
        before, heard = Before(self.dialogue), Heard(world)
        step = self.dialogue.handle(event, now=0, heard=world.heard)
        obey(world, step, self.dialogue.live_reply)
        check_step(before, self.dialogue, step, heard, world)
        self._check_recognition(event, world)
        self._count(step)

    def _count(self, step: Step) -> None:
        self.found.steps += 1
        name = type(step.event).__name__
        self.found.verdicts[name, step.source, step.outcome, step.dest, step.reason] += 1
        if step.outcome in ("moved", "stayed") and self.dialogue._model.row is not None:
            self.found.rows.add(self.dialogue._model.row)

    def _check_recognition(self, event: ev.Event, world: World) -> None:
        """In a lawful world the words that are awaited are on their way, and no others.

        A failed assessment cannot be told from a failed transcription, so after it the latter may run on in vain.
        """
        u = self.dialogue.memory.utterance
        awaited = u.id if u is not None and u.ended else 0
        running = world.recognising[0] if world.recognising else 0
        excused = isinstance(event, ev.TranscriptionFailed)
        assert running == awaited or excused, (
            f"words of {awaited} are awaited, {running} is being recognised, at {event}"
        )

    def _visit(self, world: World) -> int:
        """The number of the node the dialogue is at; a new one is queued."""
        state, memory = self.dialogue.state, self.dialogue.memory
        forget_idle_talk(memory, world)
        key = key_of(state, memory, world)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.found.nodes)
            memory.history = History(
                replace(m, text="x") if isinstance(m, Message) else m for m in memory.history.messages[-1:]
            )
            self.found.nodes.append(Node(state, memory, world))
            self._queue.append(number)
        return number

    def _probe_late(self, node: Node) -> None:
        """I6: whatever is posted about closed work is stale and changes nothing."""
        before = view(self.dialogue)
        reply, utterance, deadline = closed_ids(node.memory)
        for event in late_events(node.memory, reply=reply, utterance=utterance, deadline=deadline):
            step = self.dialogue.handle(event, now=0, heard=node.world.heard)
            assert step.outcome == "stale", f"I6: {event} is late, but gave {step}"
            assert not step.commands, f"I6: {event} is late, but had commands: {step}"
            self.found.verdicts[type(event).__name__, step.source, "stale", step.dest, step.reason] += 1
        assert view(self.dialogue) == before, f"I6: late events changed {before} to {view(self.dialogue)}"

    def _probe_tool_of_closed_reply(self, node: Node) -> None:
        """What was done for a reply that is over enters the history, and changes nothing else."""
        reply = closed_ids(node.memory)[0]
        if not reply:
            return
        put_back(self.dialogue, node.state, copy_memory(node.memory))
        before, history = Before(self.dialogue), self.dialogue.memory.history.messages
        event = tool_used(reply)
        step = self.dialogue.handle(event, now=0, heard=node.world.heard)
        self._count(step)
        assert (step.outcome, step.reason) == ("stayed", "tool_used_by_closed_reply"), step
        assert not step.commands, f"a late call had commands: {step}"
        assert self.dialogue.memory.history.messages == (*history, used_by(event)), "a call was orphaned"
        self.dialogue.memory.history = History(history)
        assert view(self.dialogue) == before.view, f"a late call changed more than the history: {step}"

    def _probe_after_the_end(self) -> None:
        """A stopped session ends in IDLE with nothing left, and takes nothing in."""
        before, m = view(self.dialogue), self.dialogue.memory
        assert self.dialogue.state is State.IDLE, "a stopped session is not idle"
        assert not m.deadlines, "a stopped session holds deadlines"
        for event in (ev.StopRequested(), ev.SpeechStarted(m.last_utterance + 1), ev.SessionStopped()):
            step = self.dialogue.handle(event, now=0, heard=0)
            assert (step.outcome, step.reason) == ("stale", "session_over"), f"{event} after the end: {step}"
        assert view(self.dialogue) == before, "an event after the end changed something"


def key_of(state: State, m: Conversation, w: World) -> Key:
    """What decides how things can go on. The clauses of the reply are those of the world."""
    newest = w.utterance
    speaking = state is State.SPEAKING
    return (
        state,
        None if m.utterance is None else _utterance_key(m, newest),
        None if m.candidate is None else _candidate_key(m, newest),
        None if m.prepared is None else _asked_key(m.prepared.utterance, newest),
        None if m.reply is None else (m.reply.apology, m.reply.generated, m.reply.samples, len(m.reply.clauses)),
        tuple(clause.complete for clause in m.reply.clauses) if m.reply else (),
        (m.history.last_role, len(m.deadlines), speaking and w.heard > m.heard_at_watch),
        (w.speaking, w.sustained, w.paused, w.resumed, w.voiced_ms, m.taken_utterance == newest),
        w.recognising and (newest == w.recognising[0], w.recognising[1] >= 600),
        tuple((at == newest, _claimed(m, at), *_evidence_key(m, voiced), ended) for at, voiced, ended in w.assessing),
        (w.writing, w.used, w.clauses, w.synthesizing, w.clause, w.word, w.heard, w.started, w.drained, w.gain),
    )


def _utterance_key(m: Conversation, newest: int) -> Key:
    assert m.utterance is not None
    return _asked_key(m.utterance, newest)


def _asked_key(u: Utterance, newest: int) -> Key:
    long = u.earlier_ms + u.voiced_ms >= 600
    voiced_ms = u.voiced_ms if u.id == newest and not u.over else 0
    return (u.id == newest, u.since == u.id, u.ended, u.over, u.overlapped, u.hard, long, voiced_ms)


def _candidate_key(m: Conversation, newest: int) -> Key:
    c = m.candidate
    assert c is not None
    spoken = c.earlier_ms + c.voiced_ms
    doubt = (c.doubt == "backchannel", c.doubt in AGAINST_A_TURN, spoken > c.voiced_at_deadline_ms)
    sound = (spoken >= LONG_MS, is_unlike_voice(c.voice, m.settings))
    told = (c.id == newest, c.id == c.since, c.sustained, c.held, c.assessing, c.silent, c.ended, c.voiced_ms)
    return (*told, *doubt, *sound)


def _evidence_key(m: Conversation, voiced_ms: int) -> Key:
    """Whether the evidence is of all the speech there is by now; beyond a long stretch its length says no more."""
    c = m.candidate
    return (c is not None and voiced_ms >= c.earlier_ms + c.voiced_ms, min(voiced_ms, LONG_MS))


def _claimed(m: Conversation, utterance: int) -> bool:
    return m.candidate is not None and m.candidate.id == utterance


def forget_idle_talk(m: Conversation, w: World) -> None:
    """Take jobs out of the world whose outcome can only be late: the probes stand for them.

    Words count of the adopted utterance only, evidence of the candidate, and of speech in progress, which may become
    a candidate again.
    """
    at = m.utterance
    if w.recognising and (at is None or not at.ended or at.id != w.recognising[0]):
        w.recognising = None
    if w.assessing:
        since = w.utterance if m.candidate is None else m.candidate.since
        w.assessing = tuple(job for job in w.assessing if job[0] >= since and (m.candidate or w.speaking))


def longest_way_home(found: Explored) -> int:
    """I8: the greatest number of moves to IDLE once the user is quiet, over all orders, failures and losses.

    Two facts prove it. A deadline is set in every node but those of IDLE, so nothing needs a worker to lead on. And
    the quiet moves have no cycle before IDLE, so in whatever order they come, they end there. Left out of the
    second is one move: the deadline of the state while a candidate is weighed and the reply waits for it,
    which may be set again and again, but not for longer than the shorter deadline of the candidate.
    """
    lengths: dict[int, int] = {}
    entered: set[int] = set()
    for start in range(len(found.nodes)):
        stack = [start]
        while stack:
            at = stack[-1]
            if at in lengths:
                stack.pop()
                continue
            onward = _quiet_edges(found, at)
            waiting = [to for to in onward if to not in lengths]
            if waiting and at not in entered:
                entered.add(at)
                stack += waiting
                assert not entered.intersection(waiting), f"I8: quiet moves run in a circle at {found.nodes[at]}"
            else:
                lengths[at] = 1 + max((lengths[to] for to in onward), default=-1)
                stack.pop()
    return max(lengths.values())


def _quiet_edges(found: Explored, at: int) -> list[int]:
    node = found.nodes[at]
    if node.state is State.IDLE or not node.edges:
        return []
    weighed = node.memory.candidate is not None
    assert node.world.state_deadline, f"I8: nothing leads on from {node}"
    return [
        to for move, to in node.edges if move.quiet and not (weighed and move.name == "state_deadline" and to == at)
    ]
