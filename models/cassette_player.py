"""Playing backends: they answer from a cassette what the real ones answered when it was recorded.

Where the session asks what it asked then, the answers are the same to the bit. Where it asks something near (another
cut of the same sound, another history before the same last words), the nearest answer is given; where nothing is
near, ``BackendError`` names what is not on the cassette. Nothing is ever made up.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import soundfile

from models.cassette import FULL_SCALE
from models.cassette_reading import Answered, Cassette, Heard, Spoken
from models.ports import MIC_HZ, Audio, Samples, SpeechChunk, Transcript
from states.errors import BackendError
from states.history import Entry, ToolUse


class _Once:
    """Chooses among equally fitting calls: the first that was not given yet, else the last of them again."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def choose(self, fitting: Sequence[int]) -> int:
        chosen = next((index for index in fitting if index not in self._given), fitting[-1])
        self._given.add(chosen)
        return chosen


def _finish(call: Heard | Answered | Spoken, what: str) -> None:
    """End as the recorded call ended."""
    if call.end == "failed":
        # Of the same name, for the journal has it. The class itself may be another library's.
        raise type(call.error[0], (BackendError,), {})(call.error[1])
    if call.end != "complete":
        raise BackendError(f"the cassette has no more of {what}: it was cut short when this was recorded")


class PlayingVad:
    """Recorded probabilities by the place of the frame; silence after the last. Frames are counted from the start."""

    def __init__(self, cassette: Cassette) -> None:
        self._per_mille = cassette.per_mille
        self._frames = 0

    def probability(self, frame: Samples) -> float:  # noqa: ARG002 - its sound was judged when it was recorded
        """What was said of the frame at this place."""
        place = self._frames
        self._frames += 1
        return self._per_mille[place] / 1000 if place < len(self._per_mille) else 0.0

    def reset(self) -> None:
        """Nothing to forget: the place on the cassette stays."""


class PlayingRecognizer:
    """Recorded transcripts of the same sound, else of the complete call that shares most of it.

    ``near`` counts the latter.
    """

    def __init__(self, cassette: Cassette) -> None:
        self.near = 0
        self._calls = cassette.heard
        self._once = _Once()

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield what was heard there. Raises ``BackendError`` as recorded, or where nothing near was recorded."""
        first, end = audio.first_sample, audio.first_sample + len(audio.samples)
        span = f"the sound from {first / MIC_HZ:.3f} s to {end / MIC_HZ:.3f} s"
        call = self._calls[self._choose(first, end, span)]
        # A recogniser that hears nothing says so; that is no news, and not on the cassette.
        yield from call.answers or (Transcript(""),)
        _finish(call, span)

    def _choose(self, first: int, end: int, span: str) -> int:
        same = [i for i, c in enumerate(self._calls) if (c.first_sample, c.first_sample + c.samples) == (first, end)]
        if same:
            return self._once.choose(same)
        # Of two that share as much, the shorter one: it holds fewer words from elsewhere.
        near = [
            (min(end, c.first_sample + c.samples) - max(first, c.first_sample), -c.samples, i)
            for i, c in enumerate(self._calls)
            if c.end == "complete"
        ]
        best = max(near, default=(0, 0, 0))
        if best[0] <= 0:
            raise BackendError(f"the cassette has no transcript of {span}")
        self.near += 1
        return best[2]


class PlayingLanguageModel:
    """Recorded pieces for the same messages, else for the same last words of the user. It calls no function.

    ``near`` counts the latter.
    """

    def __init__(self, cassette: Cassette) -> None:
        self.near = 0
        self._calls = cassette.answered
        self._once = _Once()

    def stream(self, messages: Sequence[Entry]) -> Iterator[str | ToolUse]:
        """Yield what was answered. Raises ``BackendError`` as recorded, or where nothing near was recorded."""
        asked = _last_words(messages)
        same = [i for i, call in enumerate(self._calls) if call.messages == tuple(messages)]
        near = same or [i for i, call in enumerate(self._calls) if asked and _last_words(call.messages) == asked]
        if not near:
            raise BackendError(f"the cassette has no answer to {asked!r}")
        self.near += not same
        call = self._calls[self._once.choose(near)]
        yield from call.answers
        _finish(call, f"the answer to {asked!r}")


def _last_words(messages: Sequence[Entry]) -> str:
    return next((message.text for message in reversed(messages) if message.role == "user"), "")


class PlayingSynthesizer:
    """Recorded sound of the same text; where a text was spoken more than once, in that order."""

    def __init__(self, cassette: Cassette) -> None:
        self._calls = cassette.spoken
        self._rate_hz = cassette.rate_hz
        self._once = _Once()

    @property
    def rate_hz(self) -> int:
        """That of the recorded voice."""
        return self._rate_hz

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield what was spoken. Raises ``BackendError`` as recorded, or where the text was not spoken then."""
        same = [i for i, call in enumerate(self._calls) if call.text == text]
        if not same:
            raise BackendError(f"the cassette has no sound of {text!r}")
        call = self._calls[self._once.choose(same)]
        samples = _sound(call)
        done = 0
        for length, words, estimated in call.answers:
            yield SpeechChunk(samples[done : done + length], words, estimated)
            done += length
        _finish(call, f"the sound of {text!r}")


def _sound(call: Spoken) -> Samples:
    needed = sum(length for length, _, _ in call.answers)
    if not needed:
        return np.zeros(0, dtype=np.float32)
    if call.sound is None:
        raise BackendError(f"the cassette has lost the sound of {call.text!r}")
    try:
        levels, _ = soundfile.read(call.sound, dtype="int16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise BackendError(f"{call.sound}: cannot be read or is damaged: {error}") from error
    if levels.ndim != 1 or len(levels) < needed:
        raise BackendError(f"{call.sound}: is damaged: {len(levels)} of {needed} samples")
    samples: Samples = (levels / np.float32(FULL_SCALE)).astype(np.float32)
    return samples
