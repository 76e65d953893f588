"""Recorded sessions for these tests; lets them import their helpers as ``tests.*``, however pytest was started."""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.engine.conftest import is2s as is2s  # noqa: E402  # needs the path above
from tests.recorded import recorded as recorded  # noqa: E402


@pytest.fixture
def session(tmp_path: Path, recorded: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(recorded, tmp_path / "talk"))
