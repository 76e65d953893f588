"""Where the recordings for tests lie; they are no part of the repository."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Real recordings beside the checkout, absent in a bare clone."""

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings of ../shared/data are not here")
