"""Backends that do as they are told: for replay, tests and demonstrations without models.

Each is deterministic and has no state but its place in the script, so that a replay gives the same bytes every time.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.ports import FRAME_SAMPLES, MIC_HZ, Audio, Samples, SpeechChunk, Transcript
from states.errors import BackendError
from states.events import WordSpan
from states.history import Entry, ToolUse, spoken
from states.phrases import tokens


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word at its place on the microphone's timeline."""

    text: str
    first_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Take:
    """User speech as it was said on the microphone's timeline, and what a recogniser makes of it.

    ``heard`` replaces the words, for recognisers that mishear; ``error`` makes recognition fail. ``avg_logprob`` and
    ``no_speech_prob`` are Whisper's evidence, ``final_pct`` that of a detector of the turn's end, as in
    ``Transcript``.
    """

    words: tuple[SpokenWord, ...]
    first_sample: int
    end_sample: int
    heard: str | None = None
    confidence_pct: int = -1
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    final_pct: int = -1
    error: str = ""


class ScriptedVad:
    """Speech exactly where the script says so. Counts frames from the session's start."""

    def __init__(self, takes: Callable[[], Sequence[Take]]) -> None:
        self._takes = takes
        self._position = 0

    def probability(self, frame: Samples) -> float:
        """1.0 where half of the frame or more lies in a take, else 0.0."""
        first, end = self._position, self._position + len(frame)
        self._position = end
        spoken = sum(max(0, min(end, t.end_sample) - max(first, t.first_sample)) for t in self._takes())
        return 1.0 if spoken >= FRAME_SAMPLES // 2 else 0.0

    def reset(self) -> None:
        """Nothing to forget: the place in the script stays."""


