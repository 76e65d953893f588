"""Capture: from the blocks a device delivers to frames with a true place in the session.

The audio callback copies its block into a queue and returns. The endpointing side takes frames of
``FRAME_SAMPLES`` out of it and keeps the last two minutes in a ring for the recogniser. Every sample has one
absolute position, counted from the first sample the microphone ever delivered; where blocks had to be dropped
because nobody read, silence takes their place, so that positions stay true.

With an echo canceller each frame is cleaned as it is read: what the detector and the recogniser get is the
microphone less our own voice. The device delivers the loudspeaker's block together with the microphone's.

Two threads at most, each with its own fields: ``push`` and ``close`` belong to the callback (close after the
last push), ``wait`` and ``read_frame`` to the endpointing worker. ``audio`` may be called from anywhere.
On a virtual clock one thread does all in turn.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock

import numpy as np

from models.ports import FRAME_SAMPLES, MIC_HZ, Audio, EchoCanceller, Samples
from states.events import CaptureOverflowed, Event

_NOTHING: Samples = np.zeros(0, dtype=np.float32)
_SILENCE: Samples = np.zeros(FRAME_SAMPLES, dtype=np.float32)

_Entry = tuple[int, Samples | None, Samples | None]
"""Position of a block, the microphone's samples (None: the microphone ended), the loudspeaker's."""


class Capture:
    """The microphone's signal, in at one end in blocks of any length, out at the other in frames.

    ``post`` is called on the reading side only. ``queue_s`` is how far the reading side may fall behind before
    blocks are dropped; ``keep_s`` is how much of the past ``audio`` can give (64 kB a second, taken from the
    system only as it fills). ``canceller`` is used on the reading side only, a frame at a time.
    """

    def __init__(
        self,
        *,
        post: Callable[[Event], None],
        keep_s: float = 120,
        queue_s: float = 5,
        canceller: EchoCanceller | None = None,
    ) -> None:
        if keep_s <= 0 or queue_s <= 0:
            raise ValueError(f"keep_s and queue_s must be positive, not {keep_s} and {queue_s}")
        self._post = post
        self._canceller = canceller
        self._queue: SimpleQueue[_Entry] = SimpleQueue()
        # Written by the callback only.
        self._position = 0  # absolute, dropped samples included
        self._accepted_samples = 0
        self._dropped_samples = 0
        self._dropping = False
        self._closed = False
        # Written by the reading side only.
        self._taken_samples = 0
        self._held: _Entry | None = None  # taken by wait(), not yet read
        self._block = _NOTHING
        self._speaker: Samples | None = None  # what the loudspeaker played during that block
        self._reference: Samples = _SILENCE.copy()  # what it played during the frame that is being filled
        self._block_done = 0
        self._gap = 0  # silence still to be put in for dropped samples
        self._fill = 0  # samples of the next frame that are in the ring already
        self._ended = False
        self._queue_samples = int(queue_s * MIC_HZ)
        # A whole number of frames: so a frame never wraps round, and can be handed out as a view.
        self._keep = -(-int(keep_s * MIC_HZ) // FRAME_SAMPLES) * FRAME_SAMPLES
        self._ring: Samples = np.zeros(self._keep, dtype=np.float32)
        self._frames: Samples = self._ring.view()
        self._frames.flags.writeable = False
        self._end = 0  # absolute position after the newest sample in the ring
        self._lock = Lock()  # ring and _end, between the reading side and audio(); never taken by push()

    # The callback's side.

    def push(self, block: Samples, speaker: Samples | None = None) -> None:
        """Take a copy of a block, shape (n,), any n. Never blocks and never raises; for the audio callback.

        ``speaker``, shape (n,) too, is the loudspeaker's block that belongs to this one: the nearer to what
        sounded while these samples were taken the better. None: it was silent. Unused without a canceller.

        Once the queue is full, blocks are dropped until it is half empty again: one long gap is a lesser evil
        than many small ones, and one overflow is told once. A single block longer than the queue is taken
        whole if the queue is empty.
        """
        if self._closed:
            return
        samples = len(block)
        backlog = self._accepted_samples - self._taken_samples
        self._dropping = backlog > (self._queue_samples // 2 if self._dropping else self._queue_samples)
        if self._dropping:
            self._dropped_samples += samples
        elif samples:
            reference = None if speaker is None or self._canceller is None else speaker.copy()
            self._queue.put((self._position, block.copy(), reference))
            self._accepted_samples += samples
        self._position += samples

    def close(self) -> None:
        """The microphone ended. What was pushed is still read; a last part of a frame is filled with silence."""
        if not self._closed:
            self._closed = True
            self._queue.put((self._position, None, None))

    @property
    def dropped_samples(self) -> int:
        """How many samples were lost so far because nobody read them in time."""
        return self._dropped_samples

    # The reading side.

    @property
    def ended(self) -> bool:
        """Whether the microphone ended and all of it has been read."""
        return self._ended and not self._gap and not self._fill

    def wait(self, timeout_s: float) -> bool:
        """Block until something is there to read (perhaps less than a frame), at most ``timeout_s`` seconds."""
        if self._held is None and not self._gap and self._block_done == len(self._block):
            try:
                self._held = self._queue.get(timeout=timeout_s)
            except Empty:
                return False
        return True

    def read_frame(self) -> tuple[int, Samples] | None:
        """Give the next frame and the absolute position of its first sample, or None when there is none yet.

        Does not block, but for the time that the canceller takes. The frame, shape (512,), is a read-only view
        that stays good for ``keep_s``. Posts ``CaptureOverflowed`` when it comes upon a gap.
        """
        while self._fill < FRAME_SAMPLES:
            if self._gap:
                self._gap -= self._store(_SILENCE[: self._gap], None)
            elif (done := self._block_done) < len(self._block):
                speaker = None if self._speaker is None else self._speaker[done:]
                self._block_done += self._store(self._block[done:] if done else self._block, speaker)
            elif not self._take():
                if not (self._ended and self._fill):
                    return None
                self._store(_SILENCE, None)
        self._fill = 0
        first = self._end - FRAME_SAMPLES
        at = first % self._keep
        frame = self._frames[at : at + FRAME_SAMPLES]
        if self._canceller is not None:
            cleaned = self._canceller.process(frame, self._reference)
            with self._lock:
                self._ring[at : at + FRAME_SAMPLES] = cleaned
        return first, frame

    def _take(self) -> bool:
        """Make the next block of the queue the current one; False where there is none."""
        if self._ended:
            return False
        if self._held is not None:
            (position, block, speaker), self._held = self._held, None
        elif self._queue.empty():  # cheaper than to catch Empty; the reading side is the only taker
            return False
        else:
            position, block, speaker = self._queue.get_nowait()
        if position > self._end:  # everything taken before is in the ring by now
            self._gap = position - self._end
            self._post(CaptureOverflowed(self._gap))
        if block is None:
            self._ended = True
            return self._gap > 0
        self._block, self._block_done, self._speaker = block, 0, speaker
        self._taken_samples += len(block)
        return True

    def _store(self, samples: Samples, speaker: Samples | None) -> int:
        """Put into the ring what still fits in the frame, uncleaned as yet; return how much that was."""
        room = FRAME_SAMPLES - self._fill
        if len(samples) > room:
            samples = samples[:room]
        count = len(samples)
        at = self._end % self._keep
        with self._lock:
            self._ring[at : at + count] = samples
            self._end += count
        if self._canceller is not None:
            self._reference[self._fill : self._fill + count] = 0.0 if speaker is None else speaker[:count]
        self._fill += count
        return count

    # Anybody's side.

    def audio(self, first_sample: int, end_sample: int) -> Audio:
        """Copy the signal from ``first_sample`` up to, not including, ``end_sample`` (absolute positions).

        Clamped to what has been read and is still kept; ``Audio.first_sample`` tells where it truly begins.
        A frame that has not been read whole is not cleaned of echo yet.
        Holds up the reading side for the time of the copy (well under 2 ms for 120 s).
        """
        with self._lock:
            start = max(first_sample, self._end - self._keep, 0)
            count = min(end_sample, self._end) - start
            if count <= 0:
                return Audio(_NOTHING, start)
            at = start % self._keep
            head = self._ring[at : at + count]
            if len(head) == count:
                return Audio(head.copy(), start)
            return Audio(np.concatenate((head, self._ring[: count - len(head)])), start)
