"""The endpointer: from speech probabilities, frame by frame, to the life of an utterance.

The life of an utterance, as this stage keeps it::

    SpeechStarted
    ( SpeechDropped
    | (SpeechPaused SpeechResumed)*
      (SpeechSustained (SpeechContinued | SpeechPaused SpeechResumed)*)?
      SpeechPaused?
      SpeechEnded )

It may pause before it has been sustained (a short "yes"), it is sustained at most once, voiced time goes on
adding up over its pauses, and it is dropped only where it has neither paused nor been sustained. It ends
without a pause where it grew too long or the microphone went away. One utterance is over before the next starts.

All durations are counted in frames of 32 ms and rounded up to them; nothing here reads a clock, so a recording
gives the same events at any speed. The two thresholds (hysteresis) follow Silero's own iterator.
"""

from dataclasses import dataclass, fields
from typing import ClassVar

from models.ports import FRAME_SAMPLES, MIC_HZ
from states.events import (
    Event,
    SpeechContinued,
    SpeechDropped,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSustained,
)

FRAME_MS = FRAME_SAMPLES * 1000 // MIC_HZ
"""What every duration is rounded up to: 32 ms."""

KEPT_SPANS = 64
"""Places of this many utterances are remembered: far more than any turn or worker looks back."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """When speech starts, pauses and ends. Probabilities in [0, 1], durations in ms, rounded up to frames.

    ``onset_threshold``, ``offset_threshold``: defaults of Silero's ``VADIterator`` (0.5, and 0.15 below it);
        between the two a frame is what the frame before it was.
    ``min_speech_ms``: less speech than this is a click, not an utterance. Chosen so that a short "no" (some
        150 ms) passes; Silero's default of 250 would lose it.
    ``sustain_ms``: speech worth verifying as a barge-in: one syllable. Chosen.
    ``continue_ms``: further speech between two looks at its words; an assessment should fit in it. Chosen.
    ``pause_ms``: silence worth starting recognition on, about the longest stop inside a fluent phrase. Chosen.
    ``silence_ms``: silence that ends an utterance. Within the 500 to 800 ms usual in voice assistants; it may
        be short because a turn can be reopened.
    ``max_utterance_ms``: an utterance is cut here; twice Whisper's window, well within what capture keeps.
    ``preroll_ms``: what is kept before the onset: soft first sounds come before the VAD's certainty. Chosen.
    ``tail_ms``: what is kept after the last speech frame, for soft last sounds. Chosen.
    ``starve_ms``: with no block from the device for so long, an open utterance is ended. Chosen.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    onset_threshold: float = 0.5
    offset_threshold: float = 0.35
    min_speech_ms: int = 96
    sustain_ms: int = 160
    continue_ms: int = 320
    pause_ms: int = 200
    silence_ms: int = 640
    max_utterance_ms: int = 60_000
    preroll_ms: int = 500
    tail_ms: int = 200
    starve_ms: int = 1_000

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range or two of them contradict each other."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_ms") and value < (0 if field.name in ("preroll_ms", "tail_ms") else 1):
                raise ValueError(f"{field.name} is too small: {value}")
        if not 0 < self.offset_threshold <= self.onset_threshold <= 1:
            raise ValueError("thresholds must be 0 < offset_threshold <= onset_threshold <= 1")
        if self.min_speech_ms > self.sustain_ms:
            raise ValueError("min_speech_ms must not be above sustain_ms: sustained speech is never dropped")
        if not self.pause_ms < self.silence_ms < self.max_utterance_ms:
            raise ValueError("it must be pause_ms < silence_ms < max_utterance_ms")


