"""What a journal tells, put together: turns, replies, utterances and candidates, each with its times.

Made line by line, from ids, event types and commands alone; reasons are passed on and never relied on, for they are
the dialogue's to choose. All times are microseconds since the session began, None for what did not happen.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.codec import Record

GAINS = {"duck_playout": "duck", "hold_playout": "hold", "resume_playout": "resume", "stop_playout": "stop"}


@dataclass(slots=True)
class Stretch:
    """A state, from the step that entered it; ``to_us`` is the end of the log for the last."""

    state: str
    reason: str
    seq: int
    from_us: int
    to_us: int


@dataclass(slots=True)
class Speech:
    """An utterance. ``quiet_us``: its last speech, as far as pauses tell. ``text``: what was last understood of it.

    ``fate``: reason of the step that took it as a turn, dismissed or dropped it; empty where none did.
    """

    id: int
    began_us: int
    quiet_us: int | None = None
    ended_us: int | None = None
    voiced_ms: int = 0
    text: str = ""
    confidence_pct: int = -1
    fate: str = ""


@dataclass(slots=True)
class Candidate:
    """Speech while a reply lived, weighed. ``verdict``: ``interrupt``, ``dismiss``, or empty where none was drawn."""

    utterance: int
    reply: int
    onset_us: int
    verdict: str = ""
    reason: str = ""
    verdict_us: int | None = None
    held_us: int | None = None


@dataclass(slots=True)
class Answer:
    """A reply. ``gains``: when it was ducked, held, resumed and stopped. ``kept`` was heard, ``dropped`` was not.

    ``turn``: what it answers, 0 where it was prepared in a pause and never taken. ``closed_on``: the event that
    closed it, ``closed_by`` why.
    """

    id: int
    turn: int
    opened_us: int
    clause_us: int | None = None
    generated_us: int | None = None
    sound_us: int | None = None
    heard_us: int | None = None
    closed_us: int | None = None
    closed_by: str = ""
    closed_on: str = ""
    closed_seq: int = 0
    heard_samples: int = 0
    kept: str = ""
    dropped: str = ""
    cut: bool = False
    gains: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Turn:
    """What the user said and what it came to. ``quiet_us``: the end of the speech that was answered; None if typed.

    ``asked_us`` the recogniser, ``words_us`` known, ``taken_us`` into the history: with the step that gave ``text``.
    """

    number: int
    taken_us: int
    text: str
    typed: bool
    utterance: int
    began_us: int | None = None
    quiet_us: int | None = None
    asked_us: int | None = None
    words_us: int | None = None
    wait_ms: int | None = None
    replies: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """All of it. ``moves`` counts transitions by source and destination, ``reasons`` those of moves.

    ``stops``: how often the stop key ended something.
    """

    rate_hz: int = 16_000
    end_us: int = 0
    lines: int = 0
    stops: int = 0
    states: list[Stretch] = field(default_factory=list)
    speeches: dict[int, Speech] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def span_us(self, turn: Turn) -> tuple[int, int]:
        """From the user's first sound to the end of the last reply, or of the log."""
        answers = [self.answers[reply] for reply in turn.replies]
        ends = [self.end_us if answer.closed_us is None else answer.closed_us for answer in answers]
        return turn.taken_us if turn.began_us is None else turn.began_us, max([turn.taken_us, *ends])

    def reaction_us(self, turn: Turn) -> int | None:
        """From the user's last sound to the first sample of a reply heard; None where either is missing."""
        heard = [at for reply in turn.replies if (at := self.answers[reply].heard_us) is not None]
        return min(heard) - turn.quiet_us if heard and turn.quiet_us is not None else None


def story_of(head: Record, lines: Iterable[Record]) -> Story:
    """The story of a whole log."""
    teller = Teller(head)
    for line in lines:
        teller.add(line)
    return teller.story


