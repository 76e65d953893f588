"""The microphone of a replay: takes placed on a timeline, some of them when the conversation gets there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.replay.moments import Moments
from engine.replay.scenario import After, KeyEntry, UserEntry
from models.ports import MIC_HZ, Samples
from models.scripted import SpokenWord, Take
from states.events import Event, MicrophoneMuted, MicrophoneUnmuted, SessionStopped, StopRequested, TurnTyped


@dataclass(frozen=True, slots=True)
class Region:
    """One take in ``user.wav``: its sound and, counted from the sound's start, its words and where it is speech."""

    samples: Samples
    words: tuple[SpokenWord, ...] = ()
    onset_sample: int = 0
    speech_end_sample: int = 0


@dataclass(slots=True)
class _Pending:
    number: int
    at_ms: int | None
    after: After | None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A region on the microphone's timeline."""

    number: int
    start: int
    region: Region


class Timeline:
    """A source for the file device. One thread.

    ``post`` takes the events of keys that are pressed. Moments are looked at when a block is read, so an anchored
    take begins with the block after its moment at the latest.
    """

    def __init__(
        self,
        entries: Sequence[UserEntry],
        regions: Sequence[Region],
        keys: Sequence[KeyEntry],
        moments: Moments,
        *,
        post: Callable[[Event], None],
    ) -> None:
        self._entries = entries
        self._regions = regions
        self._keys = keys
        self._moments = moments
        self._post = post
        self._waiting = [_Pending(i, e.at_ms, e.after) for i, e in enumerate(entries)]
        self._pressing = [_Pending(i, k.at_ms, k.after) for i, k in enumerate(keys)]
        self._position = 0
        self._playing: list[Placed] = []
        self.placed: list[Placed] = []
        self.takes: list[Take] = []

    def read(self, n: int) -> Samples:
        """The next block of the microphone."""
        if self._pressing:
            self._press_due(n)
        if self._waiting:
            self._place_due(n)
        first, end = self._position, self._position + n
        self._position = end
        block: Samples = np.zeros(n, dtype=np.float32)
        if not self._playing:
            return block
        for placed in self._playing:
            samples = placed.region.samples
            begin, stop = max(first, placed.start), min(end, placed.start + len(samples))
            block[begin - first : stop - first] += samples[begin - placed.start : stop - placed.start]
        self._playing = [p for p in self._playing if p.start + len(p.region.samples) > end]
        return np.clip(block, -1.0, 1.0, out=block)

    @property
    def finished(self) -> bool:
        """True once nothing is being said and nothing is due at a known time."""
        pending = [*self._waiting, *self._pressing]
        return not self._playing and all(self._start(p) is None for p in pending)

    @property
    def unsaid(self) -> list[str]:
        """Entries whose moment never came."""
        return [f"user {p.number + 1}" for p in self._waiting] + [f"key {p.number + 1}" for p in self._pressing]

    def _start(self, pending: _Pending) -> int | None:
        if pending.start is None:
            if pending.at_ms is not None:
                pending.start = pending.at_ms * MIC_HZ // 1000
            elif pending.after is not None:
                pending.start = self._moments.sample_of(pending.after, self._position)
        return pending.start

    def _press_due(self, n: int) -> None:
        for pending in list(self._pressing):
            start = self._start(pending)
            if start is not None and start < self._position + n:
                self._pressing.remove(pending)
                self._post(_event(self._keys[pending.number]))

    def _place_due(self, n: int) -> None:
        for pending in list(self._waiting):
            start = self._start(pending)
            if start is not None and start < self._position + n:
                self._waiting.remove(pending)
                self._place(pending.number, max(start, self._position))

    def _place(self, number: int, start: int) -> None:
        region, entry = self._regions[number], self._entries[number]
        placed = Placed(number, start, region)
        self._playing.append(placed)
        self.placed.append(placed)
        self._moments.user_ends[number + 1] = start + len(region.samples)
        self.takes.append(
            Take(
                tuple(SpokenWord(w.text, start + w.first_sample, start + w.end_sample) for w in region.words),
                start + region.onset_sample,
                start + region.speech_end_sample,
                entry.heard,
                entry.confidence_pct,
                entry.avg_logprob,
                entry.no_speech_prob,
                entry.final_pct,
                entry.error,
            )
        )


def _event(key: KeyEntry) -> Event:
    if key.typed.strip():
        return TurnTyped(key.typed)
    return _EVENTS[key.press]()


_EVENTS: dict[str, type[Event]] = {
    "stop": StopRequested,
    "quit": SessionStopped,
    "mute": MicrophoneMuted,
    "unmute": MicrophoneUnmuted,
}
