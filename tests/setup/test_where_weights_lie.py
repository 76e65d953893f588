"""Where models are found and put: names, earlier downloads, other kinds, disks that are full."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from setup_rig import VOICE, WHISPER, Setup

from models import fetch, registry, whisper_files, whisper_ggml
from models.fetch_weights import voice_path
from models.stt_whisper import WhisperRecognizer
from states.errors import BackendUnavailable, ConfigError
from tests.hub_server import HubServer


@pytest.fixture
def here(place: Path, hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same surroundings for this process; the current directory."""
    monkeypatch.chdir(place / "here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", str(place / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    return place / "here"


def silent(_done: int, _total: int) -> None:
    """Report nothing."""


@pytest.mark.parametrize(
    ("voice", "path"),
    [
        ("en_GB-alba-medium", "en/en_GB/alba/medium/en_GB-alba-medium"),
        ("ca_ES-upc_ona-x_low", "ca/ca_ES/upc_ona/x_low/ca_ES-upc_ona-x_low"),
        ("de_DE-thorsten_emotional-medium", "de/de_DE/thorsten_emotional/medium/de_DE-thorsten_emotional-medium"),
    ],
)
def test_voices_have_their_place_in_the_repository(voice: str, path: str) -> None:
    assert voice_path(voice) == path


@pytest.mark.parametrize(
    "voice", ["", "alba", "en-alba-medium", "en_GB-alba", "en_GB--medium", "../en_GB-a-b", "a_b-c/d-e"]
)
def test_what_is_no_voice(voice: str) -> None:
    with pytest.raises(ConfigError, match="is named like en_GB-alba-medium"):
        voice_path(voice)


@pytest.mark.usefixtures("here")
def test_a_path_is_no_size_of_whisper() -> None:
    with pytest.raises(ConfigError, match="a size of Whisper is needed"):
        fetch.fetch(fetch.wanted("whisper", "./somewhere", here=False), silent)


def test_sizes_that_the_hub_has_elsewhere() -> None:
    from faster_whisper.utils import _MODELS

    for size, repository in _MODELS.items():
        assert whisper_files.repository(size) == repository


def test_an_earlier_download_by_faster_whisper_will_do(here: Path, place: Path, hub: HubServer) -> None:
    from huggingface_hub import hf_hub_download

    assert whisper_files.find("base.en") is None
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        assert whisper_files.find("base.en") is None, f"{name} is missing"
        hf_hub_download(WHISPER, name, endpoint=hub.url, cache_dir=place / "hf" / "hub")
    found = whisper_files.find("base.en")
    assert found is not None
    assert place / "hf" in found.parents
    assert registry.available("stt", "whisper").files == (found,)
    assert WhisperRecognizer("base.en").folder == found
    shutil.copytree(found, here / "models" / "whisper" / "base.en")
    assert whisper_files.find("base.en") == Path("models") / "whisper" / "base.en", "the project's own comes first"


def test_the_adapter_fetches_where_it_is_told_to(place: Path, here: Path, hub: HubServer) -> None:
    assert here.is_dir()
    with pytest.raises(BackendUnavailable, match="there is no Whisper model"):
        WhisperRecognizer("base.en")
    assert hub.asked == 0
    cached = place / "cache" / "is2s" / "whisper" / "base.en"
    assert WhisperRecognizer("base.en", download=True).folder == cached
    hub.heads[f"{WHISPER}/model.bin"] = 500
    (cached / "model.bin").write_bytes(b"broken")
    with pytest.raises(BackendUnavailable, match="answers 500"):
        WhisperRecognizer("base.en", download=True)


def test_whispers_of_whisper_cpp(setup: Setup, hub: HubServer, tmp_path: Path) -> None:
    pytest.importorskip("pywhispercpp", reason="pywhispercpp is not installed")
    from tests.models.whisper.canned_ggml import build

    whole = build(tmp_path / "ggml.bin").read_bytes()
    hub.files["ggerganov/whisper.cpp/ggml-base.en.bin"] = whole[:-100]
    status, _, err = setup("--yes", "--only", "whispercpp")
    assert status == 1
    assert "is truncated after" in err
    path = setup.cache / "whisper" / "ggml-base.en.bin"
    assert not path.exists()
    hub.files["ggerganov/whisper.cpp/ggml-base.en.bin"] = whole
    status, out, err = setup("--yes", "--only", "whispercpp")
    assert (status, err) == (0, "")
    assert whisper_ggml.flaw_of(path) == ""
    assert "to be fetched, 148 MB" in out


@pytest.mark.usefixtures("here")
def test_a_disk_that_is_too_full_is_told_before(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    monkeypatch.setattr("models.fetch_weights.shutil.disk_usage", lambda _: Usage(100, 99, 1_000_000))
    with pytest.raises(BackendUnavailable, match=r"is too full: .* MB are to come and 1 MB are free"):
        fetch.fetch(fetch.wanted("whisper", "base.en", here=False), silent)
    assert hub.gets == []


@pytest.mark.usefixtures("here")
def test_a_voice_without_its_description_is_none(hub: HubServer) -> None:
    del hub.files[f"{VOICE}.json"]
    with pytest.raises(BackendUnavailable, match="rhasspy/piper-voices has no voice en_GB-alba-medium") as caught:
        fetch.fetch(fetch.wanted("piper", "en_GB-alba-medium", here=False), silent)
    assert caught.value.remedy == "is2s setup --only piper"
