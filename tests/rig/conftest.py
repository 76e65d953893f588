"""The room as a fixture; where it cannot be, what needs it is skipped with the reason."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

if TYPE_CHECKING:
    from tests.rig.pulse import Rig
    from tests.rig.talk import Talk


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> "Iterator[Rig]":
    """A room of its own for the test, with an echo, or with walls, if it asks for them by ``indirect``.

    Its folder has a short name: a socket's path must not be long.
    """
    from tests.rig.pulse import Rig, lacking

    reason = lacking()
    if reason:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="is2s-rig-") as folder:
        rig = Rig(Path(folder), **{name: True for name in [getattr(request, "param", None)] if name})
        rig.start()
        try:
            yield rig
        finally:
            rig.kill()


@pytest.fixture
def talk(rig: "Rig", tmp_path: Path) -> "Iterator[Callable[..., Talk]]":
    """Starts ``is2s run`` in the room."""
    from tests.rig.talk import Talk

    begun: list[Talk] = []

    def begin(*arguments: str) -> Talk:
        begun.append(Talk(tmp_path, rig.env, *arguments))
        return begun[-1]

    try:
        yield begin
    finally:
        for one in begun:
            one.kill()