class ScriptedRecognizer:
    """Hears the words of the takes that lie at least half within the sound it is given."""

    def __init__(self, takes: Callable[[], Sequence[Take]]) -> None:
        self._takes = takes

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield what the script says. Raises ``BackendError`` where the script says so."""
        first, end = audio.first_sample, audio.first_sample + len(audio.samples)
        words: list[str] = []
        last = Take((), 0, 0)
        for take in self._takes():
            if min(end, take.end_sample) <= max(first, take.first_sample):
                continue
            if take.error:
                raise BackendError(take.error)
            heard = [w.text for w in take.words if 2 * _overlap(w, first, end) >= w.end_sample - w.first_sample]
            words += [take.heard] if take.heard is not None else heard
            last = take
        yield Transcript(
            " ".join(word for word in words if word),
            last.confidence_pct,
            avg_logprob=last.avg_logprob,
            no_speech_prob=last.no_speech_prob,
            final_pct=last.final_pct,
        )


def _overlap(word: SpokenWord, first: int, end: int) -> int:
    return max(0, min(end, word.end_sample) - max(first, word.first_sample))


@dataclass(frozen=True, slots=True)
class ScriptedAnswer:
    """What to answer. ``on``: words that the last user message must contain, in order; empty fits anything.

    After ``fail_after_words`` words generation fails with ``error``; after ``stall_after_words`` nothing more comes.
    ``endless`` says the text again and again. ``tool`` names a function that is used, with ``tool_result``, before
    the answer's first word.
    """

    text: str
    on: str = ""
    error: str = ""
    fail_after_words: int | None = None
    stall_after_words: int | None = None
    endless: bool = False
    tool: str = ""
    tool_result: str = "done"


class ScriptedLanguageModel:
    """Gives each answer once, in order, as soon as its ``on`` fits; the last fitting one again when all are used."""

    def __init__(self, answers: Sequence[ScriptedAnswer]) -> None:
        self._answers = tuple(answers)
        self._used: set[int] = set()

    def stream(self, messages: Sequence[Entry]) -> Iterator[str | ToolUse]:
        """Yield the answer word by word. Raises ``BackendError`` where nothing fits or the script says so."""
        answer = self._choose(messages)
        if answer.tool:
            yield ToolUse(answer.tool, "{}", answer.tool_result)
        words = answer.text.split(" ")
        count = 0
        while True:
            for i, word in enumerate(words):
                if answer.fail_after_words == count:
                    raise BackendError(answer.error or "the script says so")
                while answer.stall_after_words == count:
                    yield ""
                yield word if i == len(words) - 1 and not answer.endless else word + " "
                count += 1
            if not answer.endless:
                return

    def _choose(self, messages: Sequence[Entry]) -> ScriptedAnswer:
        asked = tokens(next((m.text for m in reversed(spoken(messages)) if m.role == "user"), ""))
        fitting = [i for i, answer in enumerate(self._answers) if _contains(asked, tokens(answer.on))]
        if not fitting:
            raise BackendError(f"the script has no answer to {' '.join(asked)!r}")
        chosen = next((i for i in fitting if i not in self._used), fitting[-1])
        self._used.add(chosen)
        return self._answers[chosen]


def _contains(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(words[i : i + len(part)] == part for i in range(len(words) - len(part) + 1))


@dataclass(slots=True)
class ScriptedSynthesizer:
    """Speaks every word as a tone of ``word_ms``, the last tenth of it silent.

    A clause with the word ``fail_on`` fails; one with ``mute_on`` gives no samples. With ``speech``, samples at
    ``MIC_HZ``, it sounds like that instead of in tones: a stretch from a place that hangs on the words. So what a
    detector hears is speech, whatever the words are.
    """

    word_ms: int = 300
    fail_on: str = ""
    mute_on: str = ""
    estimated: bool = False
    speech: Samples | None = None
    _tones: dict[int, Samples] = field(default_factory=dict)

    @property
    def rate_hz(self) -> int:
        """The microphone's rate: nothing to resample."""
        return MIC_HZ

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield one chunk for the whole text. Raises ``BackendError`` where the script says so."""
        words = tokens(text)
        if self.fail_on and self.fail_on.lower() in words:
            raise BackendError(f"the script says that {self.fail_on!r} cannot be spoken")
        if self.mute_on and self.mute_on.lower() in words:
            return
        length = self.word_ms * MIC_HZ // 1000
        sounds: list[Samples] = []
        spans: list[WordSpan] = []
        at = 0
        for word in text.split():
            char = text.index(word, at)
            at = char + len(word)
            if tokens(word):
                spans.append((char, at, len(sounds) * length, (len(sounds) + 1) * length))
                sounds.append(self._tone(len(word), length))
        if sounds:
            tones = np.concatenate(sounds)
            sound = tones if self.speech is None else _stretch(self.speech, text, len(tones))
            yield SpeechChunk(sound, tuple(spans), self.estimated)

    def _tone(self, letters: int, length: int) -> Samples:
        if letters not in self._tones:
            sounding = length - length // 10
            time_s = np.arange(sounding) / MIC_HZ
            fade = np.minimum(1.0, np.minimum(np.arange(sounding), np.arange(sounding)[::-1]) / 80)
            tone = np.zeros(length, dtype=np.float32)
            tone[:sounding] = 0.3 * fade * np.sin(2 * np.pi * (180 + 15 * letters) * time_s)
            self._tones[letters] = tone
        return self._tones[letters]


def _stretch(speech: Samples, text: str, count: int) -> Samples:
    """So many samples of a recording, from a place of the text's own; it goes round at the end."""
    first = zlib.crc32(text.encode()) % len(speech)
    sound: Samples = np.resize(np.roll(speech, -first), count)
    ramp = np.minimum(1.0, np.arange(count) / 80).astype(np.float32)  # 5 ms, so that it does not click
    return sound * ramp * ramp[::-1]


class ScriptedTurnEnd:
    """A ``TurnEndDetector`` that gives the answers it was given, in order, the last one for ever."""

    def __init__(self, answers_pct: Sequence[int]) -> None:
        self._answers_pct = list(answers_pct)

    def final_pct(self, audio: Audio) -> int:  # noqa: ARG002
        """The next answer."""
        return self._answers_pct.pop(0) if len(self._answers_pct) > 1 else self._answers_pct[0]
