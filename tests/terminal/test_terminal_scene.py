"""What a display knows is what the dialogue decided: scenes built from the steps of the recorded scenarios."""

from functools import cache
from pathlib import Path

import pytest

from engine.replay.runner import Replay, replay
from engine.replay.scenario import load
from engine.terminal.scene import Line, Scene, words_of
from states.events import (
    CaptureOverflowed,
    ChunkSynthesized,
    DeviceLost,
    DeviceRestored,
    Event,
    GenerationFailed,
    PlayoutDrained,
    PlayoutStarted,
    ReplyGenerated,
    SpeechDropped,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    SynthesisFailed,
    TurnTyped,
    UtteranceTranscribed,
)
from states.state import State
from states.step import Outcome, Step

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"

TALKS = (
    "interrupt_counting",
    "interrupt_first_word",
    "interrupt_between_clauses",
    "backchannels_in_one_breath",
    "cough_before_the_answer",
    "model_fails_in_mid_reply",
    "model_says_nothing",
    "voice_fails_later",
    "key_stops_the_reply",
    "twenty_barge_ins",
)


@cache
def played(name: str) -> Replay:
    return replay(load(SCENARIOS / name))


def step(event: Event, *, now_us: int = 0, outcome: Outcome = "stayed", reason: str = "", **more: object) -> Step:
    state = State.SPEAKING
    return Step(0, now_us, event, state, state, outcome, reason, 0, 0, 0, 0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TALKS)
def test_it_follows_the_dialogue(name: str) -> None:
    found, scene = played(name), Scene()
    growing = (ReplyGenerated, ChunkSynthesized, GenerationFailed, SynthesisFailed)
    compared = 0
    for one in found.steps:
        before = scene.reply
        if one.kept is not None and not isinstance(one.event, growing):
            assert before is not None
            spoken, to_come = words_of(before, one.heard_samples)
            assert (spoken, to_come.strip()) == (one.kept, one.dropped), "what is shown is what the history keeps"
            compared += 1
        scene.take(one)
        assert scene.state is one.dest
        assert (scene.reply is not None) == (one.dest in (State.THINKING, State.SPEAKING))
    assert compared
    assert scene.over
    said = [line.text for line in scene.lines if line.role == "user"]
    merged = " ".join(message.text for message in found.history if message.role == "user")
    assert " ".join(said) == merged


def test_a_cut_reply_keeps_what_was_dropped() -> None:
    scene = Scene()
    for one in played("interrupt_counting").steps:
        scene.take(one)
    cut = next(line for line in scene.lines if line.cut)
    assert cut.text
    assert cut.dropped
    assert Line("assistant", "It is late.") not in scene.lines
    reasons = [change.reason for change in scene.changes]
    assert "first_sample" in reasons
    assert not {"sound", "clause"} & set(reasons)


def test_latency_counts_from_the_end_of_speech() -> None:
    scene = Scene(pause_ms=200)
    scene.take(step(SpeechPaused(1, 500), now_us=1_000_000))
    scene.take(step(SpeechEnded(1, 500), now_us=1_400_000))
    scene.take(step(PlayoutStarted(1), now_us=2_000_000, outcome="moved"))
    assert scene.latency_us == 1_200_000, "the pause was told 200 ms after the user fell silent"
    scene.take(step(PlayoutStarted(2), now_us=9_000_000, outcome="moved"))
    assert scene.latency_us == 1_200_000, "nobody asked for this one"
    scene.take(step(TurnTyped("now"), now_us=9_100_000, said="now"))
    scene.take(step(PlayoutStarted(3), now_us=9_200_000, outcome="moved"))
    assert scene.latency_us == 100_000


def test_a_noise_that_was_dismissed_counts_for_no_latency() -> None:
    scene = Scene(pause_ms=200)
    scene.take(step(SpeechPaused(1, 500), now_us=1_000_000))
    scene.take(step(SpeechStarted(2), now_us=5_000_000))
    scene.take(step(SpeechEnded(2, 500), now_us=6_000_000))
    scene.take(step(PlayoutStarted(1), now_us=6_500_000, outcome="moved"))
    assert scene.latency_us == 500_000
    scene.take(step(SpeechPaused(3, 500), now_us=8_000_000))
    scene.take(step(SpeechStarted(4), now_us=8_100_000))
    scene.take(step(SpeechDropped(4, 32), now_us=8_200_000))
    scene.take(step(PlayoutStarted(2), now_us=8_800_000, outcome="moved"))
    assert scene.latency_us == 1_000_000, "a click in between is not the end of a turn"


def test_devices_come_and_go() -> None:
    scene = Scene()
    scene.take(step(DeviceLost("microphone"), reason="device_lost"))
    scene.take(step(DeviceLost("loudspeaker"), reason="device_lost"))
    scene.take(step(DeviceRestored("microphone"), reason="device_restored"))
    assert scene.lost_devices == ("loudspeaker",)


def test_what_is_not_as_usual() -> None:
    scene = Scene()
    scene.take(step(PlayoutDrained(1), outcome="declined", reason="more_to_come"))
    scene.take(step(CaptureOverflowed(512), reason="samples_lost"))
    assert (scene.under_runs, scene.lost_samples, scene.echo_us) == (1, 512, None)
    scene.take(step(SpeechPaused(1, 1), now_us=5, reason="echo_suspected"))
    assert scene.echo_us == 5


def test_a_caption_gets_better_and_settles() -> None:
    scene = Scene()
    scene.hear(2, "stop wh")
    scene.hear(1, "an older one that took longer")
    assert scene.caption is not None
    assert (scene.caption.text, scene.caption.settled) == ("stop wh", False)
    scene.take(step(UtteranceTranscribed(2, "mm", 10, 300), reason="low_confidence"))
    assert scene.caption is not None
    assert (scene.caption.text, scene.caption.settled, scene.caption.fate) == ("mm", True, "low_confidence")
    scene.take(step(UtteranceTranscribed(3, "what now", 90, 300), said="what now"))
    assert scene.caption is None, "it stands in the conversation now"
    assert scene.lines[-1] == Line("user", "what now")


def test_a_typed_turn_stands_after_the_reply_it_cut_off() -> None:
    scene = Scene()
    scene.take(step(TurnTyped("wait"), said="wait", kept="One, two", dropped="three", cut=True))
    assert list(scene.lines) == [Line("assistant", "One, two", "three", cut=True), Line("user", "wait")]
