"""What a moment's trial of a backend finds out, and what it calls broken."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from engine.clock import VirtualClock
from engine.selftest import MAX_PIECES, RUNS, Speed, made_sound, measure
from models import registry
from models.aec_kalman import KalmanCanceller
from models.ports import MIC_HZ, SpeechChunk, Transcript
from models.scripted import (
    ScriptedAnswer,
    ScriptedLanguageModel,
    ScriptedRecognizer,
    ScriptedSynthesizer,
    ScriptedTurnEnd,
    ScriptedVad,
)
from states.errors import BackendError, BackendUnavailable

RATE_HZ = 8000


class Paced:
    """A backend for every role that takes a declared time, and gives what it is told to give."""

    rate_hz = RATE_HZ

    def __init__(self, clock: VirtualClock, step_us: int, gives: Any) -> None:
        self._clock, self._step_us, self._gives = clock, step_us, gives
        self.closed = 0

    def _take(self) -> Any:
        self._clock.advance_to(self._clock.now_us() + self._step_us)
        return self._gives

    def reset(self) -> None:
        """Nothing to forget."""

    def probability(self, _frame: Any) -> Any:
        return self._take()

    def recognize(self, _audio: Any) -> Iterator[Any]:
        yield self._take()

    def stream(self, _messages: Any) -> Iterator[Any]:
        try:
            while True:
                yield self._take()
        finally:
            self.closed += 1

    def synthesize(self, _text: str) -> Iterator[Any]:
        yield SpeechChunk(np.zeros(0, dtype=np.float32))
        yield SpeechChunk(self._take())
        yield SpeechChunk(self._take())


@pytest.mark.parametrize(
    ("role", "step_us", "gives", "figures"),
    [
        ("vad", 3_200, 0.7, {"real_time_factor": 0.1}),
        ("stt", 250_000, Transcript("", -1), {"real_time_factor": 0.25}),
        ("llm", 200_000, "word ", {"first_ms": 200.0, "pieces_per_s": 5.0}),
        ("tts", 50_000, np.full(RATE_HZ, 0.5, np.float32), {"real_time_factor": 0.05, "first_ms": 50.0}),
    ],
)
def test_speed_is_that_of_the_second_run(role: str, step_us: int, gives: Any, figures: dict[str, float]) -> None:
    clock = VirtualClock()
    paced = Paced(clock, step_us, gives)

    def make() -> Paced:
        clock.advance_to(1_000_000)
        return paced

    speed = measure(role, make, clock)
    assert speed.figures == pytest.approx(figures)
    assert speed.ready_s == pytest.approx(1.0 + (clock.now_us() - 1_000_000) / 2e6), "made, and run once"
    if role == "llm":
        assert paced.closed == 2, "an endless answer is cut off"
        assert clock.now_us() <= 1_000_000 + 2 * MAX_PIECES * step_us


def raising(error: Exception) -> Callable[[], Any]:
    def make() -> Any:
        raise error

    return make


@pytest.mark.parametrize(
    ("role", "gives", "message"),
    [
        ("vad", float("nan"), "probabilities that are none"),
        ("vad", 1.5, "probabilities that are none"),
        ("vad", "text", "TypeError"),
        ("tts", np.zeros(10, np.float32), "no sound"),
        ("tts", np.zeros(0, np.float32), "no sound"),
        ("tts", np.full(10, np.nan, np.float32), "no numbers"),
        ("tts", None, "TypeError"),
    ],
)
def test_what_is_broken(role: str, gives: Any, message: str) -> None:
    clock = VirtualClock()
    with pytest.raises(BackendError, match=message) as caught:
        measure(role, lambda: Paced(clock, 1, gives), clock)
    assert "\n" not in str(caught.value)


class Mute:
    """Gives nothing at all."""

    def recognize(self, _audio: Any) -> Iterator[Any]:
        return iter(())

    def stream(self, _messages: Any) -> Iterator[Any]:
        return iter(("", "", ""))


@pytest.mark.parametrize(
    ("role", "message"), [("stt", "no transcript"), ("llm", "no answer"), ("vad", "no attribute")]
)
def test_what_says_nothing_is_broken(role: str, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        measure(role, Mute, VirtualClock())


def test_errors_are_one_line_of_our_own() -> None:
    with pytest.raises(BackendError, match="RuntimeError: no such device") as caught:
        measure("stt", raising(RuntimeError("no\nsuch device")), VirtualClock())
    assert not isinstance(caught.value, BackendUnavailable)
    with pytest.raises(BackendUnavailable) as known:
        measure("stt", raising(BackendUnavailable("gone", remedy="bring it back")), VirtualClock())
    assert known.value.remedy == "bring it back", "and keep what mends them"


def test_it_is_closed_also_when_it_fails() -> None:
    class Closing(Mute):
        closed = False

        def close(self) -> None:
            Closing.closed = True

    with pytest.raises(BackendError):
        measure("stt", Closing, VirtualClock())
    assert Closing.closed


def test_the_scripted_models_pass() -> None:
    made: dict[str, Callable[[], Any]] = {
        "aec": KalmanCanceller,
        "vad": lambda: ScriptedVad(tuple),
        "stt": lambda: ScriptedRecognizer(tuple),
        "turn": lambda: ScriptedTurnEnd((70,)),
        "llm": lambda: ScriptedLanguageModel([ScriptedAnswer("one two")]),
        "tts": ScriptedSynthesizer,
    }
    for role, make in made.items():
        assert isinstance(measure(role, make, VirtualClock()), Speed)
    assert set(made) == set(RUNS) == set(registry.ROLES)


@pytest.mark.parametrize(
    ("role", "name"), [("vad", "silero"), ("vad", "energy"), ("llm", "companion"), ("tts", "espeak")]
)
def test_the_embedded_ones_pass(role: str, name: str) -> None:
    if not registry.available(role, name).ready:
        pytest.skip(f"{name} is not installed")
    speed = measure(role, lambda: registry.create(role, name), VirtualClock())
    assert "ready in" in str(speed)


def test_the_sound_is_a_loud_second() -> None:
    sound = made_sound()
    assert sound.shape == (MIC_HZ,)
    assert sound.dtype == np.float32
    assert 0.1 < np.abs(sound).max() <= 1.0
