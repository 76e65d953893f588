"""The order of the tests, and what they leave behind in memory.

What takes longest comes first, and what is asked of one replay stands together. Between two files what is out of use
is given back: minutes of sound hang on a few objects that point at one another, which Python hardly counts, and the C
library keeps what was freed.
"""

import ctypes
import gc
import sys

import pytest

LONGEST = ("tests/core/test_exploration.py", "tests/test_demo.py")
"""At their head the other processes still have enough to do; at the end one of them would work alone."""
REPLAYED = "tests/test_scenarios"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest first; the tests of a scenario at one speed in a row, so that few replays are kept in memory."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, str, float]:
    file = _file(item)
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    name = str(given.get("name", "")) if file == REPLAYED else ""
    return (not file.endswith(LONGEST), name, float(given.get("factor", 1.0)) if name else 1.0)


def _file(item: pytest.Item) -> str:
    """Those that ask about replays count as one: they take turns."""
    file = item.nodeid.partition("::")[0]
    return REPLAYED if file.startswith(REPLAYED) else file


def pytest_collection_finish() -> None:
    """The tests themselves are never garbage, and need not be gone through every time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Give memory back at the end of a file."""
    if nextitem is None or _file(nextitem) != _file(item):
        gc.collect()
        if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):  # musl has none
            libc.malloc_trim(0)
