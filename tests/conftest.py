"""The order of the tests: what takes longest comes first, and what is asked of one replay stands together."""

import pytest

LONGEST = ("tests/core/test_exploration.py", "tests/test_demo.py")
"""At their head the other processes still have enough to do; at the end one of them would work alone."""
REPLAYED = "tests/test_scenarios"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest first; the tests of a scenario at one speed in a row, so that few replays are kept in memory."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, str, float]:
    file = item.nodeid.partition("::")[0]
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    name = str(given.get("name", "")) if file.startswith(REPLAYED) else ""
    return (not file.endswith(LONGEST), name, float(given.get("factor", 1.0)) if name else 1.0)