def _frames(duration_ms: int) -> int:
    return -(-duration_ms // FRAME_MS)


def _samples(duration_ms: int) -> int:
    return duration_ms * MIC_HZ // 1000


class Endpointer:
    """The state machine over probabilities. Pure: no thread, no model, no sound. One caller at a time."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        self._min_frames = _frames(settings.min_speech_ms)
        self._continue_frames = _frames(settings.continue_ms)
        self._pause_frames = _frames(settings.pause_ms)
        self._silence_frames = _frames(settings.silence_ms)
        self._max_samples = _frames(settings.max_utterance_ms) * FRAME_SAMPLES
        self._spans: dict[int, tuple[int, int]] = {}  # closed utterances; an open one has its first sample only
        self._position = 0  # after the latest frame
        self._utterance = 0
        self._open = False
        self._voiced = False  # what the latest frame was
        self._paused = False
        self._onset = 0
        self._voiced_end = 0  # after the last voiced frame
        self._voiced_frames = 0
        self._silent_frames = 0  # in a row, until now
        self._next_mark = 0  # voiced frames at which it is sustained, or has continued
        self._before: tuple[int, int] | None = None  # end of speech and voiced frames at the latest pause gone by
        self._resumed = 0  # first sample after that pause

    @property
    def open(self) -> bool:
        """Whether an utterance has started and neither ended nor been dropped."""
        return self._open

    @property
    def voiced(self) -> bool:
        """Whether the latest frame was speech of an utterance that is open."""
        return self._voiced

    def process(self, first_sample: int, probability: float) -> list[Event]:
        """Take the next frame's place and probability of speech; return what happened, in order.

        Frames must come in order; positions may leap where samples were lost. A NaN counts as silence.
        """
        self._position = first_sample + FRAME_SAMPLES
        if probability >= self._settings.onset_threshold:
            self._voiced = True
        elif not probability >= self._settings.offset_threshold:
            self._voiced = False
        if self._open:
            events = self._go_on() if self._voiced else self._fall_silent()
        elif self._voiced:
            events = self._begin(first_sample)
        else:
            return []
        if self._open and self._position - self._onset >= self._max_samples:
            events.append(self._close())
        return events

    def end(self, utterance: int) -> list[Event]:
        """End an utterance in its latest pause, if it is still open.

        What was said since then, where the user spoke again before this was asked, is another utterance.
        """
        if not self._open or utterance != self._utterance:
            return []
        if self._paused:
            return [self._close()]
        return [] if self._before is None else self._split(*self._before)

    def flush(self) -> list[Event]:
        """End or drop the utterance that is open, if one is: the microphone ended, or delivers no more."""
        return [self._close()] if self._open else []

    def span(self, utterance: int) -> tuple[int, int]:
        """(first, end) sample of an utterance, pre-roll included; it grows until the utterance is over.

        The pre-roll stops one frame short of the speech before it, so that no word is recognised twice.
        Raises ``KeyError`` for one that never was or is long forgotten.
        """
        first, end = self._spans[utterance]
        return first, (self._position if self._open and utterance == self._utterance else end)

    def oldest(self, utterance: int) -> int:
        """The earliest utterance still remembered that is not before this one."""
        return max(utterance, min(self._spans, default=utterance))

    def _begin(self, first_sample: int) -> list[Event]:
        self._utterance += 1
        silent_ms = (first_sample - self._voiced_end) * 1000 // MIC_HZ if self._utterance > 1 else 0
        self._open, self._paused, self._before = True, False, None
        self._onset = first_sample
        self._voiced_frames, self._next_mark = 0, _frames(self._settings.sustain_ms)
        earliest = self._voiced_end + FRAME_SAMPLES if self._utterance > 1 else 0
        preroll = first_sample - _samples(self._settings.preroll_ms)
        self._spans[self._utterance] = (min(first_sample, max(preroll, earliest)), first_sample)
        self._spans.pop(self._utterance - KEPT_SPANS, None)
        return [SpeechStarted(self._utterance, silent_ms), *self._go_on()]

    def _split(self, voiced_end: int, voiced_frames: int) -> list[Event]:
        """What came since the latest pause becomes an utterance of its own."""
        settings, old, since = self._settings, self._utterance, self._resumed
        self._spans[old] = (self._spans[old][0], min(since, voiced_end + _samples(settings.tail_ms)))
        ended = SpeechEnded(old, voiced_frames * FRAME_MS)
        self._utterance, self._onset, self._before = old + 1, since, None
        earliest = min(since, voiced_end + FRAME_SAMPLES)
        self._spans[old + 1] = (max(since - _samples(settings.preroll_ms), earliest), since)
        self._spans.pop(old + 1 - KEPT_SPANS, None)
        self._voiced_frames -= voiced_frames
        self._next_mark = _frames(settings.sustain_ms)
        events: list[Event] = [ended, SpeechStarted(old + 1, (since - voiced_end) * 1000 // MIC_HZ)]
        if self._voiced_frames >= self._next_mark:
            events.append(SpeechSustained(old + 1, self._voiced_frames * FRAME_MS))
            while self._next_mark <= self._voiced_frames:
                self._next_mark += self._continue_frames
        return events

    def _go_on(self) -> list[Event]:
        """One more voiced frame."""
        events: list[Event] = []
        if self._paused:
            self._paused = False
            self._before, self._resumed = (self._voiced_end, self._voiced_frames), self._position - FRAME_SAMPLES
            events.append(SpeechResumed(self._utterance, self._silent_frames * FRAME_MS))
            # What follows a pause may be judged anew ("mm-hm ... stop"), and as soon as at an onset.
            self._next_mark = min(self._next_mark, self._voiced_frames + _frames(self._settings.sustain_ms))
        self._voiced_end = self._position
        self._voiced_frames += 1
        self._silent_frames = 0
        if self._voiced_frames == self._next_mark:
            sustained = self._next_mark == _frames(self._settings.sustain_ms)
            kind = SpeechSustained if sustained else SpeechContinued
            events.append(kind(self._utterance, self._voiced_frames * FRAME_MS))
            self._next_mark += self._continue_frames
        return events

    def _fall_silent(self) -> list[Event]:
        """One more silent frame."""
        events: list[Event] = []
        self._silent_frames += 1
        if self._silent_frames == self._pause_frames:
            if self._voiced_frames < self._min_frames:
                return [self._close()]
            self._paused = True
            silent_ms = self._silent_frames * FRAME_MS
            events.append(SpeechPaused(self._utterance, self._voiced_frames * FRAME_MS, silent_ms))
        if self._silent_frames == self._silence_frames:
            events.append(self._close())
        return events

    def _close(self) -> Event:
        """The utterance is over; the next needs a frame above the onset threshold again."""
        end = min(self._position, self._voiced_end + _samples(self._settings.tail_ms))
        self._spans[self._utterance] = (self._spans[self._utterance][0], end)
        self._open = self._voiced = False
        kind = SpeechDropped if self._voiced_frames < self._min_frames else SpeechEnded
        return kind(self._utterance, self._voiced_frames * FRAME_MS)
