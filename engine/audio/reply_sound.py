"""How far one reply has come: written, rendered into a block, and heard by whoever is in the room.

A device plays a block some time after it was handed over. ``Played`` tells how many of all rendered samples have
come out of the loudspeaker; from that and from where the reply's samples lie among them follows what was heard.
"""

from collections import deque
from collections.abc import Callable

from states.events import Event

Played = Callable[[], int]
"""Samples played so far, of all that were ever rendered, silence included. Any thread; may waver a little."""

_Stretch = tuple[int, int, int]  # place among all rendered samples, place in the reply, samples


class ReplySound:
    """What threads share about one reply. Each field has one writer, and none waits for another."""

    __slots__ = ("_drained", "_sampled", "_stretches", "id", "opened", "rendered", "written")

    def __init__(self, reply: int) -> None:
        self.id = reply
        self.opened = True  # false once it is closed, for ever; written by the loop
        self.written = 0  # samples; written by synthesis
        self.rendered = 0  # samples; written by the audio callback, as the next two are
        self._stretches: tuple[_Stretch, ...] = ()
        self._drained = 0  # the heard position that was told of
        self._sampled = 0  # the heard position last given; written by the loop

    def enter(self, out_sample: int, samples: int, played: int) -> None:
        """Note that the next samples of the reply lie from ``out_sample`` on. For the audio callback."""
        first, stretches = self.rendered, self._stretches
        if stretches and sum(stretches[-1][::2]) == out_sample:
            out, start, count = stretches[-1]
            self._stretches = (*stretches[:-1], (out, start, count + samples))
        else:
            left = tuple(s for s in stretches if s[0] + s[2] > played)
            self._stretches = (*left, (out_sample, first, samples))
        self.rendered = first + samples

    def told_drained(self, heard: int) -> None:
        """Remember that it was told that so much was heard, so that no later word is less. For the callback."""
        self._drained = heard

    def heard(self, played: int) -> int:
        """Samples of the reply among the first ``played`` of all; never less than before, never more than rendered.

        One thread at a time.
        """
        stretches, rendered = self._stretches, self.rendered
        found = stretches[0][1] if stretches else 0  # what came before and is forgotten was played
        for out, start, count in stretches:
            if played > out:
                found = start + min(played - out, count)
        self._sampled = min(rendered, max(found, self._drained, self._sampled))
        return self._sampled


class Tidings:
    """Events that become true when a sample is heard, in order. For the audio callback alone."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._waiting: deque[tuple[int, ReplySound, Event, int]] = deque()

    def add(self, at: int, reply: ReplySound, event: Event, *, drained: int = 0) -> None:
        """Post ``event`` once ``at`` of all rendered samples have been played, unless the reply is closed by then.

        ``drained`` is the heard position that it tells of, for a reply that has run dry.
        """
        self._waiting.append((at, reply, event, drained))

    def withdraw_drained(self, reply: ReplySound) -> None:
        """The reply goes on before it was heard to its end: there is nothing to tell."""
        if self._waiting and self._waiting[-1][1] is reply and self._waiting[-1][3]:
            self._waiting.pop()

    def tell(self, played: int) -> None:
        """Post what has come true."""
        waiting = self._waiting
        while waiting and waiting[0][0] <= played:
            _, reply, event, drained = waiting.popleft()
            if reply.opened:
                if drained:
                    reply.told_drained(drained)
                self._post(event)
