"""Fixtures; and lets these tests import their helpers as ``tests.*``, however pytest was started."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.command import Answer, Call

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture
def is2s(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> "Call":
    """Call the command line in this process, in a folder of its own."""
    from engine.cli import main
    from tests.engine.command import Answer

    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> "Answer":
        monkeypatch.setattr(sys, "argv", ["is2s", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        streams = capsys.readouterr()
        return Answer(left.value.code, streams.out, streams.err)

    return call


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session with a dismissed "yeah", a barge-in and a failing model. Not to be written to."""
    from tests.cassette.recorded_session import SAYS, record

    return record(tmp_path_factory.mktemp("recorded") / "talk", SAYS)
