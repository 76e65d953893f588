"""Whisper by faster-whisper: any words, on any machine, with nothing asked of a network.

Whisper: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022. Decoding is greedy, at
temperature 0 and only once, without the text before as a prompt: the least time, the same words for the same sound,
and no hallucination that feeds on itself. faster-whisper's own VAD stays off: endpointing has done that work. Nothing
is thrown away here for being improbable: ``models.hallucination`` judges that, with evidence that is not known here.

A sound of 30 s or less is one window, decoded once. (Left alone, faster-whisper would decode what follows the last
word's end once more when word times are asked for: twice the time, and a favourite place for hallucinations.) A
longer one is decoded window by window, cut where Whisper's time stamps say that a sentence ends.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from models import whisper_files
from models.ports import MIC_HZ, Audio, RecognizedWord, Samples, Transcript
from models.whisper_confidence import Calibration, confidence_pct
from models.whisper_errands import Abandoned, Errands, Flag
from states.errors import BackendError, BackendUnavailable, ConfigError

SHORTEST_SAMPLES = MIC_HZ // 10
"""Less sound than this is no word; Whisper would invent one."""

SILENT_PEAK = 1e-3
"""A sound that never exceeds this (-60 dB, 33 steps of 16 bits) is taken for silence."""

_PARALLEL_CALLS = 2
"""One that is wanted and one that is stale: see ``Errands``. They share the weights."""

_TOKENS_PER_S, _TOKENS_SPARE, _TOKENS_MOST = 12, 16, 222
"""Bound on what is written for a sound: fast English is 5 words or 7 tokens a second; a loop runs to Whisper's own
limit of 224 tokens (half its context, openai-whisper's ``sample_len``), seconds long with a large model."""

_TOKENS_ASKED_FOR_EACH = 2
"""CTranslate2 4 writes half of the ``max_length`` that it is given (tried: 42 gives 21), faster-whisper passes it
on."""


class WhisperRecognizer:
    """A ``SpeechRecognizer``. Loads in half a second to some seconds; then ready for any thread.

    ``model``: a size ("base.en") found in ``models/whisper/<size>`` here, in the user's cache ``is2s/whisper/<size>``
    or in the hub's own cache of earlier downloads; or the path of a folder. ``device``: ``auto`` (CUDA where
    CTranslate2 sees a GPU and it works, else the CPU), ``cpu`` or ``cuda``. ``compute_type``: CTranslate2's name;
    empty means int8 on a CPU, float16 on a GPU. ``threads`` for a CPU, 0: the library's choice, at most 4.
    ``language``: a code such as ``en``, or ``auto`` (a second encoding finds it out: twice the time). ``words``:
    words with their times too, for some more time. ``short_windows``: encode ceil(utterance + 1 s), not 30 s: a small
    fraction of the time, of unproven accuracy (see ``recognize``). ``download``: ask the network for what is missing.
    ``poll_ms``: see ``Errands``. ``calibration``: (slope, offset) of ``whisper_confidence.Calibration``.

    Threads: ``recognize`` may be iterated in any thread, also in several; the work is done in up to two threads of
    this object's own, so that closing an iterator frees its thread within ``poll_ms`` although the call into C++ goes
    on to its end. A third call waits for one of the two. The GIL is released during the work.

    Raises ``BackendUnavailable`` where the package, the folder or one of its files is missing or does not load,
    ``ConfigError`` for a language or device that there is not. No network is touched unless ``download`` is set.
    """

    def __init__(
        self,
        model: str = "base.en",
        *,
        device: str = "auto",
        compute_type: str = "",
        threads: int = 0,
        language: str = "en",
        words: bool = False,
        short_windows: bool = False,
        download: bool = False,
        poll_ms: int = 20,
        calibration: tuple[float, float] | None = None,
    ) -> None:
        if device not in ("auto", "cpu", "cuda"):
            raise ConfigError(f"stt whisper: device is auto, cpu or cuda, not {device!r}")
        if find_spec("faster_whisper") is None:
            raise BackendUnavailable("faster-whisper is not installed", remedy="pip install 'is2s[whisper]'")
        self.folder = _folder(model, download=download)
        self._loaded, self.device = _loaded(self.folder, device, compute_type, threads)
        if language != "auto" and language not in self._loaded.supported_languages:
            raise ConfigError(f"stt whisper: {self.folder} does not know the language {language!r}")
        self._language = None if language == "auto" else language
        self._words = words
        self._short_windows = short_windows
        self._calibration = Calibration(*calibration) if calibration is not None else None
        self._errands = Errands("whisper", side_by_side=_PARALLEL_CALLS, poll_ms=poll_ms)

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield the words so far, again and again, at least every ``poll_ms``; the last is the answer.

        ``confidence_pct`` is the geometric mean of the tokens' probabilities in percent, the end token's included, or
        what a ``calibration`` makes of it; -1 where no token was written. As it comes it is not calibrated: that
        needs real weights. ``avg_logprob``, ``no_speech_prob`` and ``compression_ratio`` are Whisper's, over
        several windows the mean by tokens, the least, and the greatest. Words have their places in ``audio``.
        Sound of less than 100 ms, or that never exceeds -60 dB, gives an empty transcript without any of them.

        With ``short_windows`` the encoder sees another length than it was trained on. Tried only with stand-in
        weights; real ones may lose words or invent some, so measure before relying on it.

        The samples are read, not copied; they must not change before the iterator has ended or, where it was closed,
        for as long as the stale call may last. Raises ``BackendError`` where recognition fails.
        """
        samples = audio.samples
        if len(samples) < SHORTEST_SAMPLES or float(np.abs(samples).max()) < SILENT_PEAK:
            yield Transcript("")
            return

        def work(report: Callable[[Transcript], None], flag: Flag) -> None:
            try:
                self._transcribe(samples, report, flag)
            except Abandoned:
                pass
            except Exception as error:  # CTranslate2 raises RuntimeError, faster-whisper whatever it meets
                raise BackendError(f"Whisper failed: {error}") from error

        yield from self._errands.run(work)

    def close(self) -> None:
        """Take no more work. Calls that run end by themselves."""
        self._errands.close()

    def _transcribe(self, samples: Samples, report: Callable[[Transcript], None], flag: Flag) -> None:
        from models.whisper_call import WINDOW_SAMPLES, Call, short_window

        frames = short_window(len(samples)) if self._short_windows else None
        one_window = len(samples) <= WINDOW_SAMPLES
        seconds = min(len(samples), WINDOW_SAMPLES) / MIC_HZ
        segments, _ = Call(self._loaded, flag, frames).transcribe(
            np.ascontiguousarray(samples, dtype=np.float32),
            language=self._language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            no_speech_threshold=None,
            without_timestamps=one_window,
            max_new_tokens=_TOKENS_ASKED_FOR_EACH
            * min(_TOKENS_MOST, _TOKENS_SPARE + math.ceil(_TOKENS_PER_S * seconds)),
            word_timestamps=self._words,
            vad_filter=False,
        )
        found = _Found()
        for segment in segments:
            found.add(segment)
            report(found.transcript(self._calibration, len(samples)))
            if one_window or flag.raised:
                return
        if not found.texts:
            report(Transcript(""))


@dataclass(slots=True)
class _Found:
    """What the segments of one sound come to."""

    texts: list[str] = field(default_factory=list)
    words: list[Any] = field(default_factory=list)
    tokens: int = 0
    logprob: float = 0.0
    no_speech_prob: float = 1.0
    compression_ratio: float = 0.0

    def add(self, segment: Any) -> None:
        """Add faster-whisper's next ``Segment``; its evidence is that of its whole window."""
        self.texts.append(" ".join(segment.text.split()))
        self.words += segment.words or ()
        count = len(segment.tokens) + 1
        self.tokens += count
        self.logprob += count * float(segment.avg_logprob)
        self.no_speech_prob = min(self.no_speech_prob, float(segment.no_speech_prob))
        self.compression_ratio = max(self.compression_ratio, float(segment.compression_ratio))

    def transcript(self, calibration: Calibration | None, samples: int) -> Transcript:
        """All of it so far."""
        avg_logprob = self.logprob / self.tokens
        return Transcript(
            " ".join(text for text in self.texts if text),
            confidence_pct(avg_logprob, calibration),
            tuple(_word(word, samples) for word in self.words if word.word.strip()),
            avg_logprob,
            self.no_speech_prob,
            self.compression_ratio,
        )


def _word(word: Any, samples: int) -> RecognizedWord:
    first = min(max(0, round(float(word.start) * MIC_HZ)), samples)
    end = min(max(first, round(float(word.end) * MIC_HZ)), samples)
    return RecognizedWord(word.word.strip(), first, end, round(100 * min(1.0, max(0.0, float(word.probability)))))


def _folder(model: str, *, download: bool) -> Path:
    """The folder of whole weights; the network is asked only where ``download`` says so, and only for a size."""
    if download and not whisper_files.is_path(model):
        folder = whisper_files.find(model)
        if folder is None or whisper_files.flaws(folder):
            from models import fetch

            fetch.fetch(fetch.wanted("whisper", model, here=False), lambda _done, _total: None)
    return whisper_files.located(model)


def _loaded(folder: Path, device: str, compute_type: str, threads: int) -> tuple[Any, str]:
    """The model and the device it is on. ``auto`` falls back to the CPU where the GPU fails its first encoding."""
    import ctranslate2
    from faster_whisper import WhisperModel

    devices = [device]
    if device == "auto":
        devices = ["cuda", "cpu"] if ctranslate2.get_cuda_device_count() > 0 else ["cpu"]
    for place in devices:
        kind = compute_type or ("float16" if place == "cuda" else "int8")
        try:
            model = WhisperModel(
                str(folder),
                device=place,
                compute_type=kind,
                cpu_threads=threads,
                num_workers=_PARALLEL_CALLS,
                local_files_only=True,
            )
            # The first call allocates, and is where a GPU without its libraries fails; better now than in a turn.
            model.encode(np.zeros((model.model.n_mels, 100), dtype=np.float32))
        except Exception as error:  # RuntimeError and ValueError of CTranslate2, bare Exception of tokenizers
            if place == devices[-1]:
                raise BackendUnavailable(
                    f"the Whisper model in {folder} does not load on {place} as {kind}: {error}",
                    remedy=whisper_files.remedy(folder.name) if place == "cpu" else "",
                ) from error
        else:
            return model, place
    raise AssertionError("there is always a last device")
