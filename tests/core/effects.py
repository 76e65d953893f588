"""What a move or a command does to the lawful world of ``model``."""

from states import commands as do
from states import events as ev
from states.step import Step
from tests.core.model import ONSET_MS, Move, World, sounds_of


def take(w: World, move: Move) -> None:
    """Let it happen outside; what it brings about inside comes back by ``obey``."""
    match move.event:
        case ev.SpeechStarted():
            w.utterance += 1
            w.speaking, w.sustained, w.paused, w.resumed, w.voiced_ms = True, False, False, False, ONSET_MS
        case ev.SpeechSustained(_, voiced_ms) | ev.SpeechContinued(_, voiced_ms):
            w.sustained, w.resumed, w.voiced_ms = True, False, voiced_ms
        case ev.SpeechPaused(_, voiced_ms):
            w.paused, w.resumed, w.voiced_ms = True, False, voiced_ms
        case ev.SpeechResumed():
            w.paused, w.resumed = False, True
        case ev.SpeechDropped() | ev.SpeechEnded():
            _fall_silent(w)
        case ev.UtteranceTranscribed():
            w.recognising = None
        case ev.UtteranceAssessed() | ev.TranscriptionFailed():
            _end_recognition(w, move.name)
        case ev.DeadlineExpired(deadline):
            w.state_deadline = 0 if deadline == w.state_deadline else w.state_deadline
            w.candidate_deadline = 0 if deadline == w.candidate_deadline else w.candidate_deadline
            w.turn_deadline = 0 if deadline == w.turn_deadline else w.turn_deadline
        case _:
            _take_answer(w, move)


def _fall_silent(w: World) -> None:
    w.speaking = w.sustained = w.paused = w.resumed = False
    w.voiced_ms = 0


def _end_recognition(w: World, job: str) -> None:
    if job == "words_fail":
        w.recognising = None
    else:
        w.assessing = tuple(j for j in w.assessing if job != f"assess {j[0]}/{j[1]}/{j[2]}")


def _take_answer(w: World, move: Move) -> None:
    match move.event:
        case ev.ClauseGenerated():
            w.written += 1
        case ev.ReplyGenerated() | ev.GenerationFailed():
            w.writing = False
        case ev.ToolUsed():
            w.used = True
        case ev.ChunkSynthesized() as chunk:
            if chunk.samples:
                words = sounds_of(w.clauses[w.clause])
                w.sounds = (*w.sounds, (words[w.word], w.samples, w.samples + chunk.samples))
                w.samples += chunk.samples
                w.drained = False
            w.clause, w.word = (w.clause + 1, 0) if chunk.final else (w.clause, w.word + 1)
        case ev.SynthesisFailed():
            w.synthesizing = False
        case ev.PlayoutStarted():
            w.started = True
        case ev.PlayoutDrained():
            w.drained = True
        case None:
            w.heard = next(at for at in _stops(w) if at > w.heard)
        case _:
            pass


def _stops(w: World) -> list[int]:
    """Positions that differ to a listener: less than half of a word, half of it, all of it."""
    return [at for _, first, end in w.sounds for at in (first + 1, (first + end + 1) // 2, end)]


def obey(w: World, step: Step, live_reply: int | None) -> None:
    """Carry out a step's commands. ``live_reply`` is what the loop may ask; sound of another one is over."""
    for command in step.commands:
        _obey(w, command)
    if w.reply != (live_reply or 0):
        _close(w)


def _obey(w: World, command: do.Command) -> None:
    match command:
        case do.TranscribeUtterance(at, _, voiced_ms):
            w.recognising = (at, voiced_ms)
        case do.CancelTranscription(at):
            if w.recognising and w.recognising[0] == at:
                w.recognising = None
        case do.AssessUtterance(utterance=at, voiced_ms=voiced_ms, ended=ended):
            job = (at, voiced_ms, ended)
            w.assessing = (*(j for j in w.assessing if j != job), job)[-w.scale.assessments :]
        case do.EndUtterance(at):
            if w.utterance == at:
                _fall_silent(w)
        case do.GenerateReply(reply) | do.OpenReply(reply):
            _close(w)
            w.reply, w.synthesizing = reply, True
            w.writing = isinstance(command, do.GenerateReply)
        case do.SynthesizeClause(_, _, text):
            w.clauses = (*w.clauses, text)
        case do.CancelReply():
            w.writing = w.synthesizing = False
        case do.DuckPlayout() if w.gain == "full":
            w.gain = "ducked"
        case do.HoldPlayout():
            w.gain = "held"
        case do.ResumePlayout():
            w.gain = "full"
        case do.StopPlayout():
            _close(w)
        case do.SetDeadline(slot, deadline):
            setattr(w, f"{slot}_deadline", deadline)
        case do.ClearDeadline(slot):
            setattr(w, f"{slot}_deadline", 0)
        case _:
            w.session_open = w.session_open and not isinstance(command, do.CloseSession)


def _close(w: World) -> None:
    w.reply = w.written = w.clause = w.word = w.samples = w.heard = 0
    w.writing = w.used = w.synthesizing = w.started = w.drained = False
    w.clauses, w.sounds, w.gain = (), (), "full"
