"""Recorded sessions for these tests; lets them import their helpers as ``tests.*``, however pytest was started."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.command import Answer, Call

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)


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


@pytest.fixture
def session(tmp_path: Path, recorded: Path) -> Path:
    """A copy of it, to be damaged."""
    import shutil

    return Path(shutil.copytree(recorded, tmp_path / "talk"))
