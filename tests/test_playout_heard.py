"""The heard position behind a device that plays what it is given some time later."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.stages.playout import Playout
from models.ports import Samples
from states.events import Event, PlayoutDrained, PlayoutStarted

BLOCK = 160
FADE = 320


class Room:
    """A loudspeaker that plays ``late`` samples after they were rendered, and keeps what it was given."""

    def __init__(self, late: int) -> None:
        self.events: list[Event] = []
        self.playout = Playout(post=self.events.append)
        self.playout.follow(lambda: self.played)
        self.out: Samples = np.zeros(0, dtype=np.float32)
        self.late = late

    @property
    def played(self) -> int:
        return max(0, len(self.out) - self.late)

    def pass_block(self) -> None:
        self.out = np.append(self.out, self.playout.render(BLOCK))

    def speak(self, samples: int, reply: int = 1) -> None:
        self.playout.open(reply)
        self.playout.write(reply, np.full(samples, 0.5, np.float32))


def test_what_is_rendered_is_heard_later() -> None:
    room = Room(late=3 * BLOCK)
    room.speak(5 * BLOCK)
    heard = []
    for _ in range(10):
        room.pass_block()
        heard.append(room.playout.heard(1) // BLOCK)
    assert heard == [0, 0, 0, 1, 2, 3, 4, 5, 5, 5]


def test_it_starts_and_drains_when_it_is_heard() -> None:
    room = Room(late=3 * BLOCK)
    room.speak(2 * BLOCK)
    told = []
    for _ in range(7):
        room.pass_block()
        told.append(list(room.events))
    # A block ends before it can be told of, so that all of it was heard then.
    assert [len(events) for events in told] == [0, 0, 0, 0, 1, 2, 2]
    assert told[-1] == [PlayoutStarted(1), PlayoutDrained(1)]
    assert room.playout.heard(1) == 2 * BLOCK


def test_silence_between_is_not_heard_speech() -> None:
    room = Room(late=2 * BLOCK)
    room.speak(BLOCK)
    for _ in range(5):
        room.pass_block()
    room.playout.write(1, np.ones(BLOCK, np.float32))
    heard = []
    for _ in range(4):
        room.pass_block()
        heard.append(room.playout.heard(1))
    assert heard == [BLOCK, BLOCK, 2 * BLOCK, 2 * BLOCK]
    room.pass_block()
    assert room.events == [PlayoutStarted(1), PlayoutDrained(1), PlayoutDrained(1)]


def test_a_reply_that_goes_on_before_its_end_was_heard_has_not_drained() -> None:
    room = Room(late=4 * BLOCK)
    room.speak(BLOCK)
    room.pass_block()
    room.playout.write(1, np.ones(BLOCK, np.float32))
    for _ in range(8):
        room.pass_block()
    assert room.events == [PlayoutStarted(1), PlayoutDrained(1)]


def test_a_closed_reply_tells_nothing_more() -> None:
    room = Room(late=2 * BLOCK)
    room.speak(BLOCK)
    room.pass_block()
    room.playout.stop(1)
    for _ in range(5):
        room.pass_block()
    assert room.events == []


def test_what_was_told_to_be_heard_stays_heard() -> None:
    room = Room(late=BLOCK)
    room.speak(BLOCK)
    for _ in range(3):
        room.pass_block()
    assert room.events == [PlayoutStarted(1), PlayoutDrained(1)]
    room.late = 3 * BLOCK  # the card thinks again
    assert room.playout.heard(1) == BLOCK


@given(
    orders=st.lists(st.sampled_from(["", "duck", "hold", "resume", "write"]), min_size=1, max_size=40),
    late=st.lists(st.integers(0, 6 * BLOCK), min_size=1, max_size=6),
)
def test_never_more_than_has_left_the_loudspeaker(orders: list[str], late: list[int]) -> None:
    """However the card's word wavers: at most what it ever claimed to have played, and never less than before."""
    room = Room(late[0])
    room.speak(700)
    before = most_played = 0
    for number, order in enumerate(orders):
        if order == "write":
            room.playout.write(1, np.full(300, 0.5, np.float32))
        elif order:
            getattr(room.playout, order)(1)
        room.late = late[number % len(late)]
        room.pass_block()
        most_played = max(most_played, room.played)
        heard = room.playout.heard(1)
        assert before <= heard <= _voiced(room, most_played)
        before = heard


def _voiced(room: Room, played: int) -> int:
    """Samples of the reply among the first ones that went out, by the ledger."""
    stretches = room.__dict__.setdefault("stretches", [])
    stretches += room.playout.take_ledger()
    return sum(max(0, min(s.samples, played - s.out_sample)) for s in stretches)
