"""Models built for these tests: real formats, read by the real libraries."""

from pathlib import Path

import canned_ggml
import canned_whisper
import pytest


@pytest.fixture(scope="session")
def canned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for faster-whisper that says "the quick brown fox"."""
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    return canned_whisper.build(tmp_path_factory.mktemp("whisper") / "canned")


@pytest.fixture(scope="session")
def ggml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for whisper.cpp that says the same."""
    pytest.importorskip("pywhispercpp", reason="pywhispercpp is not installed")
    return canned_ggml.build(tmp_path_factory.mktemp("ggml") / "ggml-canned.bin")
