"""Fixtures; and lets these tests import their helpers as ``tests.engine.*``, however pytest was started."""

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


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """A short sound file."""
    from tests.engine.small_scenario import write_tone

    path = tmp_path / "user.wav"
    write_tone(path, ms=200)
    return path


@pytest.fixture(scope="session")
def journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole log of a short conversation."""
    from engine.replay.runner import replay
    from engine.replay.scenario import load
    from tests.engine.small_scenario import TOML, write_scenario

    folder = write_scenario(tmp_path_factory.mktemp("log") / "small", TOML.replace("late,", "“spät”, 日本,"))
    return replay(load(folder)).journal.encode()


@pytest.fixture
def log(tmp_path: Path, journal: bytes) -> Path:
    """The same in a file."""
    path = tmp_path / "transitions.jsonl"
    path.write_bytes(journal)
    return path
