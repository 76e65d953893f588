"""Synthesis: clauses into sound with the place of every word, a little ahead of the loudspeaker."""

from collections.abc import Iterator

import numpy as np
import soxr

from engine.stages.playout import Playout
from engine.work import WAITING, Pause, Worker, stream_of
from models.ports import MIC_HZ, Samples, SpeechChunk, SpeechSynthesizer
from models.waiting import is_waiting_chunk
from states.events import ChunkSynthesized, WordSpan

_WAIT_MS = 50
_NOTHING = np.zeros(0, dtype=np.float32)


class Synthesis:
    """Speaks clauses of one reply after another, at ``MIC_HZ``. One worker at a time."""

    def __init__(self, synthesizer: SpeechSynthesizer, playout: Playout, *, ahead_ms: int) -> None:
        self._synthesizer = synthesizer
        self._playout = playout
        self._ahead_samples = ahead_ms * MIC_HZ // 1000
        self._reply = 0
        self._samples = 0

    def speak(self, reply: int, clause: int, text: str) -> Worker:
        """Synthesise a clause. Each chunk's event comes before its samples can be played.

        Waits while more than ``ahead_ms`` of the reply is not yet played. Ends without a word where the playout no
        longer takes this reply. The last chunk carries ``final`` and may be empty.
        """
        if reply != self._reply:
            self._reply, self._samples = reply, 0
        while self._playout.ahead(reply) > self._ahead_samples:
            yield Pause(_WAIT_MS)
        with stream_of(self._synthesizer.synthesize(text)) as chunks:
            for resampled in _resampled(chunks, self._synthesizer.rate_hz):
                if resampled is None:
                    yield WAITING
                    continue
                chunk, final = resampled
                size = len(chunk.samples)
                if not (size or chunk.words or final):
                    yield None  # the resampler keeps all of it back
                    continue
                yield ChunkSynthesized(reply, clause, self._samples, size, chunk.words, final, chunk.estimated)
                if not self._playout.write(reply, chunk.samples):
                    return
                self._samples += size


def _resampled(chunks: Iterator[SpeechChunk], rate_hz: int) -> Iterator[tuple[SpeechChunk, bool] | None]:
    """Bring chunks to ``MIC_HZ``, None for one that is none; the last, marked so, is what the resampler kept back."""
    resampler = None if rate_hz == MIC_HZ else soxr.ResampleStream(rate_hz, MIC_HZ, 1, dtype="float32", quality="HQ")
    for chunk in chunks:
        if is_waiting_chunk(chunk):
            yield None
            continue
        samples: Samples = chunk.samples if resampler is None else resampler.resample_chunk(chunk.samples)
        yield SpeechChunk(samples, tuple(_scaled(span, rate_hz) for span in chunk.words), chunk.estimated), False
    tail = _NOTHING if resampler is None else resampler.resample_chunk(_NOTHING, last=True)
    yield SpeechChunk(tail), True


def _scaled(span: WordSpan, rate_hz: int) -> WordSpan:
    char_first, char_end, first, end = map(int, span)  # a backend may count in numpy's integers
    return char_first, char_end, first * MIC_HZ // rate_hz, end * MIC_HZ // rate_hz
