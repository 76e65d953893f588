"""pocketsphinx's two searches of one sound, and the process that they are done in.

pocketsphinx holds the interpreter's lock for as long as a search takes: 70 to 300 ms, in which no other thread runs,
nor does the sound card's callback, which has 40. Searching piece by piece would let go of it every 4 ms, but comes to
other words (8 of 68 tried): the features of a whole sound are normalised by that sound. So it is done elsewhere.

The process reads frames from standard input and writes frames to standard output: four bytes of length,
little-endian, then so many bytes. First comes the grammar (JSON), answered with ``{}`` when it is loaded; then each
frame is a sound of 16 bits, answered with what was found in it (JSON). ``{"failed": why}`` answers what did not work.
The process ends with its standard input: closed, or gone with whoever had it, however that ended.
"""

import json
import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

_LOG_BASE = math.log(1.0001)
_SILENCES = frozenset({"<s>", "</s>", "<sil>", "SIL", "[NOISE]", "[SPEECH]", "+NSN+", "+SPN+"})

GRAMMAR, PHONES = "grammar", "phones"
"""The searches by name: for the best sentence, and for any sequence of phones at all."""


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write and flush. Raises ``OSError`` where nobody reads."""
    stream.write(len(data).to_bytes(4, "little"))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; blocks. None at the end, also in the middle of a frame."""
    head = stream.read(4)
    length = int.from_bytes(head, "little")
    data = stream.read(length) if len(head) == 4 else b""
    return data if len(head) == 4 and len(data) == length else None


class Searcher:
    """A decoder with both searches; loads in 0.15 s, and takes some 30 MB.

    Raises ``OSError`` where pocketsphinx does not start, ``ValueError`` for a grammar that it does not accept.
    """

    def __init__(self, rate_hz: int, grammar: str, pronunciations: Mapping[str, Sequence[str]]) -> None:
        import pocketsphinx

        try:
            # lm=None: the general language model is not used, and takes 55 MB and 0.8 s to load.
            self._decoder: Any = pocketsphinx.Decoder(samprate=rate_hz, lm=None, loglevel="FATAL", beam=1e-64)
            self._decoder.add_allphone_file(PHONES, pocketsphinx.get_model_path("en-us/en-us-phone.lm.bin"))
        except (RuntimeError, ValueError) as error:
            raise OSError(str(error)) from error
        try:
            self._add_words(pronunciations)
            self._decoder.add_jsgf_string(GRAMMAR, grammar)
        except RuntimeError as error:
            raise ValueError(str(error)) from error

    def found(self, name: str, pcm: bytes) -> dict[str, Any] | None:
        """One search over the whole sound at once: cepstral means are then those of this sound alone.

        ``score`` is the whole sound's log likelihood to the base 1.0001; each word, silences left out, has its first
        frame of 10 ms, the one after its last, and how many phones it has. Raises ``RuntimeError``.
        """
        decoder = self._decoder
        # Without this, the first frames are scored by what the sound before has left behind.
        decoder.reinit_feat()
        decoder.activate_search(name)
        decoder.start_utt()
        decoder.process_raw(pcm, False, True)
        # Asked before the end, it may stop anywhere in the grammar. Asked afterwards, only where a sentence
        # ends: then often at an earlier frame and with a score that compares with nothing.
        best = decoder.hyp()
        segments = [(s.word, s.start_frame, s.end_frame + 1) for s in decoder.seg() or ()] if best else []
        frames = decoder.n_frames()
        decoder.end_utt()
        if best is None or best.score <= 0.0:
            return None
        words = [[*segment, self._phones_of(segment[0])] for segment in segments if segment[0] not in _SILENCES]
        return {
            "text": str(best.hypstr),
            "score": math.log(best.score) / _LOG_BASE,
            "words": words,
            "frames": frames,
        }

    def _phones_of(self, word: str) -> int:
        phones = self._decoder.lookup_word(word)
        return len(phones.split()) if phones else 1

    def _add_words(self, pronunciations: Mapping[str, Sequence[str]]) -> None:
        for word, variants in pronunciations.items():
            for number, phones in enumerate(variants, start=1):
                name = word if number == 1 else f"{word}({number})"
                if self._decoder.lookup_word(name) is None:
                    self._decoder.add_word(name, phones, True)


def answers(searcher: Searcher, pcm: bytes) -> dict[str, Any]:
    """What the process answers to a sound."""
    try:
        return {name: searcher.found(name, pcm) for name in (GRAMMAR, PHONES)}
    except RuntimeError as error:
        return {"failed": str(error)}


def serve() -> None:
    """Be that process, until the end of standard input. Ctrl-C, which a terminal sends to all, is not for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between frames
    try:
        wanted = json.loads(read_frame(requests) or b"{}")
        try:
            searcher = Searcher(**wanted)
        except (OSError, ImportError, TypeError, ValueError) as error:
            failed = {"failed": str(error), "grammar": isinstance(error, ValueError)}
            write_frame(replies, json.dumps(failed).encode())
            return
        write_frame(replies, b"{}")
        while (pcm := read_frame(requests)) is not None:
            write_frame(replies, json.dumps(answers(searcher, pcm)).encode())
    except OSError:  # nobody reads any more
        os._exit(0)  # without flushing into nothing
