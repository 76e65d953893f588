"""Every planted fault is noticed by a short run of the tests."""

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from tests.core import (
    test_cases,
    test_claim,
    test_facts_of_the_user,
    test_fence,
    test_history,
    test_judge,
    test_own_words,
    test_policies,
    test_reply,
    test_turns,
)
from tests.core.exploration import TALKATIVE, Exploration
from tests.core.model import Scale
from tests.core.mutants import MUTANTS, Mutant
from tests.core.soak import soak

Check = Callable[[], object]


def battery_of(module: ModuleType) -> Check:
    """The tests of a module, each with all that is handed in; those marked or run by Hypothesis take too long."""

    def run() -> None:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and not hasattr(function, "is_hypothesis_test"):
                marks = getattr(function, "pytestmark", [])
                if all(mark.name == "parametrize" for mark in marks):
                    for handed_in in handed(marks):
                        function(**handed_in)

    return run


def handed(marks: list[pytest.Mark]) -> Iterator[dict[str, object]]:
    """What ``parametrize`` hands in, time after time."""
    if not marks:
        yield {}
        return
    names, values = marks[0].args[:2]
    for value in values:
        yield {names: value} if isinstance(names, str) else dict(zip(names, value, strict=True))


BATTERY: dict[str, Check] = {
    "cases": battery_of(test_cases),
    "facts": battery_of(test_facts_of_the_user),
    "own words": battery_of(test_own_words),
    "turns": battery_of(test_turns),
    "reply": battery_of(test_reply),
    "history": battery_of(test_history),
    "judge": battery_of(test_judge),
    "claim": battery_of(test_claim),
    "fence": battery_of(test_fence),
    "policies": battery_of(test_policies),
    "walk": lambda: soak(1500, 1),
    "exploration": lambda: Exploration(TALKATIVE, Scale(("One two.",), 1, tools=False), limit=900).run(),
}
"""Short runs of the tests, the cheapest first: hundredths of a second each, but for the last two."""


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
