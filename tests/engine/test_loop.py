"""The loop: one event at a time, the heard position beside it, its commands in order, deadlines when they are due."""

import pytest

from engine.clock import VirtualClock
from engine.loop import Loop
from engine.mailbox import Mailbox
from states.commands import (
    ClearDeadline,
    Command,
    DuckPlayout,
    SetDeadline,
    Slot,
    TranscribeUtterance,
)
from states.dialogue import Dialogue
from states.errors import UnexpectedEvent
from states.events import (
    ChunkSynthesized,
    ClauseGenerated,
    DeadlineExpired,
    Event,
    PlayoutStarted,
    ReplyGenerated,
    SpeechEnded,
    SpeechStarted,
    SpeechSustained,
    StopRequested,
    UtteranceTranscribed,
)
from states.state import State
from tests.engine.loop_rig import Rig, Script


def setting(slot: Slot, deadline: int, after_ms: int) -> dict[Event, list[Command]]:
    return {StopRequested(): [SetDeadline(slot, deadline, after_ms)]}


def test_a_deadline_fires_once_when_it_is_due() -> None:
    rig = Rig(Script(setting("state", 7, 50)))
    assert rig.loop.next_due_us() is None
    rig.post(StopRequested(), at_us=1_000)
    assert rig.loop.next_due_us() == 51_000
    rig.fire(50_999)
    assert rig.expired() == []
    rig.fire(51_000)
    rig.fire(90_000)
    assert rig.expired() == [(51_000, 7)]
    assert rig.loop.next_due_us() is None


def test_deadlines_fire_in_the_order_of_their_times() -> None:
    orders: dict[Event, list[Command]] = {
        SpeechStarted(1): [SetDeadline("state", 1, 30), SetDeadline("candidate", 2, 20)]
    }
    rig = Rig(Script(orders))
    rig.post(SpeechStarted(1))
    assert rig.loop.next_due_us() == 20_000
    rig.fire(500_000)
    assert [deadline for _, deadline in rig.expired()] == [2, 1]
    waits = [note[2] for note in rig.done if isinstance(note, tuple) and isinstance(note[1], DeadlineExpired)
             and note[0] == "first"]  # fmt: skip
    assert waits == [480_000, 470_000], "how late they were"


def test_a_replaced_deadline_never_fires() -> None:
    orders: dict[Event, list[Command]] = {
        SpeechStarted(1): [SetDeadline("state", 1, 10)],
        SpeechStarted(2): [SetDeadline("state", 2, 100)],
    }
    rig = Rig(Script(orders))
    rig.post(SpeechStarted(1), SpeechStarted(2))
    rig.fire(50_000)
    assert rig.expired() == []
    rig.fire(100_000)
    assert rig.expired() == [(100_000, 2)]


def test_a_cleared_deadline_never_fires() -> None:
    orders: dict[Event, list[Command]] = {
        SpeechStarted(1): [SetDeadline("state", 1, 10), SetDeadline("candidate", 2, 10)],
        SpeechStarted(2): [ClearDeadline("state"), ClearDeadline("state")],
    }
    rig = Rig(Script(orders))
    rig.post(SpeechStarted(1), SpeechStarted(2))
    rig.fire(50_000)
    assert rig.expired() == [(50_000, 2)]


@pytest.mark.parametrize("order", [ClearDeadline("state"), SetDeadline("state", 3, 100)], ids=["cleared", "replaced"])
def test_what_one_deadline_does_to_the_other_holds(order: Command) -> None:
    orders: dict[Event, list[Command]] = {
        SpeechStarted(1): [SetDeadline("candidate", 1, 10), SetDeadline("state", 2, 20)],
        DeadlineExpired(1): [order],
    }
    rig = Rig(Script(orders))
    rig.post(SpeechStarted(1))
    rig.fire(50_000)
    assert rig.expired() == [(50_000, 1)]
    rig.fire(150_000)
    assert [d for _, d in rig.expired()] == ([1] if isinstance(order, ClearDeadline) else [1, 3])


def test_commands_in_order_and_before_the_listeners() -> None:
    commands = [DuckPlayout(1), SetDeadline("state", 1, 5), TranscribeUtterance(1, 1, 200), ClearDeadline("state")]
    rig = Rig(Script({SpeechStarted(1): commands}))
    rig.post(SpeechStarted(1))
    first, second = ("first", SpeechStarted(1), 0, 0), ("second", SpeechStarted(1))
    assert rig.done == [DuckPlayout(1), TranscribeUtterance(1, 1, 200), first, second]


def test_listeners_are_told_how_long_it_took() -> None:
    rig = Rig(Script({SpeechStarted(1): [DuckPlayout(1)]}))
    rig.mailbox.post(SpeechStarted(1))
    rig.clock.advance_to(300)
    rig.loop = Loop(
        rig.dialogue,
        rig.clock,
        rig.mailbox,
        heard=lambda _: 0,
        dispatch=lambda _: rig.clock.advance_to(340),
        listeners=(rig._first,),
    )
    rig.loop.pump()
    assert rig.done == [("first", SpeechStarted(1), 300, 40)]


def test_heard_is_sampled_for_a_live_reply_only() -> None:
    script = Script({})
    rig = Rig(script, heard=4711)
    rig.post(SpeechStarted(1))
    script.reply = 3
    rig.post(SpeechStarted(2))
    script.reply = None
    rig.post(SpeechStarted(3))
    assert rig.asked == [3]
    assert [heard for _, _, heard in script.told] == [0, 4711, 0]


def test_heard_is_sampled_before_each_event_of_a_real_reply() -> None:
    rig = Rig(Dialogue(), heard=100)
    rig.post(
        SpeechStarted(1), SpeechSustained(1, 160), SpeechEnded(1, 300), UtteranceTranscribed(1, "hello", 90, 300)
    )
    assert rig.asked == []
    rig.post(ClauseGenerated(1, 0, "Hi."), ChunkSynthesized(1, 0, 0, 800, ((0, 2, 0, 800),), True, False))
    rig.post(ReplyGenerated(1, 1), PlayoutStarted(1))
    assert rig.asked == [1, 1, 1, 1]
    assert rig.dialogue.state is State.SPEAKING


def test_events_in_order_of_posting_with_their_time() -> None:
    rig = Rig(Script({}))
    rig.mailbox.post(SpeechStarted(1))
    rig.clock.advance_to(10)
    rig.mailbox.post(SpeechStarted(2))
    rig.post(SpeechStarted(3), at_us=50)
    waits = [(note[1], note[2]) for note in rig.done if isinstance(note, tuple) and note[0] == "first"]
    assert waits == [(SpeechStarted(1), 50), (SpeechStarted(2), 40), (SpeechStarted(3), 0)]


def test_an_impossible_event_raises_and_the_loop_can_go_on() -> None:
    rig = Rig(Dialogue())
    with pytest.raises(UnexpectedEvent):
        rig.post(PlayoutStarted(1))
    assert rig.done == []
    rig.post(SpeechStarted(1))
    assert rig.dialogue.state is State.LISTENING


def test_an_impossible_event_is_told_where_somebody_wants_to_know() -> None:
    clock, told = VirtualClock(), list[str]()
    mailbox = Mailbox(clock)
    dialogue = Dialogue()
    loop = Loop(
        dialogue,
        clock,
        mailbox,
        heard=lambda _: 0,
        dispatch=lambda _: None,
        unexpected=lambda error: told.append(str(error)),
    )
    mailbox.post(PlayoutStarted(1))
    mailbox.post(SpeechStarted(1))
    loop.pump()
    assert len(told) == 1
    assert dialogue.state is State.LISTENING
