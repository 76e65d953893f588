"""The recorder: both sides of a session in one WAV file, from which it can be replayed.

Stereo, 16 bit, ``MIC_HZ``: the microphone left, the loudspeaker right, sample for sample as they met in the
audio callback. Blocks are gathered and written every few seconds together with a header that is true at that
moment, so that a crash costs those seconds and not the file. Recording is never worth a conversation: when the
disk is full or the file cannot be written it ends with one warning, and the session goes on.
"""

import struct
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import numpy as np

from models.ports import MIC_HZ, Samples

FLUSH_S = 4
"""Sound gathered in memory before it is written: what a crash may cost."""

QUEUE_S = 60
"""Sound that may wait for a slow disk while recording live; beyond it recording ends."""

_NOTHING: Samples = np.zeros(0, dtype=np.float32)
_FRAME_BYTES = 4  # two channels of 16 bits
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_DATA_BYTES_MAX = 0xFFFFFFFF - _HEADER.size  # of a WAV file: 18 hours


def _header(data_bytes: int) -> bytes:
    """RIFF header of a PCM WAV (Microsoft's Multimedia Programming Interface 1.0, WAVE format)."""
    riff = (b"RIFF", data_bytes + _HEADER.size - 8, b"WAVE")
    form = (b"fmt ", 16, 1, 2, MIC_HZ, MIC_HZ * _FRAME_BYTES, _FRAME_BYTES, 16)
    return _HEADER.pack(*riff, *form, b"data", data_bytes)


class Recorder:
    """Writes one file from its construction to ``close``; an older file of that name is replaced.

    ``live`` says where ``write`` is called. False: it may touch the disk, for one thread on a virtual clock.
    True: it only copies and returns, fit for the audio callback, and a thread of its own writes.
    ``warn`` gets at most one line, in the thread that writes. No method ever raises for a fault of the disk.
    """

    def __init__(self, path: Path | str, *, warn: Callable[[str], None], live: bool = False) -> None:
        self._path = Path(path)
        self._warn = warn
        self._recording = True
        self._live = live
        self._latest = (_NOTHING, _NOTHING)
        self._gathered: Samples = np.zeros((FLUSH_S * MIC_HZ, 2), dtype=np.float32)
        self._fill = 0
        self._data_bytes = 0  # in the file
        self._queue: SimpleQueue[tuple[Samples, Samples] | None] = SimpleQueue()
        self._queued_samples = 0  # counted by the caller of write
        self._stored_samples = 0  # counted by the thread that writes
        self._overrun = False
        self._file: FileIO | None = None
        self._thread: Thread | None = None
        try:
            # Unbuffered: a buffer would try again at close what the disk has already refused.
            self._file = self._path.open("wb", buffering=0)
            self._file.write(_header(0))
        except OSError as error:
            self._give_up(error.strerror or str(error))
        if live and self._recording:
            self._thread = Thread(target=self._work, name="recorder", daemon=True)
            self._thread.start()

    @property
    def latest(self) -> tuple[Samples, Samples]:
        """The last pair of blocks of a live session, for meters, whether it is still recorded or not. Any thread."""
        return self._latest

    @property
    def recording(self) -> bool:
        """False once it has been closed or has given up."""
        return self._recording

    def write(self, mic: Samples, speaker: Samples) -> None:
        """Add a block, both of shape (n,) and in [-1, 1]. Raises ``ValueError`` only for unequal lengths."""
        if len(mic) != len(speaker):
            raise ValueError(f"{len(mic)} samples of the microphone, {len(speaker)} of the loudspeaker")
        if self._live:
            self._latest = mic.copy(), speaker.copy()
        if not self._recording or self._overrun:
            return
        if self._thread is None:
            self._store(mic, speaker)
        elif self._queued_samples - self._stored_samples < QUEUE_S * MIC_HZ:
            self._queued_samples += len(mic)
            self._queue.put(self._latest)
        else:
            self._overrun = True
            self._queue.put(None)

    def close(self) -> None:
        """Write what is left and close the file; a second time, do nothing. Blocks until it is done.

        To be called after the last ``write``.
        """
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        if self._recording:
            self._save()
        self._end()

    def _work(self) -> None:
        """Body of the live thread: store what comes, until told to end."""
        while (blocks := self._queue.get()) is not None:
            self._store(*blocks)
            self._stored_samples += len(blocks[0])
        if self._overrun:
            self._give_up(f"the disk was more than {QUEUE_S} s behind")

    def _store(self, mic: Samples, speaker: Samples) -> None:
        done = 0
        while self._recording and done < len(mic):
            take = min(len(mic) - done, len(self._gathered) - self._fill)
            rows = self._gathered[self._fill : self._fill + take]
            rows[:, 0] = mic[done : done + take]
            rows[:, 1] = speaker[done : done + take]
            self._fill += take
            done += take
            if self._fill == len(self._gathered):
                self._save()

    def _save(self) -> None:
        """Write what is gathered, then the header that counts it: in this order the file is always whole."""
        if self._file is None:
            return
        full_scale = np.clip(self._gathered[: self._fill], -1, 1) * 32767
        data = memoryview(np.rint(full_scale).astype("<i2").tobytes())
        self._fill = 0
        if self._data_bytes + len(data) > _DATA_BYTES_MAX:
            self._give_up("a WAV file holds no more than 4 GB")
            return
        try:
            self._file.seek(_HEADER.size + self._data_bytes)
            while data:
                count = self._file.write(data)
                data = data[count:]
                self._data_bytes += count
            self._file.seek(0)
            self._file.write(_header(self._data_bytes))
        except OSError as error:
            self._give_up(error.strerror or str(error))

    def _give_up(self, reason: str) -> None:
        """End the recording, once, with a warning; what the file has so far stays."""
        if self._recording:
            self._end()
            self._warn(f"recording to {self._path} has ended: {reason}")

    def _end(self) -> None:
        self._recording = False
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                file.close()
