"""Captions of a turn in progress: one at a time, from its start, and none by a recogniser that is slow."""

from collections.abc import Iterator

import numpy as np
import pytest

from engine.captioning import BUDGET_MS, Captioning
from engine.clock import VirtualClock
from models.ports import Audio, Transcript
from states import events as ev
from states.dialogue import Dialogue
from states.errors import BackendError
from states.step import Step


class Ring:
    """Sound that tells which utterances it is of."""

    def audio(self, utterance: int, since: int) -> Audio:
        return Audio(np.zeros(160, np.float32), 1000 * since + utterance)


class Recognizer:
    """Takes so long for its answer, or fails."""

    def __init__(self, clock: VirtualClock, takes_ms: int = 0, *, fails: bool = False) -> None:
        self.clock, self.takes_ms, self.fails = clock, takes_ms, fails
        self.heard: list[int] = []

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        self.heard.append(audio.first_sample)
        yield Transcript("")
        self.clock.advance_to(self.clock.now_us() + self.takes_ms * 1000)
        if self.fails:
            raise BackendError("broken")
        yield Transcript("what is", 80)


class Rig:
    """A dialogue, its captions, and what is seen of them."""

    def __init__(self, takes_ms: int = 0, *, fails: bool = False) -> None:
        self.clock = VirtualClock()
        self.dialogue = Dialogue()
        self.seen: list[tuple[int, str]] = []
        self.recognizer = Recognizer(self.clock, takes_ms, fails=fails)
        self.captioning = Captioning(
            self.dialogue, Ring(), self.recognizer, lambda at, text: self.seen.append((at, text)), self.clock
        )

    def tell(self, *events: ev.Event) -> Step:
        for event in events:
            step = self.dialogue.handle(event, now=0, heard=0)
        return step

    def run(self, step: Step) -> bool:
        """Whether the step asked for a caption, which is then made."""
        job = self.captioning.job(step)
        if job is not None:
            assert not any(isinstance(item, ev.Event) for item in job.start())
        return job is not None


def test_a_turn_in_progress_is_captioned_from_its_start() -> None:
    rig = Rig()
    assert not rig.run(rig.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 200)))
    assert rig.run(rig.tell(ev.SpeechContinued(1, 500)))
    rig.tell(ev.SpeechEnded(1, 900), ev.SpeechStarted(2), ev.SpeechSustained(2, 200))
    assert rig.run(rig.tell(ev.SpeechContinued(2, 500)))
    assert rig.seen == [(1, "what is"), (2, "what is")]
    assert rig.recognizer.heard == [1001, 1002], "the second goes on from the first"


def test_one_at_a_time_and_a_cancelled_one_does_not_stand_in_the_way_of_the_next_turn() -> None:
    rig = Rig()
    job = rig.captioning.job(rig.tell(ev.SpeechStarted(1), ev.SpeechContinued(1, 500)))
    assert job is not None
    assert rig.captioning.job(rig.tell(ev.SpeechContinued(1, 800))) is None
    rig.tell(ev.SpeechEnded(1, 900), ev.UtteranceTranscribed(1, "", -1, 100))
    assert rig.run(rig.tell(ev.SpeechStarted(2), ev.SpeechContinued(2, 500)))


def test_a_closed_caption_shows_nothing_and_the_next_may_come() -> None:
    rig = Rig()
    job = rig.captioning.job(rig.tell(ev.SpeechStarted(1), ev.SpeechContinued(1, 500)))
    assert job is not None
    worker = job.start()
    next(worker)
    worker.close()
    assert rig.seen == []
    assert rig.run(rig.tell(ev.SpeechContinued(1, 800)))


@pytest.mark.parametrize(("takes_ms", "again"), [(BUDGET_MS, True), (BUDGET_MS + 1, False)])
def test_a_slow_recogniser_is_asked_no_more(takes_ms: int, again: bool) -> None:
    rig = Rig(takes_ms)
    assert rig.run(rig.tell(ev.SpeechStarted(1), ev.SpeechContinued(1, 500)))
    assert rig.run(rig.tell(ev.SpeechContinued(1, 900))) == again


def test_a_failing_one_is_left_to_the_recognition_of_the_turn() -> None:
    rig = Rig(fails=True)
    assert rig.run(rig.tell(ev.SpeechStarted(1), ev.SpeechContinued(1, 500)))
    assert rig.seen == []


def test_during_a_reply_the_assessments_tell() -> None:
    rig = Rig()
    rig.tell(ev.SpeechStarted(1), ev.SpeechEnded(1, 700), ev.UtteranceTranscribed(1, "what", 90, 700))
    rig.tell(ev.PlayoutStarted(1))
    assert not rig.run(rig.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 200), ev.SpeechContinued(2, 500)))
