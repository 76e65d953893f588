"""Speech by Piper: a small neural voice, natural, about a fifth of real time on one thread of a processor.

A sentence is one run of a network, which takes tenths of a second and gives its sound all at once. To be ended in the
middle of that, the run happens in a helper thread while the iterator yields empty chunks, ``POLL_MS`` apart at most;
closing the iterator then asks onnxruntime to end the run (``RunOptions.terminate``, looked at between two operators)
and waits until it has. So from the abort to a free worker it takes a poll and an operator. A thread is made for each
sentence and gone with it: nothing has to be shut down. While the network runs, the iterating thread finds out which
phonemes belong to which word, which therefore costs no time of its own.

Text is made plain first (``models.speakable``); word places are those of the written text.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from models.piper_alignment import Group, group_words, phoneme_edges, shared
from models.piper_voices import DEFAULT_VOICE, LoadedVoice, find_voice, load_voice
from models.ports import Samples, SpeechChunk
from models.speakable import SpokenWord, speakable
from states.errors import BackendError, ConfigError
from states.events import WordSpan

if TYPE_CHECKING:
    from piper import AudioChunk, PiperVoice

POLL_MS = 10
"""How long an iteration waits for the network before it yields an empty chunk."""

_RANGES = {"speed": (0.25, 4.0), "volume": (0.0, 2.0), "noise_scale": (0.0, 2.0), "noise_w_scale": (0.0, 2.0)}
_NOTHING = np.zeros(0, dtype=np.float32)

T = TypeVar("T")


class PiperSynthesizer:
    """A ``SpeechSynthesizer`` on piper-tts. Loading blocks for 30 ms to some seconds, by the voice's size.

    ``voice``: a name such as "en_GB-alba-medium", looked for in ``models/piper/`` and the user's cache folder, or
    the path of an ``.onnx``; ``speed``: 0.25 to 4, 1 being the voice's own, 2 twice as fast; ``volume``: 0 to 2, 1
    being full scale at each sentence's peak, more is clipped; ``speaker``: name or number in voices with several;
    ``noise_scale`` (liveliness of sound) and ``noise_w_scale`` (of rhythm): 0 to 2, None being the voice's own. With
    both at 0 the same text gives the same samples.

    Several iterators may be open at a time, in any threads. Raises ``BackendUnavailable`` where piper-tts or a file
    is missing or broken, ``ConfigError`` for a value out of range or a speaker the voice does not have.
    """

    def __init__(
        self,
        voice: str = DEFAULT_VOICE,
        *,
        speed: float = 1.0,
        volume: float = 1.0,
        speaker: str | int | None = None,
        noise_scale: float | None = None,
        noise_w_scale: float | None = None,
    ) -> None:
        given = {"speed": speed, "volume": volume, "noise_scale": noise_scale, "noise_w_scale": noise_w_scale}
        for name, value in given.items():
            low, high = _RANGES[name]
            if value is not None and not low <= value <= high:
                raise ConfigError(f"piper {name} is {value}; it must be {low} to {high}")
        self._loaded = load_voice(find_voice(voice))
        config = self._loaded.config
        from piper.config import SynthesisConfig

        self._how = SynthesisConfig(
            speaker_id=_speaker_id(self._loaded, speaker),
            length_scale=config.length_scale / speed,
            noise_scale=noise_scale,
            noise_w_scale=noise_w_scale,
            volume=volume,
        )
        self._english = config.espeak_voice.partition("-")[0] in ("en", "")

    @property
    def rate_hz(self) -> int:
        """The voice's rate: 16 000 for low, 22 050 for medium and high quality."""
        return int(self._loaded.config.sample_rate)

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """Yield one chunk a sentence with its words, and empty chunks while the network works on it.

        An iteration takes ``POLL_MS`` at most, or 0.2 ms a word at the start; closing takes until the network's
        current operator ends. Text with nothing to say yields nothing.
        """
        words = speakable(text, english=self._english).words
        if not words:
            return
        run = _EndableRun(self._loaded.session)
        voice = _voice(self._loaded, run)
        sound = iter(voice.synthesize(" ".join(word.text for word in words), self._how, True))
        groups: tuple[Group, ...] | None = None
        lengths: list[int] = []
        sentence = spoken = 0
        while True:
            with _Helper(lambda: next(sound, None), on_close=run.end) as helper:
                if groups is None:
                    groups, lengths = _grouped(voice, words)
                while not helper.wait(POLL_MS / 1000):
                    yield SpeechChunk(_NOTHING)
                chunk = helper.result()
            if chunk is None:
                return
            own = [group for group in groups if group.sentence == sentence]
            made = _chunk(chunk, own, words, lengths, self._loaded, spoken)
            sentence, spoken = sentence + 1, spoken + len(made.samples)
            yield made


