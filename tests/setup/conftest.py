"""A hub with small models of the real formats, and an Ollama without any; both on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from setup_rig import VOICE, WHISPER, Setup

from tests.hub_server import HubServer
from tests.ollama_server import OllamaServer


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the hub has: models of the real formats, made here, in the layout of the published ones."""
    for package in ("huggingface_hub", "faster_whisper", "piper", "onnx", "ollama"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    from tests.models.piper.piper_small_voice import write_voice
    from tests.models.whisper.canned_whisper import build

    folder = tmp_path_factory.mktemp("published")
    whisper = build(folder / "whisper")
    voice = write_voice(folder, "voice")
    files = {f"{WHISPER}/{path.name}": path.read_bytes() for path in whisper.iterdir()}
    files[VOICE] = voice.read_bytes()
    files[f"{VOICE}.json"] = voice.with_name("voice.onnx.json").read_bytes()
    return files


@pytest.fixture
def hub(published: dict[str, bytes]) -> Iterator[HubServer]:
    with HubServer(dict(published)) as running:
        yield running


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer(models={}) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the current directory and the cache are."""
    (tmp_path / "here").mkdir()
    return tmp_path


@pytest.fixture
def setup(place: Path, hub: HubServer, ollama: OllamaServer) -> Setup:
    return Setup(place, hub.url, ollama.url)
