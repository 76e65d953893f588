"""Transcription: the user's words, of an utterance in progress as evidence, of an ended one as a turn."""

from collections.abc import Callable

from engine.work import WAITING, Worker, stream_of
from models.hallucination import doubt
from models.ports import MIC_HZ, Audio, SpeechRecognizer, Transcript
from models.waiting import is_waiting_transcript
from states.events import Event, UtteranceAssessed, UtteranceTranscribed

Caption = Callable[[int, str], None]
"""Told of every transcript of an utterance as it gets better, in the worker's thread; for displays. Must be quick."""


def no_caption(_utterance: int, _text: str) -> None:
    """Nobody looks."""


def transcribe(
    audio: Audio, recognizer: SpeechRecognizer, *, utterance: int, voiced_ms: int, caption: Caption = no_caption
) -> Worker:
    """Recognise an ended utterance; one ``UtteranceTranscribed``."""

    def report(found: Transcript) -> Event:
        why = doubt(found, voiced_ms=voiced_ms, audio_ms=_length_ms(audio))
        return UtteranceTranscribed(utterance, found.text, found.confidence_pct, voiced_ms, why, found.final_pct)

    return _recognize(audio, recognizer, report, lambda text: caption(utterance, text))


def assess(
    audio: Audio,
    recognizer: SpeechRecognizer,
    *,
    utterance: int,
    voiced_ms: int,
    ended: bool,
    caption: Caption = no_caption,
) -> Worker:
    """Gather evidence about speech during a reply; one ``UtteranceAssessed``."""

    def report(found: Transcript) -> Event:
        why = doubt(found, voiced_ms=voiced_ms, audio_ms=_length_ms(audio))
        return UtteranceAssessed(utterance, found.text, found.confidence_pct, voiced_ms, ended, why)

    return _recognize(audio, recognizer, report, lambda text: caption(utterance, text))


def _recognize(
    audio: Audio,
    recognizer: SpeechRecognizer,
    report: Callable[[Transcript], Event],
    better_words: Callable[[str], None],
) -> Worker:
    found = Transcript("")
    with stream_of(recognizer.recognize(audio)) as transcripts:
        for better in transcripts:
            waiting, found = is_waiting_transcript(better, found), better
            if not waiting:
                better_words(found.text)
            yield WAITING if waiting else None
    yield report(found)


def _length_ms(audio: Audio) -> int:
    return len(audio.samples) * 1000 // MIC_HZ