class _EndableRun:
    """An inference session as ``PiperVoice`` uses it, whose runs can be ended from another thread, once for all."""

    def __init__(self, session: Any) -> None:
        from onnxruntime import RunOptions

        self._session = session
        self._options = RunOptions()

    def run(self, outputs: Any, inputs: Any) -> Any:
        """As ``InferenceSession.run``; raises onnxruntime's ``Fail`` once ended."""
        return self._session.run(outputs, inputs, self._options)

    def end(self) -> None:
        """End the run that goes on, and every later one. May be called from any thread; does not wait."""
        self._options.terminate = True


class _Helper(Generic[T]):
    """Does one thing in a thread of its own.

    Leaving the ``with`` block waits for its end; where it has not ended by itself, ``on_close`` is called first.
    """

    def __init__(self, work: Callable[[], T], *, on_close: Callable[[], None]) -> None:
        self._work = work
        self._on_close = on_close
        self._done = threading.Event()
        self._value: T | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="is2s-piper", daemon=True)

    def __enter__(self) -> "_Helper[T]":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._done.is_set():
            self._on_close()
        self._thread.join()

    def wait(self, timeout_s: float) -> bool:
        """Whether the work is done, waiting for it so long."""
        return self._done.wait(timeout_s)

    def result(self) -> T | None:
        """What the work gave. Raises ``BackendError`` where it failed."""
        if self._error is not None:
            reason = " ".join(f"{type(self._error).__name__}: {self._error}".split())
            raise BackendError(f"piper failed: {reason}") from self._error
        return self._value

    def _run(self) -> None:
        try:
            self._value = self._work()
        except Exception as error:  # onnxruntime's and piper's have no common base; told in ``result``
            self._error = error
        finally:
            self._done.set()


def _voice(loaded: LoadedVoice, run: _EndableRun) -> "PiperVoice":
    """A voice for one text: piper's code around a run of our own. Costs nothing; session and config are shared."""
    from piper import PiperVoice

    return PiperVoice(session=run, config=loaded.config)


def _grouped(voice: "PiperVoice", words: Sequence[SpokenWord]) -> tuple[tuple[Group, ...], list[int]]:
    """Which phonemes are whose, and how many each word has alone. Phonemises anew: 0.2 ms a word."""
    try:
        sentences = voice.phonemize(" ".join(word.text for word in words))
        alone = [[symbol for row in voice.phonemize(word.text) for symbol in [*row, " "]] for word in words]
    except Exception as error:
        raise BackendError(f"piper finds no phonemes: {type(error).__name__}: {error}") from error
    # Piper passes over sentences without a phoneme; so does the count of its chunks.
    return group_words([row for row in sentences if row], alone), [len(row) + 1 for row in alone]


def _chunk(
    chunk: "AudioChunk", groups: Sequence[Group], words: Sequence[SpokenWord], lengths: Sequence[int],
    loaded: LoadedVoice, before: int,
) -> SpeechChunk:  # fmt: skip
    """A sentence's sound with the spans of its words; ``before``: samples of the sentences before it."""
    samples: Samples = np.ascontiguousarray(chunk.audio_float_array, dtype=np.float32).reshape(-1)
    edges, guessed = phoneme_edges(
        chunk.phonemes,
        chunk.phoneme_ids,
        chunk.phoneme_id_samples if loaded.has_durations else None,
        loaded.config.phoneme_id_map,
        len(samples),
    )
    spans: list[WordSpan] = []
    for group in groups:
        own = range(group.first_word, group.end_word)
        parts = shared(before + edges[group.first], before + edges[group.end], [lengths[index] for index in own])
        spans += [(words[i].first, words[i].end, *part) for i, part in zip(own, parts, strict=True)]
    return SpeechChunk(samples, tuple(spans), guessed)


def _speaker_id(loaded: LoadedVoice, speaker: str | int | None) -> int | None:
    """The number of a speaker. Raises ``ConfigError`` where the voice has none such."""
    if speaker is None:
        return None
    count, by_name = loaded.config.num_speakers, loaded.config.speaker_id_map
    if isinstance(speaker, str) and speaker in by_name:
        return int(by_name[speaker])
    if str(speaker).isdigit() and int(speaker) < max(1, count):
        return int(speaker)
    known = ", ".join(list(by_name)[:8]) or f"0 to {max(1, count) - 1}"
    raise ConfigError(f"this Piper voice has no speaker {speaker!r}; it has {known}")
