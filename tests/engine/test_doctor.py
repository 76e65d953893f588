"""``is2s doctor``: what it says of models in every condition, and with which options; ``is2s run --strict``."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models import registry
from tests.engine.command import Call, refused
from tests.ollama_server import OllamaServer, absent_url

pytest.importorskip("piper", reason="piper-tts is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
pytest.importorskip("ollama", reason="the package ollama is not installed")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper and a voice, small, made here, where nobody looks by himself."""
    from tests.models.piper.piper_small_voice import write_voice
    from tests.models.whisper.canned_whisper import build

    folder = tmp_path_factory.mktemp("elsewhere")
    build(folder / "whisper")
    write_voice(folder, "voice")
    return folder


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No models in the cache, no server."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("OLLAMA_HOST", absent_url())


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, models: Path, ollama: OllamaServer) -> Path:
    """Settings that point to all three."""
    path = tmp_path / "my.toml"
    path.write_text(
        f"""
[options.whisper]
model = "{models / "whisper"}"
[options.piper]
voice = "{models / "voice.onnx"}"
[options.ollama]
host = "{ollama.url}"
""",
        encoding="utf-8",
    )
    return path


def examined(is2s: Call, *arguments: object) -> tuple[object, dict[str, Any]]:
    answer = is2s("doctor", "--json", *arguments)
    return answer.status, json.loads(answer.out)["backends"]


def test_models_that_the_settings_point_to(is2s: Call, config: Path, models: Path) -> None:
    status, found = examined(is2s, "--config", config)
    assert status == 0
    whisper, piper, ollama = found["stt"]["whisper"], found["tts"]["piper"], found["llm"]["ollama"]
    assert [one["state"] for one in (whisper, piper, ollama)] == ["ready"] * 3
    assert whisper["files"][0]["path"] == str(models / "whisper")
    assert whisper["files"][0]["size_bytes"] > 1_000_000
    assert [Path(file["path"]).name for file in piper["files"]] == ["voice.onnx", "voice.onnx.json"]
    assert whisper["version"].startswith("faster-whisper ")
    assert piper["version"].startswith("piper-tts ")
    assert "Ollama 0.12.3 at " in ollama["detail"]
    for one in (whisper, piper):
        assert one["speed"]["real_time_factor"] > 0
    assert ollama["speed"]["first_ms"] > 0
    status, found = examined(is2s, "--quick")
    assert [found["stt"]["whisper"]["state"], found["tts"]["piper"]["state"]] == ["missing"] * 2
    assert found["tts"]["piper"]["remedy"] == "is2s setup --only piper"


def test_as_text(is2s: Call, config: Path, models: Path) -> None:
    answer = is2s("doctor", "--config", config)
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert lines[1].startswith("  sound  ")
    (piper,) = [line for line in lines if line.startswith("  tts  piper ")]
    assert "ready    piper-tts " in piper
    assert "of real time" in piper
    assert lines[-1] == "is2s run takes aec kalman, vad silero, stt whisper, turn none, llm ollama, tts piper"
    assert any(line.strip().startswith(f"{models / 'voice.onnx'} (0.0 MB)") for line in lines)


def test_what_is_named_must_be_there(is2s: Call) -> None:
    answer = is2s("doctor", "--quick", "--set", "models.stt=whisper", "--set", "models.vad=nonsense")
    assert answer.status == 1
    assert answer.err.splitlines() == [
        "the vad that is2s run takes, nonsense, is not known: mend it, or choose another with --vad",
        "the stt that is2s run takes, whisper, is missing: mend it, or choose another with --stt",
    ]


def test_quick_tries_nothing(is2s: Call, config: Path, ollama: OllamaServer) -> None:
    status, found = examined(is2s, "--config", config, "--quick")
    assert status == 0
    assert all(one["speed"] is None for backends in found.values() for one in backends.values())
    assert ollama.bodies("/api/chat") == []


def test_a_model_that_fails_when_it_is_tried_is_broken(is2s: Call, config: Path, ollama: OllamaServer) -> None:
    ollama.chat([{"error": "llama runner process has terminated"}])
    answer = is2s("doctor", "--config", config)
    assert answer.status == 1, "auto takes it, for it does not try it"
    assert "llm  ollama       broken" in answer.out
    assert "llama runner process has terminated" in answer.out
    assert answer.err == "the llm that is2s run takes, ollama, is broken: mend it, or choose another with --llm\n"
    ollama.chat([{"error": "llama runner process has terminated"}])
    status, found = examined(is2s, "--config", config, "--set", "models.llm=companion")
    assert found["llm"]["ollama"]["state"] == "broken"
    assert found["llm"]["ollama"]["ready"] is False
    assert status == 0, "nobody asks it"