class Teller:
    """Makes a story as lines come."""

    def __init__(self, head: Record) -> None:
        self.story = Story(rate_hz=int(head.get("rate_hz", 16_000)))
        self._live: Answer | None = None
        self._candidate: Candidate | None = None
        self._asked_us: int | None = None
        self._words_us: int | None = None
        self._wait_ms: int | None = None

    def add(self, line: Record) -> None:
        """Take in one transition."""
        story, now = self.story, line["t_us"]
        story.lines += 1
        story.end_us = max(story.end_us, now)
        self._states(line, now)
        if self._live is not None:
            self._live.heard_samples = max(self._live.heard_samples, line["heard_samples"])
        kind = line["on"]["type"]
        story.stops += kind == "stop_requested" and line["outcome"] == "moved"
        if line["outcome"] in ("moved", "stayed"):
            if "reply" in line["on"]:
                self._grow(kind, line, now)
            self._words(kind, line, now)
            self._commands(line, now)
        if "utterance" in line["on"] and kind.startswith("speech"):
            self._speech(kind, line, now)
        self._verdict(line, now)
        if "text.said" in line:
            self._taken(kind, line, now)
        if "text.kept" in line:
            self._closed(line, now)

    def _states(self, line: Record, now: int) -> None:
        states = self.story.states
        if not states:
            states.append(Stretch(line["source"], "", 0, 0, now))
        states[-1].to_us = now
        if line["outcome"] == "moved":
            states.append(Stretch(line["dest"], line["reason"], line["seq"], now, now))
            self.story.moves[line["source"], line["dest"]] += 1
            self.story.reasons[line["source"], line["dest"], line["reason"]] += 1

    def _grow(self, kind: str, line: Record, now: int) -> None:
        answer = self.story.answers.get(line["on"]["reply"])
        if answer is None:
            return
        if kind == "clause_generated" and answer.clause_us is None:
            answer.clause_us = now
        elif kind == "chunk_synthesized" and answer.sound_us is None:
            answer.sound_us = now
        elif kind == "reply_generated":
            answer.generated_us = now
        elif kind == "playout_started" and answer.heard_us is None:
            answer.heard_us = now

    def _speech(self, kind: str, line: Record, now: int) -> None:
        on = line["on"]
        speech = self.story.speeches.setdefault(on["utterance"], Speech(on["utterance"], now))
        speech.voiced_ms = max(speech.voiced_ms, on.get("voiced_ms", 0))
        if kind == "speech_paused":
            speech.quiet_us = now - 1000 * on.get("silent_ms", 0)
        elif kind == "speech_resumed":
            speech.quiet_us = None
        elif kind in ("speech_ended", "speech_dropped"):
            speech.ended_us = now
            speech.quiet_us = now if speech.quiet_us is None else speech.quiet_us
            if kind == "speech_dropped":
                speech.fate = line["reason"]
        candidate = self._candidate
        new = kind in ("speech_started", "speech_resumed") or candidate is None or candidate.utterance != speech.id
        if self._live is not None and self._live.closed_us is None and new and line["outcome"] == "stayed":
            self._candidate = Candidate(speech.id, self._live.id, now)

    def _words(self, kind: str, line: Record, now: int) -> None:
        if kind in ("utterance_assessed", "utterance_transcribed"):
            speech = self.story.speeches.get(line["on"]["utterance"])
            if speech is not None:
                speech.text = str(line.get("text.text", ""))
                speech.confidence_pct = line["on"].get("confidence_pct", -1)
        if kind == "utterance_transcribed":
            self._words_us = now
            self._wait_ms = line.get("wait_ms")

    def _commands(self, line: Record, now: int) -> None:
        for command in line["commands"]:
            kind, reply = command["type"], command.get("reply", 0)
            if kind in ("generate_reply", "open_reply"):
                prepared = "wait_ms" in line  # for a turn that may be over; if it is, a later step says so
                self._live = self.story.answers.setdefault(reply, Answer(reply, 0 if prepared else line["turn"], now))
                if self.story.turns and not prepared and "text.said" not in line:
                    self.story.turns[-1].replies.append(reply)
            elif kind == "transcribe_utterance":
                self._asked_us, self._words_us = now, None
            elif kind in GAINS and reply in self.story.answers:
                self.story.answers[reply].gains.append((now, GAINS[kind]))
                if kind == "hold_playout" and self._candidate is not None and self._candidate.held_us is None:
                    self._candidate.held_us = now

    def _verdict(self, line: Record, now: int) -> None:
        if line.get("verdict") not in ("interrupt", "dismiss"):
            return
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            reply = self._live.id if self._live is not None else line["reply"]
            candidate = Candidate(line["utterance"], reply, now)
        candidate.verdict, candidate.reason, candidate.verdict_us = line["verdict"], line["reason"], now
        self.story.candidates.append(candidate)
        if (speech := self.story.speeches.get(candidate.utterance)) is not None:
            speech.fate = line["reason"]

    def _taken(self, kind: str, line: Record, now: int) -> None:
        typed = kind == "turn_typed"
        turn = Turn(line["turn"], now, str(line["text.said"]), typed, 0 if typed else line["utterance"])
        speech = self.story.speeches.get(turn.utterance)
        if speech is not None:
            turn.began_us, turn.quiet_us = speech.began_us, speech.quiet_us
            turn.asked_us, turn.words_us, turn.wait_ms = self._asked_us, self._words_us, self._wait_ms
            speech.fate = line["reason"]
        if self._live is not None and self._live.closed_us is None:
            self._live.turn = turn.number
            turn.replies.append(self._live.id)
        self.story.turns.append(turn)

    def _closed(self, line: Record, now: int) -> None:
        answer = self.story.answers.get(line["reply"], self._live)
        if answer is None or answer.closed_us is not None:
            return
        answer.closed_us, answer.closed_by, answer.closed_seq = now, line["reason"], line["seq"]
        answer.kept, answer.dropped = str(line["text.kept"]), str(line.get("text.dropped", ""))
        answer.cut, answer.closed_on = bool(line.get("cut")), line["on"]["type"]
        if self._live is answer:
            self._live = None


def ms(us: int | None) -> int | None:
    """Whole milliseconds."""
    return None if us is None else round(us / 1000)


def plain(words: Any) -> str:
    """Words on one line."""
    return " ".join(str(words).split())
