"""Events of work that is over: what workers that never noticed being cancelled may still post."""

from collections.abc import Iterator

from states import events as ev
from states.conversation import Conversation


def late_events(m: Conversation, *, reply: int, utterance: int, deadline: int) -> Iterator[ev.Event]:
    """Every event about the closed ids given; an id of 0 stands for none."""
    if reply:
        yield ev.ClauseGenerated(reply, 0, "Too late.")
        yield ev.ReplyGenerated(reply, 1)
        yield ev.ChunkSynthesized(reply, 0, 0, 400, ((0, 3, 0, 200),), True, False)
        yield ev.PlayoutStarted(reply)
        yield ev.PlayoutDrained(reply)
        yield ev.GenerationFailed(reply, "late")
        yield ev.SynthesisFailed(reply, 0, "late")
    if utterance:
        yield ev.UtteranceAssessed(utterance, "stop right now", 90, 900, True)
        yield ev.UtteranceTranscribed(utterance, "so what", 90, 900)
        yield ev.TranscriptionFailed(utterance, "late")
    if 0 < utterance < m.last_utterance or 0 < utterance <= m.taken_utterance:
        yield ev.SpeechStarted(utterance)
        yield ev.SpeechSustained(utterance, 300)
        yield ev.SpeechContinued(utterance, 900)
        yield ev.SpeechPaused(utterance, 900)
        yield ev.SpeechResumed(utterance)
        yield ev.SpeechDropped(utterance, 100)
        yield ev.SpeechEnded(utterance, 900)
    if deadline:
        yield ev.DeadlineExpired(deadline)


def closed_ids(m: Conversation) -> tuple[int, int, int]:
    """The newest reply, utterance and deadline that nothing waits for; 0 where there is none."""
    reply = m.last_reply - (m.reply is not None)
    asked = m.prepared.utterance if m.prepared is not None else m.utterance
    at_work = {u.id for u in (asked, m.candidate) if u is not None}
    since = min((u.since for u in (asked, m.candidate) if u is not None), default=0)
    utterance = next((u for u in range(m.last_utterance, 0, -1) if u not in at_work and (u < since or not since)), 0)
    deadline = next((d for d in range(m.last_deadline, 0, -1) if d not in m.deadlines.values()), 0)
    return reply, utterance, deadline
