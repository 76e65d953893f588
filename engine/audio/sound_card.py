"""The sound card of a session: opened at its start, watched, opened again when it was lost, closed at its end."""

from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Event as Flag

from engine.audio.card_path import CardPath
from engine.audio.card_plan import KINDS, Plan, plan
from engine.audio.card_stream import CardStream, Health
from engine.audio.portaudio import Kind, look_again
from engine.audio.settings import AudioSettings
from states.errors import AudioDeviceError

WATCH_S = 0.1

RETRY_S = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Waits before the attempts to get a lost device back; the last one for ever."""


class SoundCard:
    """Streams between a card and a path. ``open``, ``watch`` and ``close``: one thread, or one after another.

    ``tell`` is called with what is lost (False) or back (True). ``sounding``: whether a reply is being played.
    """

    def __init__(
        self,
        path: CardPath,
        settings: AudioSettings,
        *,
        now_us: Callable[[], int],
        tell: Callable[[Kind, bool], None],
        sounding: Callable[[], bool],
    ) -> None:
        self._path = path
        self._settings = settings
        self._now_us = now_us
        self._tell = tell
        self._sounding = sounding
        self._streams: list[CardStream] = []
        self._lost: list[Kind] = []
        self.health = Health()
        self.losses = 0

    def open(self) -> Plan:
        """Open what the settings name and tell what was taken. Raises ``AudioDeviceError`` where it cannot."""
        return self._open(KINDS)

    def close(self) -> None:
        """Close all streams, at once."""
        while self._streams:
            self._streams.pop().close()

    @property
    def latency_ms(self) -> dict[Kind, float]:
        """What the open streams claim to buffer."""
        return {
            kind: ms for stream in self._streams for kind, ms in zip(stream.kinds, stream.latency_ms, strict=True)
        }

    def watch(self, stop: Flag) -> None:
        """Until ``stop`` is set: look after the streams. Raises what a callback raised: that is our own fault."""
        attempt = 0
        wait_s = WATCH_S
        while not stop.wait(wait_s):
            for stream in [stream for stream in self._streams if stream.lost()]:
                self._lose(stream)
                attempt = 0
            if not self._lost:
                wait_s = WATCH_S
            elif self._restore():
                wait_s, attempt = WATCH_S, 0
            else:
                wait_s = RETRY_S[min(attempt, len(RETRY_S) - 1)]
                attempt += 1

    def _lose(self, stream: CardStream) -> None:
        if stream.fault is not None:
            raise stream.fault
        self._streams.remove(stream)
        self._miss(stream.kinds)
        stream.close()

    def _miss(self, kinds: tuple[Kind, ...]) -> None:
        for kind in kinds:
            self.losses += 1
            self._lost.append(kind)
            self._tell(kind, False)

    def _restore(self) -> bool:
        """Try to get back what is lost; True where all of it is back.

        PortAudio sees a card that was plugged in again only when it looks anew, and then all streams end: also the
        one that is still there. So that is done only while nothing sounds.
        """
        wanted = tuple(self._lost)
        if not self._streams or not self._sounding():
            wanted += tuple(kind for stream in self._streams for kind in stream.kinds)
            self.close()
            with suppress(AudioDeviceError):
                look_again()
        for kinds in (wanted, *((kind,) for kind in wanted)):
            if not self._open_kinds() & set(kinds):
                with suppress(AudioDeviceError):
                    self._open(kinds)
        back = self._open_kinds()
        self._miss(tuple(kind for kind in wanted if kind not in back and kind not in self._lost))
        for kind in [kind for kind in self._lost if kind in back]:
            self._lost.remove(kind)
            self._tell(kind, True)
        return not self._lost

    def _open_kinds(self) -> set[Kind]:
        return {kind for stream in self._streams for kind in stream.kinds}

    def _open(self, kinds: Collection[Kind]) -> Plan:
        """Open these, in one stream or two; all of them or, with ``AudioDeviceError``, none."""
        chosen = plan(self._settings, kinds)
        pairs = [(chosen.microphone, chosen.loudspeaker)]
        if not chosen.duplex:
            pairs = [pair for pair in ((chosen.microphone, None), (None, chosen.loudspeaker)) if any(pair)]
        opened: list[CardStream] = []
        try:
            for microphone, loudspeaker in pairs:
                opened.append(CardStream(self._path, self.health, now_us=self._now_us))
                opened[-1].open(
                    microphone,
                    loudspeaker,
                    block_ms=self._settings.block_ms,
                    latency_ms=self._settings.latency_ms,
                    steerable=not chosen.one_clock,
                )
        except AudioDeviceError:
            for stream in opened:
                stream.close()
            raise
        self._streams += opened
        return chosen
