"""A recorded session as a fixture, for the tests of cassettes and of what-if; their ``conftest.py`` import it."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session with a dismissed "yeah", a barge-in and a failing model. Not to be written to."""
    from tests.cassette.recorded_session import SAYS, record

    return record(tmp_path_factory.mktemp("recorded") / "talk", SAYS)
