"""``is2s setup`` from the command line to the last file, against a hub and an Ollama on loopback."""

import inspect
import re
import signal
import threading
from pathlib import Path

import pytest
from setup_rig import VOICE, WAIT_S, WHISPER, Setup

from models import piper_voices, profiles, whisper_files
from models.llm_ollama import OllamaModel
from models.ollama_ready import DEFAULT_MODEL
from models.profiles import PROFILES, model_options
from models.stt_whisper import WhisperRecognizer
from models.stt_whispercpp import WhisperCppRecognizer
from models.tts_piper import PiperSynthesizer
from tests.hub_server import Fault, HubServer
from tests.ollama_server import OllamaServer, Reply, absent_url


def test_the_defaults_of_the_backends_are_the_base_profile() -> None:
    base = profiles.PROFILES[profiles.DEFAULT]
    assert (base.whisper, base.piper, base.ollama) == ("base.en", piper_voices.DEFAULT_VOICE, DEFAULT_MODEL)
    for profile in profiles.PROFILES.values():
        assert all(profile.model(kind) in profiles.SIZES_MB[kind] for kind in profiles.KINDS)


def test_all_of_it_and_then_nothing(setup: Setup, hub: HubServer, ollama: OllamaServer) -> None:
    status, out, err = setup("--yes")
    assert (status, err) == (0, "")
    assert "to be fetched, 148 MB, into " in out
    assert "whisper base.en: 100 % of " in out
    assert out.index("to be fetched, 2019 MB") < out.index("whisper base.en:"), "sizes are told before it starts"
    assert setup.is_complete()
    assert list(ollama.models) == [DEFAULT_MODEL]
    hub.gets.clear()
    asked, ollama.requests[:] = hub.asked, []
    status, out, err = setup("--yes")
    assert (status, err, hub.gets, hub.asked) == (0, "", [], asked)
    assert "everything is here: nothing to fetch" in out
    assert ollama.bodies("/api/pull") == []


def test_the_fetched_models_work(setup: Setup) -> None:
    import numpy as np

    from models.ports import Audio

    assert setup("--yes", "--only", "whisper", "--only", "piper")[0] == 0
    recognizer = WhisperRecognizer(str(setup.cache / "whisper" / "base.en"))
    sound = np.full(16_000, 0.1, dtype=np.float32)
    assert list(recognizer.recognize(Audio(sound)))[-1].text == "the quick brown fox"
    recognizer.close()
    voice = PiperSynthesizer(str(setup.cache / "piper" / "en_GB-alba-medium.onnx"))
    assert sum(len(chunk.samples) for chunk in voice.synthesize("hello")) > 0


def test_a_dry_run_asks_nobody(setup: Setup, hub: HubServer) -> None:
    status, out, err = setup("--dry-run", "--profile", "small")
    assert (status, err, hub.asked, hub.gets) == (0, "", 0, [])
    assert re.search(r"whisper +tiny\.en +to be fetched, 78 MB", out)
    assert "use them with: is2s run --profile small" in out
    assert not setup.cache.exists()


def test_models_of_no_profile_are_named_one_by_one(setup: Setup) -> None:
    _, out, _ = setup("--dry-run", "--whisper", "tiny.en")
    assert "use them with: is2s run --set options.whisper.model=tiny.en\n" in out


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_names_options_that_the_backends_have(profile: str) -> None:
    for kind, options in model_options(profile).items():
        (name,) = options
        adapter = {
            "whisper": WhisperRecognizer,
            "whispercpp": WhisperCppRecognizer,
            "piper": PiperSynthesizer,
            "ollama": OllamaModel,
        }[kind]
        assert name in inspect.signature(adapter).parameters


def test_it_asks_before_it_fetches(setup: Setup, hub: HubServer) -> None:
    status, _, err = setup()
    assert (status, hub.gets) == (2, [])
    assert "about 2230 MB are to be fetched: say with --yes" in err


def test_a_model_of_a_kind_that_is_left_out(setup: Setup) -> None:
    status, _, err = setup("--only", "piper", "--whisper", "tiny.en")
    assert status == 2
    assert "tiny.en is a model of whisper, which --only leaves out" in err


def test_into_the_checkout(setup: Setup, place: Path) -> None:
    assert setup("--yes", "--here", "--only", "whisper")[0] == 0
    assert whisper_files.flaws(place / "here" / "models" / "whisper" / "base.en") == []
    assert not setup.cache.exists()


def test_a_broken_one_in_the_checkout_is_replaced_where_it_is(setup: Setup, place: Path) -> None:
    """It would be found before that of the cache."""
    folder = place / "here" / "models" / "whisper" / "base.en"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"broken")
    voice = place / "here" / "models" / "piper" / "en_GB-alba-medium.onnx"
    voice.parent.mkdir(parents=True)
    voice.write_bytes(b"\x3a\xff\xff\xff\x0fbroken")
    voice.with_name(f"{voice.name}.json").write_text("{}")
    status, out, err = setup("--yes", "--only", "whisper", "--only", "piper")
    assert (status, err) == (0, "")
    assert whisper_files.flaws(folder) == []
    assert piper_voices.flaw(piper_voices.VoiceFiles(voice, voice.with_name(f"{voice.name}.json"))) == ""
    assert f"whisper base.en: here: {Path('models', 'whisper', 'base.en')}" in out


