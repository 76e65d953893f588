"""Whisper by whisper.cpp, through pywhispercpp: one file of weights, no Python but numpy.

What its abort callback is worth (whisper.cpp 1.8 in pywhispercpp 1.5, tried): it is asked once after each encoding
and each decoding step, not within them (also whisper.cpp issue 3718). So an abort during the encoding, which is most
of the time of an utterance, takes effect at its end, and the answer's many steps are saved. The waiting thread does
not wait for that (see ``Errands``); but a model has one state and does one sound at a time, so the next utterance
does, for the rest of one encoding. faster-whisper does better here. Each abort leaves whisper.cpp's line "failed to
encode" on standard error: its log can be turned elsewhere only for the whole process, and then aborts it at exit
(tried).

pywhispercpp tells no probability of "no speech": the filter of hallucinations has less to go by than it has with
``models.stt_whisper``. Times of words are left out.
"""

import math
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from models import whisper_ggml
from models.ports import MIC_HZ, Audio, Samples, Transcript
from models.stt_whisper import SHORTEST_SAMPLES, SILENT_PEAK
from models.whisper_confidence import confidence_pct
from models.whisper_errands import Errands, Flag
from states.errors import BackendError, BackendUnavailable

_WINDOW_SAMPLES = 30 * MIC_HZ
_LEAST_SAMPLES = MIC_HZ + MIC_HZ // 10
"""Earlier whisper.cpp refuses less than a second; it pads to 30 s anyway."""

_TOKENS_MOST = 224
_CONTEXT_PER_S, _CONTEXT_MOST = 50, 1500


class WhisperCppRecognizer:
    """A ``SpeechRecognizer`` by whisper.cpp. Loads in a tenth of a second to some seconds.

    ``model``: a size, found as ``models/whisper/ggml-<size>.bin`` here or in the user's cache ``is2s/whisper``, or
    the path of a file. ``threads``: 0 is the library's choice, at most 4. ``language``: a code such as ``en``, or
    ``auto``. ``short_windows``: encode ceil(utterance + 1 s), not 30 s (whisper.cpp's ``audio_ctx``): a fraction of
    the time, of unproven accuracy. ``poll_ms``: see ``Errands``.

    Threads: ``recognize`` may be iterated in any thread; the work is done in one thread of this object's own, one
    sound after the other. Raises ``BackendUnavailable`` where the package or the file is missing or not whole.
    """

    def __init__(
        self,
        model: str = "base.en",
        *,
        threads: int = 0,
        language: str = "en",
        short_windows: bool = False,
        poll_ms: int = 20,
    ) -> None:
        if find_spec("pywhispercpp") is None:
            raise BackendUnavailable("pywhispercpp is not installed", remedy="pip install 'is2s[whispercpp]'")
        self.path = whisper_ggml.located(model)
        from pywhispercpp.model import Model

        options: dict[str, Any] = {"n_threads": threads} if threads > 0 else {}
        try:
            self._model: Any = Model(
                str(self.path),
                redirect_whispercpp_logs_to=None,  # to nowhere, while it loads
                language=language,
                print_progress=False,
                print_realtime=False,
                temperature=0.0,
                temperature_inc=0.0,
                greedy={"best_of": 1},
                no_context=True,
                suppress_nst=True,
                **options,
            )
        except Exception as error:  # the binding raises what pybind makes of C++
            raise BackendUnavailable(f"{self.path} does not load: {error}", remedy=whisper_ggml.REMEDY) from error
        self._short_windows = short_windows
        self._errands = Errands("whispercpp", side_by_side=1, poll_ms=poll_ms)

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Yield the words so far, again and again, at least every ``poll_ms``; the last is the answer.

        ``confidence_pct`` is the geometric mean of the tokens' probabilities in percent, uncalibrated, of
        ``avg_logprob`` likewise; no other evidence, no words' times. Sound of less than 100 ms, or that never exceeds
        -60 dB, gives an empty transcript. Closing the iterator frees the caller at once and aborts the work after its
        current encoding or decoding step. Raises ``BackendError`` where recognition fails.
        """
        samples = audio.samples
        if len(samples) < SHORTEST_SAMPLES or float(np.abs(samples).max()) < SILENT_PEAK:
            yield Transcript("")
            return

        def work(report: Callable[[Transcript], None], flag: Flag) -> None:
            try:
                self._transcribe(samples, report, flag)
            except Exception as error:  # as above
                raise BackendError(f"whisper.cpp failed: {error}") from error

        yield from self._errands.run(work)

    def close(self) -> None:
        """Take no more work. A call that runs ends by itself."""
        self._errands.close()

    def _transcribe(self, samples: Samples, report: Callable[[Transcript], None], flag: Flag) -> None:
        one_window = len(samples) <= _WINDOW_SAMPLES
        context = 0
        if self._short_windows and one_window:
            context = min(_CONTEXT_MOST, _CONTEXT_PER_S * (math.ceil(len(samples) / MIC_HZ) + 1))
        heard = np.zeros(max(_LEAST_SAMPLES, len(samples)), dtype=np.float32)
        heard[: len(samples)] = samples
        segments = self._model.transcribe(
            heard,
            abort_callback=lambda: flag.raised,
            extract_probability=True,
            no_timestamps=one_window,
            single_segment=one_window,
            max_tokens=_TOKENS_MOST,
            audio_ctx=context,
        )
        if not flag.raised:
            report(_transcript([(segment.text, segment.probability) for segment in segments]))


def _transcript(segments: list[tuple[str, float]]) -> Transcript:
    """Put segments, (text, geometric mean of the tokens' probabilities), together; longer ones count for more."""
    texts = [(" ".join(text.split()), probability) for text, probability in segments]
    texts = [(text, probability) for text, probability in texts if text]
    sure = [(len(text), math.log(probability)) for text, probability in texts if probability > 0.0]
    text = " ".join(text for text, _ in texts)
    if not sure:  # nothing was written, or its probability is not known (not a number)
        return Transcript(text)
    avg_logprob = sum(letters * logprob for letters, logprob in sure) / sum(letters for letters, _ in sure)
    return Transcript(text, confidence_pct(avg_logprob), avg_logprob=min(0.0, avg_logprob))
