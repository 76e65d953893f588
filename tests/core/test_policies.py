"""The policies, each told the same conversation."""

import pytest

from engine.config import build
from states import events as ev
from states.commands import AssessUtterance, DuckPlayout, HoldPlayout
from states.errors import ConfigError
from states.policies import POLICIES
from states.settings import DialogueSettings
from states.state import State
from states.step import Step
from tests.core.talk import Talk

NAMES = tuple(POLICIES)


def replying(policy: str) -> Talk:
    """A reply is being heard under that policy."""
    talk = Talk(DialogueSettings(policy=policy))
    talk.ask()
    talk.start_reply(1)
    return talk


def asked(step: Step) -> set[type]:
    """Which of the three things that speech may bring about were asked for."""
    return {type(c) for c in step.commands} & {DuckPlayout, HoldPlayout, AssessUtterance}


def test_an_unknown_policy_is_one_clear_error_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"dialogue.*hybrid, words, vad, wait, not 'hybird'") as caught:
        build({"dialogue": {"policy": "hybird"}})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("policy", "at_onset", "sustained", "lasting"),
    [
        ("hybrid", {DuckPlayout}, {AssessUtterance}, {HoldPlayout}),
        ("words", {DuckPlayout}, {AssessUtterance}, {HoldPlayout}),
        ("vad", {DuckPlayout}, set(), set()),  # by then it takes the floor
        ("wait", set(), {AssessUtterance}, set()),
    ],
)
def test_what_speech_brings_about(policy: str, at_onset: set[type], sustained: set[type], lasting: set[type]) -> None:
    talk = replying(policy)
    assert asked(talk.tell(ev.SpeechStarted(2), heard=150)) == at_onset
    assert asked(talk.tell(ev.SpeechSustained(2, 160), heard=160)) == sustained
    assert asked(talk.tell(ev.SpeechContinued(2, 480), heard=160)) == lasting


LONG = ev.SpeechContinued(2, 900, 95, 80, 70, 60)

# What is heard after 160 ms of voice -> the reason of the interruption, or "" where the reply goes on, by policy.
HEARD: list[tuple[str, tuple[ev.Event, ...], dict[str, str]]] = [
    ("words", (ev.UtteranceAssessed(2, "so what", -1, 160, False),), {"hybrid": "words", "words": "words"}),
    ("stop", (ev.UtteranceAssessed(2, "stop", -1, 160, False),), dict.fromkeys(NAMES, "stop_phrase") | {"vad": ""}),
    ("a long clear voice", (LONG,), {"hybrid": "clear_voice", "vad": "voice_alone"}),
    ("a long backchannel", (ev.UtteranceAssessed(2, "yeah", -1, 160, False), LONG), {"vad": "voice_alone"}),
    ("a long unknown voice", (ev.SpeechContinued(2, 900),), {"vad": "voice_alone"}),
    ("a short one", (ev.SpeechContinued(2, 320),), {}),
]


@pytest.mark.parametrize(
    ("policy", "events", "taken"),
    [(policy, events, taken) for policy in NAMES for _, events, taken in HEARD],
    ids=[f"{policy}: {name}" for policy in NAMES for name, _, _ in HEARD],
)
def test_who_takes_the_floor(policy: str, events: tuple[ev.Event, ...], taken: dict[str, str]) -> None:
    talk = replying(policy)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160), heard=160)
    step = talk.tell(*events, heard=160)
    reason = taken.get(policy, "")
    assert (step.dest, step.reason if reason else "") == (State.INTERRUPTED if reason else State.SPEAKING, reason)


@pytest.mark.parametrize(
    ("policy", "reason", "taken"),
    [
        ("hybrid", "voice_alone", True),
        ("words", "unverified", False),
        ("vad", "too_short", False),
        ("wait", "unverified", False),
    ],
)
def test_no_words_in_time(policy: str, reason: str, taken: bool) -> None:
    """Long, and not clear enough to be taken at once; under ``vad``, short."""
    talk = replying(policy)
    voiced_ms = 479 if policy == "vad" else 900
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160), ev.SpeechContinued(2, voiced_ms, 85, 10), heard=160)
    step = talk.tell(talk.deadline("candidate"), heard=160)
    assert (step.reason, step.dest is State.INTERRUPTED) == (reason, taken)
    assert step.evidence is not None


def test_under_vad_the_deadline_after_long_speech_interrupts() -> None:
    """Where the event that told of the length was lost, the pause tells it."""
    talk = replying("vad")
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160), heard=160)
    assert talk.tell(ev.SpeechPaused(2, 352), heard=160).reason == "too_short"
    talk.tell(ev.SpeechResumed(2), ev.SpeechContinued(2, 384), heard=160)
    assert talk.tell(ev.SpeechContinued(2, 480), heard=160).reason == "voice_alone"


def test_a_turn_said_while_waiting_is_let_go_with_a_reason() -> None:
    talk = replying("wait")
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160), ev.SpeechPaused(2, 400), heard=160)
    step = talk.tell(ev.UtteranceAssessed(2, "so what", -1, 400, True), heard=160)
    assert (step.verdict, step.reason) == ("dismiss", "not_to_be_interrupted")


def test_before_the_first_sample_nobody_has_to_wait() -> None:
    """The user goes on before anything was heard: that is no interruption."""
    talk = Talk(DialogueSettings(policy="wait"))
    talk.ask()
    held = talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160))
    assert AssessUtterance in {type(c) for c in held.commands}
    assert talk.tell(ev.UtteranceAssessed(2, "so what", -1, 160, False)).dest is State.INTERRUPTED