def test_one_fails_and_the_others_go_on(setup: Setup, hub: HubServer, ollama: OllamaServer) -> None:
    hub.heads[f"{WHISPER}/model.bin"] = 500
    ollama.script("/api/pull", Reply([{"status": "pulling manifest"}, {"error": "no space left on device"}]))
    status, out, err = setup("--yes")
    assert status == 1
    first, second, last = err.splitlines()
    assert first == (
        f"is2s: whisper base.en: {hub.url} answers 500; once that is mended, go on with: is2s setup --only whisper"
    )
    assert "no space left on device; once that is mended, go on with: is2s setup --only ollama" in second
    assert last == "is2s: 2 of 3 could not be fetched"
    assert "piper en_GB-alba-medium: here: " in out
    del hub.heads[f"{WHISPER}/model.bin"]
    hub.gets.clear()
    status, out, err = setup("--yes")
    assert (status, err) == (0, "")
    assert setup.is_complete()
    assert not [name for name, _ in hub.gets if "piper" in name], "what is here is left alone"


def test_offline_each_is_told_in_a_line(place: Path) -> None:
    url = absent_url()
    status, _, err = Setup(place, url, url)("--yes")
    assert status == 1
    lines = err.splitlines()
    assert len(lines) == 4
    assert f"whisper base.en: {url} cannot be reached" in lines[0]
    assert f"piper en_GB-alba-medium: {url} cannot be reached" in lines[1]
    assert f"no Ollama answers at {url}" in lines[2]
    assert all("with: " in line for line in lines[:3]), "and what mends it"


def test_forbidden_to_ask(place: Path, hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    status, _, err = Setup(place, hub.url, absent_url())("--yes", "--only", "whisper")
    assert (status, hub.asked) == (1, 0)
    assert "whisper base.en: HF_HUB_OFFLINE is set, so the hub may not be asked" in err


def test_a_wrong_checksum_and_a_page_in_place_of_a_model(setup: Setup, hub: HubServer) -> None:
    hub.faults.extend([Fault()] * 4 + [Fault(flip=1_000_000)])
    status, _, err = setup("--yes", "--only", "whisper")
    assert status == 1
    assert "model.bin came with a wrong checksum and was thrown away" in err
    assert not (setup.cache / "whisper" / "base.en").exists()
    hub.files[VOICE] = b"<html>Sign in to continue</html>"
    status, _, err = setup("--yes", "--only", "piper")
    assert status == 1
    assert "is not whole" in err
    assert not (setup.cache / "piper" / "en_GB-alba-medium.onnx").exists()


def test_two_at_a_time(setup: Setup, hub: HubServer) -> None:
    gate = threading.Event()
    hub.faults.append(Fault(drop_at=5, gate=gate))
    with setup.start("--yes", "--only", "whisper") as first:
        assert hub.reached.wait(WAIT_S)
        status, _, err = setup("--yes", "--only", "whisper")
        assert status == 1
        assert "another process is fetching base.en" in err
        gate.set()
        _, err = first.communicate(timeout=WAIT_S)
    assert (first.returncode, err) == (0, "")


@pytest.mark.parametrize("percent", [30, 80])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle_it_goes_on_where_it_was(
    setup: Setup, hub: HubServer, published: dict[str, bytes], percent: int, how: signal.Signals
) -> None:
    content = published[f"{WHISPER}/model.bin"]
    small = len(published) - 3  # before it come the small files of Whisper's folder
    gate = threading.Event()
    hub.faults.extend([Fault()] * small + [Fault(drop_at=len(content) * percent // 100, gate=gate)])
    with setup.start("--yes", "--only", "whisper") as process:
        assert process.stdout is not None
        told = f"{percent // 10 * 10} % of"
        assert any(told in line for line in process.stdout)
        process.send_signal(how)
        process.communicate(timeout=WAIT_S)
    gate.set()
    assert process.returncode in (-signal.SIGKILL, 130)
    assert not (setup.cache / "whisper" / "base.en").exists(), "nothing that could be taken for whole"
    (part,) = (setup.cache / "whisper" / ".base.en.part").glob("model.bin.*.part")
    come = part.stat().st_size
    assert 0 < come < len(content)
    hub.gets.clear()
    status, _, err = setup("--yes", "--only", "whisper")
    assert (status, err) == (0, "")
    assert hub.gets == [(f"{WHISPER}/model.bin", f"bytes={come}-")], "nothing is fetched twice"
    assert (setup.cache / "whisper" / "base.en" / "model.bin").read_bytes() == content
