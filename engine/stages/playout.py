"""Playout: the reply's samples on their way to the loudspeaker, to be turned down, held, resumed or dropped.

Every sample of a reply is rendered exactly once and in order, or dropped with the rest when the reply stops.
Turning down and holding are ramps over the samples themselves: a hold consumes ``fade_ms`` of the reply while
it fades, freezes at that very sample, and a resume fades in with the next one. The stream itself never stops:
what is not speech is zeros.

Three threads, no lock. The loop gives orders, synthesis writes samples, both into one deque; the audio callback
takes them out at the start of a block and alone touches the sound. What must be true at once (which reply is
open, how much of it was heard) lives in one small object a reply, whose fields have one writer each.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from engine.audio.ledger import Ledger, Rendered
from engine.audio.reply_sound import Played, ReplySound, Tidings
from models.ports import MIC_HZ, Samples
from states.events import Event, PlayoutDrained, PlayoutStarted

_NOTHING: Samples = np.zeros(0, dtype=np.float32)


_Apply = Callable[[ReplySound, Samples], None]


class Playout:
    """One session's way to the loudspeaker, at ``MIC_HZ``, mono.

    ``post`` gets ``PlayoutStarted`` once a reply and ``PlayoutDrained`` whenever its samples run out. It is
    called in the audio callback, and so must not block: an unbounded queue's ``put``.
    ``duck_db`` is the level of a ducked reply; ``fade_ms`` (10 to 30) how long any change of level takes: long
    enough not to click, short enough to be down within one 32 ms block.
    Orders take effect at the next block. Orders to a reply that is not open are too late and do nothing.
    """

    def __init__(self, *, post: Callable[[Event], None], duck_db: float = -15.0, fade_ms: int = 20) -> None:
        if not 10 <= fade_ms <= 30:
            raise ValueError(f"fade_ms must be 10 to 30, not {fade_ms}")
        if not -60 <= duck_db <= 0:
            raise ValueError(f"duck_db must be -60 to 0, not {duck_db}")
        self._post = post
        self._duck_gain = float(10 ** (duck_db / 20))
        self._fade = fade_ms * MIC_HZ // 1000
        self._slope: Samples = (np.arange(1, self._fade + 1) / self._fade).astype(np.float32)
        self._orders: deque[tuple[_Apply, ReplySound, Samples]] = deque()
        self._current: ReplySound | None = None  # set by the loop
        self._refused_samples = 0  # by synthesis
        # From here on the audio callback's own.
        self._late_samples = 0
        self._total = 0
        self._playing: ReplySound | None = None
        self._chunks: deque[Samples] = deque()
        self._chunk_done = 0  # samples of the first chunk already rendered
        self._gain_from = self._gain_to = 1.0
        self._ramp_done = self._fade  # samples of the ramp already rendered; all of them: no ramp
        self._frozen = False  # held, or about to be
        self._sounding = False  # whether the last block ended in the middle of the reply's sound
        self._block = _NOTHING  # the one being rendered, while orders are applied
        self._faded = 0  # samples at its start that belong to a reply that has just ended
        self._ledger = Ledger()
        self._tidings = Tidings(post)
        self._played: Played | None = None

    # The loop's side.

    def follow(self, played: Played) -> None:
        """From now on believe a device, which plays what is rendered some time later.

        What is heard, and the two events, then wait for it; without a device what is rendered is heard. ``played``
        is called in the audio callback and in the loop.
        """
        self._played = played

    def open(self, reply: int) -> None:
        """Take this reply from now on; one still open is stopped. Ids only grow, else ``ValueError``."""
        last = self._current
        if last is not None:
            if reply <= last.id:
                raise ValueError(f"reply {reply} was opened after reply {last.id}")
            self.stop(last.id)
        current = ReplySound(reply)
        self._orders.append((self._begin, current, _NOTHING))
        self._current = current  # only now, so that no samples overtake the order above

    def duck(self, reply: int) -> None:
        """Turn the reply down and go on. Does nothing to one that is held: that is lower still."""
        self._order(self._turn_down, reply)

    def hold(self, reply: int) -> None:
        """Fade out and keep the place. Before the first sample: nothing will sound."""
        self._order(self._freeze, reply)

    def resume(self, reply: int) -> None:
        """Go on at full level with the very next sample."""
        self._order(self._turn_up, reply)

    def stop(self, reply: int) -> None:
        """Close the reply: fade out, drop the rest, accept no more of it."""
        current = self._current
        if current is not None and current.id == reply and current.opened:
            current.opened = False
            self._orders.append((self._end, current, _NOTHING))

    def _order(self, apply: _Apply, reply: int) -> None:
        current = self._current
        if current is not None and current.id == reply and current.opened:
            self._orders.append((apply, current, _NOTHING))

    # Synthesis's side.

    def write(self, reply: int, samples: Samples) -> bool:
        """Queue a copy of the next samples of the reply, shape (n,); False where it is not the open one."""
        current = self._current
        if current is None or current.id != reply or not current.opened:
            self._refused_samples += len(samples)
            return False
        if len(samples):
            current.written += len(samples)
            self._orders.append((self._accept, current, np.array(samples, dtype=np.float32)))
        return True

    # Anybody's side.

    def heard(self, reply: int) -> int:
        """Samples of this reply heard so far, faded ones included; 0 for any but the latest. One thread at a time.

        Never fewer than before while the reply is the latest.
        """
        current, played = self._current, self._played
        if current is None or current.id != reply:
            return 0
        return current.rendered if played is None else current.heard(played())

    def rendered(self, reply: int) -> int:
        """Samples of this reply rendered so far, for displays: any thread; 0 for any but the latest."""
        current = self._current
        return current.rendered if current is not None and current.id == reply else 0

    def ahead(self, reply: int) -> int:
        """Samples of this reply written and not yet rendered, for synthesis to keep a bound; 0 once closed."""
        current = self._current
        if current is None or current.id != reply or not current.opened:
            return 0
        return current.written - current.rendered

    @property
    def refused_samples(self) -> int:
        """Samples written to a reply that was closed, or that was closed before they could be rendered."""
        return self._refused_samples + self._late_samples

    @property
    def total_rendered(self) -> int:
        """Samples rendered in all, silence included."""
        return self._total

    def take_ledger(self) -> list[Rendered]:
        """What went out since the last call, each sample once, in order of output. One thread at a time."""
        return self._ledger.take()

    # The audio callback's side.

    def render(self, n: int) -> Samples:
        """Give the next ``n`` samples, a fresh array of shape (n,). Does not block; for the audio callback."""
        out: Samples = np.zeros(n, dtype=np.float32)
        if self._played is not None:
            self._tidings.tell(self._played())
        orders = self._orders
        if orders:
            self._block, self._faded = out, 0
            while orders:
                apply, reply, samples = orders.popleft()
                apply(reply, samples)
            self._block = _NOTHING
            rest, self._total = out[self._faded :], self._total + self._faded
        else:
            rest = out
        if self._playing is not None and len(rest):
            self._render_reply(self._playing, rest)
        self._total += len(rest)
        return out

    def _begin(self, reply: ReplySound, _: Samples) -> None:
        self._playing = reply
        self._gain_from = self._gain_to = 1.0
        self._ramp_done = self._fade
        self._frozen = False

    def _accept(self, reply: ReplySound, samples: Samples) -> None:
        if reply is self._playing:
            self._chunks.append(samples)
        else:
            self._late_samples += len(samples)

    def _turn_down(self, reply: ReplySound, _: Samples) -> None:
        if reply is self._playing and not self._frozen:
            self._ramp_to(self._duck_gain)

    def _freeze(self, reply: ReplySound, _: Samples) -> None:
        if reply is self._playing and not self._frozen:
            self._frozen = True
            self._ramp_to(0.0)

    def _turn_up(self, reply: ReplySound, _: Samples) -> None:
        if reply is self._playing:
            self._frozen = False
            self._ramp_to(1.0)

    def _end(self, reply: ReplySound, _: Samples) -> None:
        """Fade the reply out inside this block, whatever its length, and forget the rest."""
        if reply is not self._playing:
            return
        gain, fade = self._gain(), self._block[: self._fade]
        if self._sounding and gain > 0 and (count := self._consume(fade)):
            slope = self._slope if count == self._fade else np.arange(1, count + 1, dtype=np.float32) / count
            fade[:count] *= gain - gain * slope
            self._ledger.add(self._total, reply.id, reply.rendered, count, gain, 0.0)
            self._enter(reply, count)
            self._faded = count
        self._late_samples += sum(map(len, self._chunks)) - self._chunk_done
        self._chunks.clear()
        self._chunk_done = 0
        self._playing = None
        self._sounding = False

    def _ramp_to(self, gain: float) -> None:
        """Go to this gain: at once where there is no sound before it that a step could be heard against."""
        now, reply = self._gain(), self._playing
        at_once = not self._sounding and (now > 0 or reply is None or reply.rendered == 0)
        self._gain_from, self._gain_to = now, gain
        self._ramp_done = self._fade if at_once else 0

    def _gain(self) -> float:
        return self._gain_from + (self._gain_to - self._gain_from) * (self._ramp_done / self._fade)

    def _consume(self, out: Samples) -> int:
        """Move samples from the queue to the start of ``out``, as many as fit or are there; return how many."""
        chunks, room, count = self._chunks, len(out), 0
        while chunks and count < room:
            chunk, done = chunks[0], self._chunk_done
            take = min(len(chunk) - done, room - count)
            out[count : count + take] = chunk[done : done + take]
            count += take
            self._chunk_done += take
            if self._chunk_done == len(chunk):
                chunks.popleft()
                self._chunk_done = 0
        return count

    def _render_reply(self, reply: ReplySound, out: Samples) -> None:
        """Render what the reply has and its gain lets through, at the start of ``out``."""
        n = len(out)
        room = min(n, self._fade - self._ramp_done) if self._frozen else n
        count = self._consume(out[:room]) if room and self._chunks else 0
        self._sounding = count == n
        if count:
            first = reply.rendered
            self._level(out[:count], reply)
            self._enter(reply, count)
            if not first:
                self._tell(PlayoutStarted(reply.id), reply, self._total + 1)
            if not self._chunks:
                self._tell(PlayoutDrained(reply.id), reply, self._total + count, drained=reply.rendered)
        if count < n:
            self._ramp_done = self._fade  # silence follows: whatever ramp was left is over

    def _enter(self, reply: ReplySound, count: int) -> None:
        """Note that the next ``count`` samples of the reply go out from here on."""
        played = self._played
        reply.enter(self._total, count, self._total if played is None else played())
        self._tidings.withdraw_drained(reply)

    def _tell(self, event: Event, reply: ReplySound, at: int, drained: int = 0) -> None:
        """Post it once ``at`` of all rendered samples have been heard."""
        if self._played is None:
            self._post(event)
        else:
            self._tidings.add(at, reply, event, drained=drained)

    def _level(self, out: Samples, reply: ReplySound) -> None:
        """Apply the gain to samples of a reply, its next ones, and enter them in the ledger."""
        done, count = self._ramp_done, len(out)
        ramp = min(count, self._fade - done)
        if ramp:
            gain = self._gain()
            out[:ramp] *= self._gain_from + (self._gain_to - self._gain_from) * self._slope[done : done + ramp]
            self._ramp_done = done + ramp
            self._ledger.add(self._total, reply.id, reply.rendered, ramp, gain, self._gain())
        if ramp < count:
            gain = self._gain_to
            if gain != 1.0:
                out[ramp:] *= gain
            out_sample, first = self._total + ramp, reply.rendered + ramp
            self._ledger.add(out_sample, reply.id, first, count - ramp, gain, gain)
