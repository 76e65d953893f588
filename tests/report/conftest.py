"""The fixtures of the command line's tests; lets these tests import their helpers as ``tests.*``, however started."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.engine.conftest import is2s as is2s  # noqa: E402
