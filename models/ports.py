"""What the engine asks of a model: five small protocols and the values they exchange.

A backend sees no events, ids or clock. To cancel, the caller closes the iterator it was given, from the
thread that iterates it; a backend therefore yields as often as it can and cleans up in ``finally``. It may have a
``warm_up()``, called before the first session, and a ``close()``, called after the last.
Each method is called from one worker thread at a time. All samples are mono float32 in [-1, 1].
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from states.events import WordSpan
from states.history import Entry, ToolUse

Samples = npt.NDArray[np.float32]
"""Mono float32, shape (n,), in [-1, 1]."""

MIC_HZ = 16_000
"""Rate of everything on the microphone's side: what Silero, Whisper and pocketsphinx take."""

FRAME_SAMPLES = 512
"""Samples the VAD takes at once (32 ms): the only length Silero v5 and later accept at 16 kHz."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A stretch of the microphone's signal at ``MIC_HZ``; ``first_sample`` is its place in the session."""

    samples: Samples
    first_sample: int = 0


@dataclass(frozen=True, slots=True)
class RecognizedWord:
    """A word with its place in the audio given, in samples at ``MIC_HZ``, and its probability in percent."""

    text: str
    first_sample: int
    end_sample: int
    probability_pct: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """Recognised words. ``confidence_pct`` is 0 to 100, or -1 where the recogniser can claim none.

    ``text`` is empty where nothing was understood. The rest is for recognisers of Whisper's kind, None where it is
    not known: mean log-probability of the tokens, probability that there is no speech, length of the text over that
    of its zlib form (repetition compresses well). ``final_pct``: how likely the turn is over by its sound, 0 to 100,
    or -1 where nobody listened for that.
    """

    text: str
    confidence_pct: int = -1
    words: tuple[RecognizedWord, ...] = ()
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    final_pct: int = -1


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """A stretch of synthesised speech at the synthesiser's rate.

    ``words`` give character spans of the text and sample spans counted from the start of *that text's* sound
    (not of this chunk); those that begin in this chunk are in it. ``estimated``: times are guessed.
    """

    samples: Samples
    words: tuple[WordSpan, ...] = ()
    estimated: bool = False


class VoiceActivityDetector(Protocol):
    """Tells speech from everything else, frame by frame; keeps state between frames."""

    def probability(self, frame: Samples) -> float:
        """Probability in [0, 1] that this frame of ``FRAME_SAMPLES`` samples at ``MIC_HZ`` is speech."""

    def reset(self) -> None:
        """Forget all earlier frames."""


class EchoCanceller(Protocol):
    """Takes our own voice, as the microphone hears it from the loudspeaker, out of the microphone's signal."""

    def process(self, mic: Samples, speaker: Samples) -> Samples:
        """The microphone's samples without the loudspeaker's: a new array, shape (n,), like both that are given.

        n is a multiple of ``FRAME_SAMPLES``, all at ``MIC_HZ``. Blocks follow one another without a gap; ``speaker``
        is what was given to the loudspeaker while ``mic`` was taken, heard 0 to 400 ms later. While nothing plays
        the microphone passes at its own level (within 1 dB). The result may lag by up to 10 ms. Never raises for
        what the samples are. Must be quick: it runs between the device and the detector.
        """

    def reset(self) -> None:
        """Forget the room and all earlier samples."""


class SpeechRecognizer(Protocol):
    """Turns speech into words."""

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield one transcript or several, better and better; the last is the answer. May block between.

        Raises ``BackendError`` where recognition fails. Silence gives a transcript with empty text.
        """


class TurnEndDetector(Protocol):
    """Tells by its sound whether the user's turn is over."""

    def final_pct(self, audio: Audio) -> int:
        """How likely it is over after this sound, 0 to 100; the sound ends in a pause. Blocks for that long.

        Raises ``BackendError`` where it fails.
        """


class LanguageModel(Protocol):
    """Answers a conversation."""

    def stream(self, messages: Sequence[Entry]) -> Iterator[str | ToolUse]:
        """Yield the answer piece by piece; joined, the pieces are the answer. May block between.

        A model that waits yields empty pieces meanwhile, so that it can be closed. One that has functions called
        runs them in here, and yields each ``ToolUse`` as the very next thing after the function has returned.

        Raises ``BackendError`` where generation fails, also in the middle.
        """


class SpeechSynthesizer(Protocol):
    """Turns words into speech."""

    @property
    def rate_hz(self) -> int:
        """Sample rate of every chunk."""

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield the sound of ``text`` piece by piece. Text without anything to say gives no samples.

        Raises ``BackendError`` where synthesis fails.
        """
