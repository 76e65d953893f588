"""Recording backends: each passes on what the real one answers, and keeps a copy on a cassette.

A cassette is a folder::

    head.json       format, clock, rate of the voice, length of the input
    calls.jsonl     one line a call: what was asked, what was answered, how it ended
    vad.u16         one number a frame of the microphone: probability of speech, per mille, little-endian
    speech-*.flac   the sound of one call of the synthesiser, 16 bit, its chunks joined

What a cassette cannot keep exactly is rounded *before* the session sees it (probabilities to a thousandth, samples
to 16 bit), so that a replay is given the very same numbers. What a model yields while it has nothing new is passed on
and not kept (``models.waiting``). ``models.cassette_player`` plays it back.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import soundfile

from models.ports import (
    Audio,
    LanguageModel,
    Samples,
    SpeechChunk,
    SpeechRecognizer,
    SpeechSynthesizer,
    Transcript,
    VoiceActivityDetector,
)
from models.waiting import is_waiting_chunk, is_waiting_piece, is_waiting_transcript
from states.history import Entry, ToolUse, entry_record

FORMAT = 2
"""Version of the cassette; raised when a reader of the old one would misread the new."""

FULL_SCALE = 32768
"""A 16-bit sample's 1.0: libsndfile's own convention, exact in float32 both ways."""

T = TypeVar("T")
Record = dict[str, Any]


class Call:
    """One call of a backend in the making; belongs to the thread that makes the call."""

    def __init__(self, number: int, role: str, asked: Record) -> None:
        self.record: Record = {"n": number, "role": role, **asked, "answers": [], "end": "closed"}
        self.sounds: list[npt.NDArray[np.int16]] = []
        self.rate_hz = 0


class Tape:
    """Writes a cassette into ``folder``, which is made. Any thread; ``close`` once, after the session.

    Every line is one unbuffered write in append mode, so that threads need no lock and a crash costs only the calls
    that were under way. Where writing fails (a full disk), ``warn`` is told once and the session goes on without.
    Raises ``OSError`` only from the constructor.
    """

    def __init__(self, folder: Path, head: Mapping[str, Any], *, warn: Callable[[str], None]) -> None:
        self.folder = folder
        self._warn = warn
        self._numbers = count()
        self._open: dict[int, Call] = {}
        self._failed = False
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "head.json").write_text(json.dumps({"format": FORMAT, **head}) + "\n", encoding="utf-8")
        self._files: dict[str, FileIO] = {}
        for name in ("calls.jsonl", "jobs.jsonl", "vad.u16"):
            (folder / name).write_bytes(b"")  # an older cassette here was left by a run that never became a session
            self._files[name] = (folder / name).open("ab", buffering=0)

    def begin(self, role: str, **asked: Any) -> Call:
        """A call begins. Numbers are in the order of beginning, lines in that of ending."""
        call = Call(next(self._numbers), role, asked)
        self._open[call.record["n"]] = call
        return call

    def end(self, call: Call) -> None:
        """The call is over; a second time, do nothing. Encoding its sound takes some milliseconds a second."""
        if self._open.pop(call.record["n"], None) is None:
            return
        if call.sounds and (joined := np.concatenate(call.sounds)).size:
            name = f"speech-{call.record['n']:05}.flac"
            try:
                soundfile.write(self.folder / name, joined, call.rate_hz, format="FLAC", subtype="PCM_16")
                call.record["sound"] = name
            except (OSError, soundfile.LibsndfileError) as error:
                self._fail(error)
        self.write_line("calls.jsonl", call.record)

    def write_line(self, name: str, record: Record) -> None:
        """Append one line of JSON; half a surrogate pair, which a model may yield, becomes JSON's own escape."""
        line = json.dumps(record, separators=(",", ":"), ensure_ascii=False, default=_plain)
        self.write(name, line.encode("utf-8", "backslashreplace") + b"\n")

    def write(self, name: str, data: bytes) -> None:
        """Append bytes to one of the cassette's files."""
        file = self._files[name]
        if self._failed or file.closed:  # closed: a model that never returned has returned after all
            return
        try:
            file.write(data)
        except (OSError, ValueError) as error:
            self._fail(error)

    def close(self) -> None:
        """Keep also the calls that have not ended, as far as they came, and close the files."""
        for call in list(self._open.values()):
            self.end(call)
        for file in self._files.values():
            file.close()

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            self._warn(f"the cassette ends here: {getattr(error, 'strerror', None) or error}")


