"""Lets these tests import ``tests.ollama_server``, however pytest was started, and gives them one such server."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[3])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.ollama_server import OllamaServer  # noqa: E402  # needs the path above


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    """A healthy Ollama of its own for the test."""
    with OllamaServer() as running:
        yield running


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ``ollama`` is on the path, whatever this machine has."""
    monkeypatch.setattr("models.ollama_ready.shutil.which", lambda _: "/usr/bin/ollama")