def test_a_network_that_is_no_voice_is_broken(is2s: Call, tmp_path: Path, models: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "other", ports[:1], ports[1:])
    other = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    other.ir_version = 9
    onnx.save(other, str(tmp_path / "other.onnx"))
    (tmp_path / "other.onnx.json").write_bytes((models / "voice.onnx.json").read_bytes())
    status, found = examined(is2s, "--set", "options.piper.voice=./other.onnx", "--set", "models.tts=piper")
    assert status == 1
    assert found["tts"]["piper"]["state"] == "broken"
    assert found["tts"]["piper"]["detail"] == "other.onnx is no Piper voice"
    assert found["tts"]["piper"]["remedy"] == "is2s setup --only piper"


def test_a_voice_that_was_cut_off_is_missing(is2s: Call, tmp_path: Path, models: Path) -> None:
    folder = tmp_path / "cache" / "is2s" / "piper"
    folder.mkdir(parents=True)
    whole = (models / "voice.onnx").read_bytes()
    (folder / "en_GB-alba-medium.onnx").write_bytes(whole[: len(whole) // 2])
    (folder / "en_GB-alba-medium.onnx.json").write_bytes((models / "voice.onnx.json").read_bytes())
    piper = registry.available("tts", "piper")
    assert not piper.ready
    assert "en_GB-alba-medium.onnx is not whole: it ends after" in piper.detail
    assert piper.remedy == "is2s setup --only piper"
    assert examined(is2s, "--quick")[1]["tts"]["piper"]["state"] == "missing"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "absent.toml"], "absent.toml: No such file or directory"),
        (["--set", "options.pipre.voice=x"], "there is no backend named 'pipre'; did you mean 'piper'?"),
    ],
)
def test_settings_that_cannot_be(is2s: Call, arguments: list[str], message: str) -> None:
    refused(is2s("doctor", *arguments), message)


def test_without_portaudio(is2s: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr("shutil.which", lambda tool: "/usr/bin/apt-get" if tool == "apt-get" else None)
    monkeypatch.setattr(sys, "platform", "linux")
    sound = json.loads(is2s("doctor", "--quick", "--json").out)["sound"]
    assert sound["detail"] == "PortAudio library not found"
    assert sound["remedy"] == "sudo apt-get install libportaudio2"
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    sound = json.loads(is2s("doctor", "--quick", "--json").out)["sound"]
    assert (sound["ready"], sound["remedy"]) == (False, "pip install sounddevice")


def test_devices_are_named(is2s: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = """
def get_portaudio_version(): return 1246720, "PortAudio V19.6.0-devel, revision 1"
def query_devices(kind): return {"name": {"input": "Built-in Microphone", "output": "Built-in Output"}[kind]}
"""
    (tmp_path / "sounddevice.py").write_text(library, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    answer = is2s("doctor", "--quick")
    line = "ready    PortAudio V19.6.0-devel; microphone: Built-in Microphone; loudspeaker: Built-in Output"
    assert line in answer.out


# is2s run.


def test_another_than_the_default_is_told_with_reason_and_remedy(is2s: Call, wav: Path) -> None:
    answer = is2s("run", "--input", wav, "--fast")
    assert answer.status == 0
    told = [line for line in answer.err.splitlines() if " is taken, for " in line]
    assert [line.split()[1] for line in told] == ["stt:", "llm:", "tts:"]
    assert told[0].startswith("is2s: stt: sphinx is taken, for whisper is not ready: there is no Whisper model")
    assert told[0].endswith("; mend it with: is2s setup --only whisper")
    assert told[2].endswith("; mend it with: is2s setup --only piper")


def test_strict_takes_no_other(is2s: Call, wav: Path) -> None:
    answer = is2s("run", "--input", wav, "--fast", "--strict", "--output", "out")
    refused(answer, "stt: whisper is not ready: there is no Whisper model 'base.en'", "is2s setup --only whisper")
    assert not Path("out").exists()


def test_strict_takes_what_is_named(is2s: Call, wav: Path) -> None:
    named = ["--stt", "sphinx", "--llm", "companion", "--tts", "espeak"]
    answer = is2s("run", "--input", wav, "--fast", "--strict", *named)
    assert (answer.status, answer.err) == (0, "")


def test_strict_honours_the_settings(is2s: Call, wav: Path, config: Path, ollama: OllamaServer) -> None:
    answer = is2s("run", "--input", wav, "--fast", "--strict", "--config", config)
    said = "is2s: llm: ollama is getting ready\n"
    assert (answer.status, answer.err) == (0, said), "the defaults, from where the settings say"
    assert ollama.bodies("/api/generate"), "it was warmed up"
    ollama.models.clear()
    answer = is2s("run", "--input", wav, "--fast", "--strict", "--config", config)
    refused(answer, "llm: ollama is not ready: ", "OLLAMA_HOST=", "is2s setup --only ollama")