def _plain(value: Any) -> Any:
    """A backend may count in numpy's numbers."""
    return value.item()


def _kept(
    tape: Tape, call: Call, ask: Callable[[], Iterator[T]], keep: Callable[[Call, T], tuple[Any, T]]
) -> Iterator[T]:
    """Pass on what ``ask`` yields. ``keep`` gives what is written down of an answer, and the answer as rounded.

    None is written down for what is no answer, and not kept.
    """
    answers: Iterator[T] | None = None
    try:
        answers = ask()
        for answer in answers:
            written, rounded = keep(call, answer)
            if written is not None:
                call.record["answers"].append(written)
            yield rounded
        call.record["end"] = "complete"
    except Exception as error:
        call.record["end"] = "failed"
        call.record["error"] = [type(error).__name__, str(error)]
        raise
    finally:
        try:
            _close(answers)
        finally:
            tape.end(call)


def _close(thing: object) -> None:
    close = getattr(thing, "close", None)
    if close is not None:
        close()


class RecordingVad:
    """A detector whose probabilities are rounded to a thousandth and kept; a NaN, which is silence, becomes 0."""

    def __init__(self, inner: VoiceActivityDetector, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    def probability(self, frame: Samples) -> float:
        """As the inner one says."""
        found = float(self._inner.probability(frame))
        per_mille = min(1000, max(0, round(found * 1000))) if found == found else 0
        self._tape.write("vad.u16", per_mille.to_bytes(2, "little"))
        return per_mille / 1000

    def reset(self) -> None:
        """Forget all earlier frames."""
        self._inner.reset()

    def close(self) -> None:
        """Close the inner one."""
        _close(self._inner)


class RecordingRecognizer:
    """A recogniser whose transcripts are kept, by the place of the sound in the session."""

    def __init__(self, inner: SpeechRecognizer, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """As the inner one says."""
        call = self._tape.begin("stt", first_sample=audio.first_sample, samples=len(audio.samples))
        before = Transcript("")

        def keep(_: Call, found: Transcript) -> tuple[Any, Transcript]:
            nonlocal before
            waiting, before = is_waiting_transcript(found, before), found
            return None if waiting else asdict(found), found

        return _kept(self._tape, call, lambda: self._inner.recognize(audio), keep)

    def close(self) -> None:
        """Close the inner one."""
        _close(self._inner)


class RecordingLanguageModel:
    """A language model whose pieces and uses of functions are kept, by the messages it was given."""

    def __init__(self, inner: LanguageModel, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    def stream(self, messages: Sequence[Entry]) -> Iterator[str | ToolUse]:
        """As the inner one says."""
        call = self._tape.begin("llm", messages=[entry_record(entry) for entry in messages])
        return _kept(self._tape, call, lambda: self._inner.stream(messages), _piece)

    def close(self) -> None:
        """Close the inner one."""
        _close(self._inner)


def _piece(_: Call, piece: str | ToolUse) -> tuple[Any, str | ToolUse]:
    """A use of a function is kept with its result: a function is called once, and never for a replay."""
    if isinstance(piece, ToolUse):
        return entry_record(piece), piece
    return None if is_waiting_piece(piece) else piece, piece


class RecordingSynthesizer:
    """A synthesiser whose chunks are rounded to 16 bit and kept, by their text."""

    def __init__(self, inner: SpeechSynthesizer, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    @property
    def rate_hz(self) -> int:
        """That of the inner one."""
        return self._inner.rate_hz

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        """As the inner one says."""
        call = self._tape.begin("tts", text=text)
        return _kept(self._tape, call, lambda: self._inner.synthesize(text), self._keep)

    def _keep(self, call: Call, chunk: SpeechChunk) -> tuple[Any, SpeechChunk]:
        if is_waiting_chunk(chunk):
            return None, chunk
        call.rate_hz = self._inner.rate_hz
        levels = np.clip(np.rint(chunk.samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        call.sounds.append(levels)
        rounded = SpeechChunk((levels / np.float32(FULL_SCALE)).astype(np.float32), chunk.words, chunk.estimated)
        return {"samples": len(levels), "words": chunk.words, "estimated": chunk.estimated}, rounded

    def close(self) -> None:
        """Close the inner one."""
        _close(self._inner)
