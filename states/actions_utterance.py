"""Actions on the utterance that has the floor: adopting it, having it recognised, giving the floor back."""

from states.claim import own_words, voice_of
from states.commands import (
    CancelTranscription,
    ClearDeadline,
    SetDeadline,
    Slot,
    TranscribeUtterance,
)
from states.conversation import Conversation, Utterance
from states.events import (
    Event,
    SpeechDropped,
    SpeechEnded,
    SpeechEvent,
    SpeechPaused,
    SpeechResumed,
    TranscriptionFailed,
    UtteranceTranscribed,
)
from states.pauses import learn_pause
from states.step import Draft


def arm(c: Conversation, d: Draft, slot: Slot, after_ms: int) -> None:
    """Set the deadline of a slot, in place of the one before."""
    c.last_deadline += 1
    c.deadlines[slot] = c.last_deadline
    d.emit(SetDeadline(slot, c.last_deadline, after_ms))


def disarm(c: Conversation, d: Draft, slot: Slot) -> None:
    """Clear the deadline of a slot where one is set."""
    if c.deadlines.pop(slot, None) is not None:
        d.emit(ClearDeadline(slot))


def nothing(c: Conversation, e: Event, d: Draft) -> None:
    """Take note, and do nothing."""


def listen(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """Give the floor to a new utterance."""
    may_be_echo = c.last_reply > 0 and d.now_us - c.reply_ended_us <= c.settings.echo_tail_ms * 1000
    c.utterance = Utterance(e.utterance, since=e.utterance, own=c.last_own if may_be_echo else ())
    arm(c, d, "state", c.settings.utterance_ms)


def go_on_listening(c: Conversation, e: SpeechEvent, d: Draft) -> None:
    """The user goes on: the new utterance continues the one before, from whose start it will be recognised."""
    continue_with(c, d, e.utterance)
    arm(c, d, "state", c.settings.utterance_ms)


def transcribe(c: Conversation, e: Event, d: Draft) -> None:
    """Have the adopted utterance recognised, in a pause or after its end."""
    at = c.utterance
    assert at is not None
    if isinstance(e, SpeechEnded | SpeechDropped | SpeechPaused):
        at.voiced_ms = e.voiced_ms
    if isinstance(e, SpeechEnded | SpeechPaused):
        at.voice = voice_of(e)
    if isinstance(e, SpeechPaused):
        at.quiet_us = d.now_us - e.silent_ms * 1000
    elif not at.quiet_us:
        at.quiet_us = d.now_us
    at.over = not isinstance(e, SpeechPaused)
    at.ended = True
    d.emit(TranscribeUtterance(at.id, at.since, at.earlier_ms + at.voiced_ms))
    arm(c, d, "state", c.settings.transcription_ms)


def transcribe_longer(c: Conversation, e: SpeechEnded | SpeechPaused, d: Draft) -> None:
    """The user said a little more after what was taken for the end: recognise all of it."""
    continue_with(c, d, e.utterance)
    transcribe(c, e, d)


def listen_on(c: Conversation, e: UtteranceTranscribed | TranscriptionFailed, d: Draft) -> None:
    """What was said up to the pause gave no words; the utterance is not over."""
    assert c.utterance is not None
    c.utterance.ended = False
    if c.candidate is not None:
        continue_with(c, d, c.candidate.id)
    arm(c, d, "state", c.settings.utterance_ms)


def note_voice(c: Conversation, e: SpeechResumed, d: Draft) -> None:
    """The user speaks again: the silence before it ended nothing."""
    assert c.utterance is not None
    c.utterance.quiet_us = 0


def drop_utterance(c: Conversation, e: Event, d: Draft) -> None:
    """Give the floor back: the adopted utterance is not a turn."""
    c.utterance = None
    disarm(c, d, "state")
    disarm(c, d, "candidate")
    c.candidate = None


def cancel_utterance(c: Conversation, e: Event, d: Draft) -> None:
    """Give the floor back before the words are known."""
    assert c.utterance is not None
    forget_speech(c, d)
    disarm(c, d, "state")


def forget_speech(c: Conversation, d: Draft) -> None:
    """What the user said and is saying is no turn; what goes on may still become one."""
    if c.utterance is not None and c.utterance.ended:
        d.emit(CancelTranscription(c.utterance.id))
    c.utterance = c.candidate = None
    disarm(c, d, "candidate")


def adopt_candidate(c: Conversation, e: Event, d: Draft) -> None:
    """Give the floor to the speech that was being weighed."""
    candidate = c.candidate
    assert candidate is not None
    overlapped = c.reply is not None or (c.utterance is not None and c.utterance.overlapped)
    c.utterance = Utterance(
        candidate.id,
        since=candidate.since,
        earlier_ms=candidate.earlier_ms,
        voiced_ms=candidate.voiced_ms,
        ended=candidate.ended,
        overlapped=overlapped,
        hard=c.utterance is not None and c.utterance.hard,
        own=candidate.own or own_words(c, d),
        voice=candidate.voice,
    )
    c.candidate = None
    disarm(c, d, "candidate")
    if candidate.ended:
        transcribe(c, e, d)
    else:
        arm(c, d, "state", c.settings.utterance_ms)


def continue_with(c: Conversation, d: Draft, utterance: int) -> None:
    """The adopted utterance goes on, as itself after a pause or as the next one."""
    old = c.utterance
    assert old is not None
    if old.ended:
        d.emit(CancelTranscription(old.id))
    if c.candidate is not None:
        learn_pause(c, d, c.candidate.pause_ms)
    same = utterance == old.id
    c.utterance = Utterance(
        utterance,
        since=old.since,
        earlier_ms=old.earlier_ms + (0 if same else old.voiced_ms),
        voiced_ms=old.voiced_ms if same else 0,
        overlapped=old.overlapped,
        hard=old.hard,
        own=old.own,
    )
    c.candidate = None
    disarm(c, d, "candidate")
