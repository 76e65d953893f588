"""A lawful world around the dialogue: what the user, the workers, the playout and the clock could do next.

The world keeps only what it was told by commands and what it did itself; it never looks into the dialogue. Hence it
can serve as a judge: ``oracle_text`` says what a listener heard, ``gain`` what the loudspeaker does.
Workers that were cancelled are gone from it; what such workers may still post is the matter of ``late.py``.

Every word is ``WORD`` samples long, so that one sample of it is less than half, two are half, four are all.
"""

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from states import events as ev

WORD = 4
ONSET_MS, SUSTAINED_MS, LONG_MS = 100, 300, 900
MORE_MS = 100
"""A little speech after a pause, enough for words and not for being sustained."""
CLEAR, COUGH = (95, 80), (50, 0)
ASSESSED = ("", "yeah", "so what")
TRANSCRIBED = ("", "yeah", "so what", "stop")


@dataclass(frozen=True, slots=True)
class Scale:
    """How big the world is: the clauses of each reply, and how many assessments may run at a time (the oldest goes).

    ``end_marks``: a clause's last sound is not marked as such, an empty chunk after it is. ``pauses``: the
    user may pause within an utterance, and with ``more`` say a little between two pauses. ``tools``: the model may
    have a function called before its first clause. ``sounds``: how the speech sounds is measured, and it may be a
    cough or a clear voice.
    """

    clauses: tuple[str, ...] = ("One two.", " Three four.")
    assessments: int = 4
    end_marks: bool = False
    pauses: bool = True
    more: bool = True
    tools: bool = True
    sounds: bool = False


WIDE = Scale()


class Move(NamedTuple):
    """Something that can happen next; ``event`` None where the dialogue is told nothing; ``quiet``: the user is."""

    name: str
    event: ev.Event | None = None
    quiet: bool = True


Sound = tuple[str, int, int]
"""One spoken word: its text with all signs around it, its first and its end sample."""


@dataclass(slots=True)
class World:
    """Everything outside. ``assessing`` and ``recognising`` are (utterance, voiced_ms[, ended]) of running jobs."""

    utterance: int = 0
    speaking: bool = False
    sustained: bool = False
    paused: bool = False
    resumed: bool = False
    voiced_ms: int = 0
    recognising: tuple[int, int] | None = None
    assessing: tuple[tuple[int, int, bool], ...] = ()
    reply: int = 0
    writing: bool = False
    written: int = 0
    clauses: tuple[str, ...] = ()
    synthesizing: bool = False
    clause: int = 0
    word: int = 0
    used: bool = False
    sounds: tuple[Sound, ...] = ()
    samples: int = 0
    heard: int = 0
    started: bool = False
    drained: bool = False
    gain: str = "full"
    state_deadline: int = 0
    candidate_deadline: int = 0
    turn_deadline: int = 0
    session_open: bool = True
    scale: Scale = WIDE

    def copy(self) -> "World":
        """An independent world in the same condition."""
        return World(*_VALUES(self))

    def oracle_text(self) -> str:
        """What the listener heard of the live reply: every word of which at least half came out, in order."""
        text = ""
        for word, first, end in self.sounds:
            if 2 * (self.heard - first) < end - first:
                break
            text += word
        return text


_VALUES = attrgetter(*World.__dataclass_fields__)


def sounds_of(text: str) -> list[str]:
    """The words of a clause with the blanks before and the signs after them; joined, the clause."""
    return re.findall(r"\s*\S+", text)


def moves(w: World) -> list[Move]:
    """Everything that a lawful world can do next."""
    return [*user_moves(w), *recogniser_moves(w), *answer_moves(w), *playout_moves(w), *deadline_moves(w)]


def user_moves(w: World) -> list[Move]:
    """The user, through the endpointing stage, as the head of ``states/events.py`` promises it, and the stop key."""
    keys = [Move("stop", ev.StopRequested(), False), Move("type", ev.TurnTyped("so what"), False)]
    if not w.speaking:
        return [Move("start", ev.SpeechStarted(w.utterance + 1), False), *keys]
    at, voiced = w.utterance, w.voiced_ms
    found = [Move("end", ev.SpeechEnded(at, voiced)), *keys]
    if w.paused:
        found.append(Move("resume", ev.SpeechResumed(at), False))
    else:
        if w.scale.pauses:
            found.append(Move("pause", ev.SpeechPaused(at, voiced)))
        if w.scale.more and w.resumed and voiced in (ONSET_MS, SUSTAINED_MS, LONG_MS):
            found.append(Move("pause_after_more", ev.SpeechPaused(at, voiced + MORE_MS)))
        found += _going_on(w, at)
    if not w.sustained:
        found.append(Move("drop", ev.SpeechDropped(at, voiced)))
    return found


