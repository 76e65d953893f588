"""Fixtures; and lets these tests import their helpers as ``tests.*``, however pytest was started."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.engine.conftest import is2s as is2s  # noqa: E402  # needs the path above
from tests.recorded import recorded as recorded  # noqa: E402
