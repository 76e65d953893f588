"""Every planted fault is noticed by a short run of the tests."""

import inspect
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.core import test_cases, test_fence, test_judge, test_random_interleavings, test_reply
from tests.core.exploration import TALKATIVE, Exploration
from tests.core.model import Scale
from tests.core.mutants import MUTANTS, Mutant
from tests.core.soak import soak

Check = Callable[[], object]


def plain_tests(module: ModuleType) -> Check:
    """The tests of a module that need nothing handed in."""

    def run() -> None:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and not inspect.signature(function).parameters and not is_long(function):
                function()

    return run


def is_long(function: Callable[..., object]) -> bool:
    """Marked, or run by Hypothesis: too long for here."""
    return hasattr(function, "pytestmark") or hasattr(function, "is_hypothesis_test")


def judge_tables() -> None:
    """What people say, and what comes of it."""
    for case in test_judge.DURING_A_REPLY:
        test_judge.test_speech_during_a_reply(*case)
    for turn in test_judge.TURNS:
        test_judge.test_words_that_are_a_turn(*turn)
    for voiced_ms, verdict, reason in ((799, test_judge.HOLD, "unverified"), (800, test_judge.TAKE, "voice_alone")):
        test_judge.test_voice_alone_decides_by_its_length(voiced_ms, verdict, reason)


def fence_tables() -> None:
    """What cannot happen, and what comes late."""
    for start, event, why in test_fence.IMPOSSIBLE:
        test_fence.test_an_impossible_event_raises_and_changes_nothing(start, event, why)
    for start, event, why in test_fence.LATE:
        test_fence.test_a_late_event_is_recorded_and_changes_nothing(start, event, why)
    test_fence.test_impossible_samples_at_the_door_raise_and_change_nothing(999, 0, "time ran backwards")


BATTERY: dict[str, Check] = {
    "walk": lambda: soak(1500, 1),
    "exploration": lambda: Exploration(TALKATIVE, Scale(("One two.",), 1), limit=600).run(),
    "cases": plain_tests(test_cases),
    "barge-ins": plain_tests(test_random_interleavings),
    "reply": plain_tests(test_reply),
    "judge": judge_tables,
    "fence": fence_tables,
}
"""Short runs of the tests, the broadest first."""


def killer(mutant: Mutant) -> str | None:
    """The first of the battery that notices, or None."""
    for name, check in BATTERY.items():
        with pytest.MonkeyPatch.context() as patch:
            mutant.plant(patch)
            try:
                check()
            except (Exception, pytest.fail.Exception):
                return name
    return None


def test_the_battery_is_content_with_the_core_as_it_is() -> None:
    for check in BATTERY.values():
        check()


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_is_noticed(mutant: Mutant) -> None:
    by = killer(mutant)
    print(f"{mutant.name:40} {by}")
    assert by is not None, f"nothing noticed: {mutant.name}"