def _going_on(w: World, at: int) -> list[Move]:
    """More speech, not measured, and where it is measured, of either kind."""
    if w.sustained:
        found = [Move("continue", ev.SpeechContinued(at, LONG_MS), False)]
        clear = Move("continue clear", ev.SpeechContinued(at, LONG_MS, *CLEAR), False)
        return [*found, clear] if w.scale.sounds else found
    found = [Move("sustain", ev.SpeechSustained(at, SUSTAINED_MS), False)]
    cough = Move("sustain cough", ev.SpeechSustained(at, SUSTAINED_MS, *COUGH), False)
    return [*found, cough] if w.scale.sounds else found


def recogniser_moves(w: World) -> list[Move]:
    """Any words, none, or a failure, from each running job."""
    found: list[Move] = []
    if w.recognising:
        at, voiced = w.recognising
        found += [Move("words", ev.UtteranceTranscribed(at, text, -1, voiced)) for text in TRANSCRIBED]
        found.append(Move("words_fail", ev.TranscriptionFailed(at, "broken")))
    for at, voiced, ended in w.assessing:
        job = f"{at}/{voiced}/{ended}"
        found += [Move(f"assess {job}", ev.UtteranceAssessed(at, text, -1, voiced, ended)) for text in ASSESSED]
        found.append(Move(f"assess {job}", ev.TranscriptionFailed(at, "broken")))
    return found


def answer_moves(w: World) -> list[Move]:
    """The language model and the synthesiser, each in order, each free to fail."""
    found: list[Move] = []
    if w.writing:
        if w.written < len(w.scale.clauses):
            found.append(Move("clause", ev.ClauseGenerated(w.reply, w.written, w.scale.clauses[w.written])))
        if w.scale.tools and not w.used and not w.written:
            found.append(Move("tool", tool_used(w.reply)))
        found.append(Move("written", ev.ReplyGenerated(w.reply, w.written)))
        found.append(Move("writing_fails", ev.GenerationFailed(w.reply, "broken")))
    if w.synthesizing and w.clause < len(w.clauses):
        found.append(Move("chunk", next_chunk(w)))
        found.append(Move("synthesis_fails", ev.SynthesisFailed(w.reply, w.clause, "broken")))
    return found


def tool_used(reply: int) -> ev.ToolUsed:
    """A function was called for this reply."""
    return ev.ToolUsed(reply, "light", "{}", "on", False)


def next_chunk(w: World, samples: int = WORD) -> ev.ChunkSynthesized:
    """The sound of the next word of the clause being spoken."""
    words = sounds_of(w.clauses[w.clause])
    if w.word == len(words):
        return ev.ChunkSynthesized(w.reply, w.clause, w.samples, 0, (), True, False)
    before = "".join(words[: w.word])
    char_end = len((before + words[w.word]).rstrip(".,!?"))
    char_first = len(before) + len(words[w.word]) - len(words[w.word].lstrip())
    at = w.samples - _clause_first(w)
    final = w.word == len(words) - 1 and not w.scale.end_marks
    span = (char_first, char_end, at, at + samples)
    return ev.ChunkSynthesized(w.reply, w.clause, w.samples, samples, (span,), final, False)


def _clause_first(w: World) -> int:
    return w.sounds[-w.word][1] if w.word else w.samples


def playout_moves(w: World) -> list[Move]:
    """Sound goes on by a step a listener can tell, or what was rendered is reported."""
    found: list[Move] = []
    if not w.reply:
        return found
    if w.heard < w.samples and w.gain != "held":
        found.append(Move("play"))
    if w.heard and not w.started:
        found.append(Move("started", ev.PlayoutStarted(w.reply)))
    if w.started and w.heard == w.samples and not w.drained:
        found.append(Move("drained", ev.PlayoutDrained(w.reply)))
    return found


def deadline_moves(w: World) -> list[Move]:
    """Any deadline may be next: no duration is taken for granted."""
    found: list[Move] = []
    if w.state_deadline:
        found.append(Move("state_deadline", ev.DeadlineExpired(w.state_deadline)))
    if w.candidate_deadline:
        found.append(Move("candidate_deadline", ev.DeadlineExpired(w.candidate_deadline)))
    if w.turn_deadline:
        found.append(Move("turn_deadline", ev.DeadlineExpired(w.turn_deadline)))
    return found
