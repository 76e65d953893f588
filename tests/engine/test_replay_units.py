"""The microphone of a replay: takes that begin at their moments, and the keys."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.replay.moments import Moments, samples_of
from engine.replay.scenario import (
    After,
    KeyEntry,
    UserEntry,
)
from engine.replay.timeline import Region, Timeline
from models.ports import Samples
from models.scripted import SpokenWord
from states.events import (
    ChunkSynthesized,
    Event,
    MicrophoneMuted,
    MicrophoneUnmuted,
    PlayoutDrained,
    PlayoutStarted,
    SessionStopped,
    SpeechStarted,
    StopRequested,
    TurnTyped,
)
from states.state import State
from states.step import Step
from tests.engine.unhurried import unhurried

BLOCK = 512


def step(event: Event, now_us: int = 0, **changes: Any) -> Step:
    plain = Step(1, now_us, event, State.IDLE, State.IDLE, "stayed", "", 0, 0, 0, 0)
    return replace(plain, **changes)


def entered(state: State, now_us: int) -> Step:
    return step(SpeechStarted(1), now_us, dest=state, outcome="moved")


class Rig:
    """A timeline and the conversation that it follows, told step by step."""

    def __init__(
        self,
        entries: list[UserEntry],
        regions: list[Region] | None = None,
        keys: list[KeyEntry] | None = None,
    ) -> None:
        self.heard = 0
        self.moments = Moments(lambda _reply: self.heard)
        self.posted: list[Event] = []
        self.timeline = Timeline(
            entries,
            regions or [region(800)] * len(entries),
            keys or [],
            self.moments,
            post=self.posted.append,
        )

    def tell(self, *steps: Step) -> None:
        for one in steps:
            self.moments(one, 0, 0)

    def read(self, blocks: int = 1, block: int = BLOCK) -> Samples:
        return np.concatenate([self.timeline.read(block) for _ in range(blocks)])

    @property
    def starts(self) -> list[int]:
        return [placed.start for placed in self.timeline.placed]


def region(samples: int, level: float = 0.25) -> Region:
    words = (SpokenWord("one", 10, 200), SpokenWord("two", 200, samples - 10))
    return Region(np.full(samples, level, np.float32), words, 10, samples - 10)


def after(**values: Any) -> UserEntry:
    return UserEntry(after=After(**values))


# Where a take begins.


@unhurried
@given(at_ms=st.integers(0, 300), block=st.integers(1, 700))
def test_a_take_at_a_time_begins_at_its_sample(at_ms: int, block: int) -> None:
    rig = Rig([UserEntry(at_ms=at_ms)])
    sound = rig.read(blocks=8000 // block + 1, block=block)
    first = at_ms * 16
    assert rig.starts == [first]
    assert not sound[:first].any()
    assert np.all(sound[first : first + 800] == 0.25)
    assert not sound[first + 800 :].any()


def test_takes_know_their_words_on_the_timeline() -> None:
    entry = UserEntry(at_ms=100, heard="won too", confidence_pct=60, error="")
    rig = Rig([entry, UserEntry(at_ms=400, error="broken")])
    rig.read(20)
    first, second = rig.timeline.takes
    assert first.words == (SpokenWord("one", 1610, 1800), SpokenWord("two", 1800, 2390))
    assert (first.first_sample, first.end_sample) == (1610, 2390)
    assert (first.heard, first.confidence_pct, second.heard, second.error) == ("won too", 60, None, "broken")
    assert second.first_sample == 6410


def test_after_the_first_sample_of_a_reply() -> None:
    rig = Rig([after(reply=2, plus_ms=10)])
    rig.read(2)
    rig.tell(step(PlayoutStarted(1), 64_000))
    rig.read(1)
    assert rig.starts == []
    rig.tell(step(PlayoutStarted(2), 96_000))
    rig.read(1)
    assert rig.starts == [1536 + 160]


def test_after_a_word_of_a_reply() -> None:
    rig = Rig([after(reply=1, word=3), after(reply=1, word=3, plus_ms=20)])
    spans = ((0, 3, 0, 1000), (4, 7, 1000, 2000))
    rig.tell(
        step(ChunkSynthesized(1, 0, 0, 2000, spans, True, False)),
        step(ChunkSynthesized(1, 1, 2000, 500, ((0, 3, 0, 400),), False, False)),
        step(ChunkSynthesized(1, 1, 2500, 500, ((4, 7, 700, 900),), True, False)),
    )
    rig.heard = 2000
    rig.read(3)
    assert rig.starts == [], "all of the second word, none of the third"
    rig.heard = 2001
    rig.read(2)
    assert rig.starts == [1536, 1536 + 320], "in the block after the moment, and so much later"


def test_words_of_a_later_chunk_count_from_their_clause() -> None:
    rig = Rig([after(reply=1, word=2)])
    rig.tell(
        step(ChunkSynthesized(1, 0, 0, 500, ((0, 3, 0, 400),), False, False)),
        step(ChunkSynthesized(1, 0, 500, 500, ((4, 7, 700, 900),), True, False)),
    )
    rig.heard = 700
    rig.read()
    assert rig.starts == []
    rig.heard = 701
    rig.read()
    assert rig.starts == [512]


def test_after_the_end_of_a_reply() -> None:
    rig = Rig([after(reply=1, end=True)])
    rig.tell(step(PlayoutStarted(1), 10_000), step(PlayoutDrained(1), 20_000, reply=1))
    rig.read()
    assert rig.starts == []
    rig.tell(step(PlayoutDrained(1), 40_000, reply=1, kept="all of it", dropped=""))
    rig.read()
    assert rig.starts == [640]


def test_after_a_state_is_entered_for_the_nth_time() -> None:
    rig = Rig([after(state="speaking", nth=2), after(state="speaking")])
    rig.tell(entered(State.SPEAKING, 1_000), entered(State.IDLE, 2_000))
    rig.read()
    assert rig.starts == [16]
    rig.tell(step(SpeechStarted(2), 33_000, dest=State.SPEAKING))  # stayed there: not entered
    rig.read()
    rig.tell(entered(State.SPEAKING, 70_000))
    rig.read()
    assert rig.starts == [16, 1120]


def test_after_something_the_user_said() -> None:
    rig = Rig([UserEntry(at_ms=10), after(user=1, plus_ms=5), after(user=1, plus_ms=-5)])
    rig.read(4)
    assert rig.starts == [160, 160 + 800 - 80, 160 + 800 + 80]


def test_a_moment_in_the_past_is_now() -> None:
    rig = Rig([after(reply=1, plus_ms=-500)])
    rig.read(4)
    rig.tell(step(PlayoutStarted(1), 128_000))
    rig.read()
    assert rig.starts == [2048]


def test_late_news_makes_no_moment() -> None:
    rig = Rig([after(reply=1), after(reply=1, word=1)])
    rig.tell(
        step(PlayoutStarted(1), 1_000, outcome="stale"),
        step(ChunkSynthesized(1, 0, 0, 500, ((0, 3, 0, 400),), True, False), outcome="stale"),
    )
    rig.heard = 5000
    rig.read(3)
    assert rig.starts == []
    assert rig.timeline.unsaid == ["user 1", "user 2"]


def test_samples_of() -> None:
    assert [samples_of(us) for us in (0, 62, 63, 1_000_000)] == [0, 0, 1, 16_000]


# What the microphone hears.


def test_takes_at_once_are_added_and_cut_at_full_scale() -> None:
    rig = Rig([UserEntry(at_ms=0), UserEntry(at_ms=10)], [region(800, 0.75), region(800, 0.5)])
    sound = rig.read(3)
    assert np.all(sound[:160] == 0.75)
    assert np.all(sound[160:800] == 1.0)
    assert np.all(sound[800:960] == 0.5)
    assert not sound[960:].any()


# Keys, and the end.


def test_keys_are_pressed_once_in_the_block_of_their_moment() -> None:
    rig = Rig([], keys=[KeyEntry(at_ms=40), KeyEntry("quit", after=After(state="speaking"))])
    rig.read()
    assert rig.posted == []
    rig.read()
    assert rig.posted == [StopRequested()]
    rig.tell(entered(State.SPEAKING, 64_000))
    rig.read(3)
    assert rig.posted == [StopRequested(), SessionStopped()]
    assert rig.timeline.unsaid == []


def test_the_microphone_is_switched_as_by_a_key() -> None:
    rig = Rig([], keys=[KeyEntry("mute", at_ms=0), KeyEntry("unmute", at_ms=0), KeyEntry(typed="now", at_ms=0)])
    rig.read()
    assert rig.posted == [MicrophoneMuted(), MicrophoneUnmuted(), TurnTyped("now")]


def test_finished_once_nothing_is_due_at_a_known_time() -> None:
    rig = Rig([UserEntry(at_ms=0), after(state="speaking"), after(user=1, plus_ms=100)], keys=[KeyEntry(at_ms=250)])
    finished = []
    for blocks in (0, 3, 6):
        rig.read(blocks or 1)
        finished.append(rig.timeline.finished)
    assert finished == [False, False, True], "the third is due, and the key; the second may never come"
    assert rig.starts == [0, 2400]
    assert rig.timeline.unsaid == ["user 2"]
    rig.tell(entered(State.SPEAKING, 400_000))
    assert [rig.timeline.finished, len(rig.read(5)), rig.timeline.finished] == [False, 5 * BLOCK, True]
    assert rig.starts == [0, 2400, 6400]
