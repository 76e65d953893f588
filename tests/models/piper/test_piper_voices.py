"""Where voices are found, and that a broken one is never taken for whole."""

import json
from pathlib import Path

import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.piper_durations import with_durations
from models.piper_voices import DEFAULT_VOICE, SETUP, find_voice, load_voice, voice_folders
from models.tts_piper import PiperSynthesizer
from states.errors import BackendUnavailable

write_voice = pytest.importorskip("piper_small_voice", reason="piper-tts and onnx are not installed").write_voice


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A current directory and a cache folder without voices."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_voices_of_the_project_come_before_those_of_the_cache(tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable, match=DEFAULT_VOICE) as caught:
        PiperSynthesizer()
    assert caught.value.remedy == SETUP
    cached = write_voice(tmp_path / "cache" / "is2s" / "piper", DEFAULT_VOICE)
    assert find_voice().model == cached
    write_voice(Path("models/piper"), DEFAULT_VOICE)
    assert find_voice().model == Path("models/piper") / f"{DEFAULT_VOICE}.onnx"
    assert PiperSynthesizer().rate_hz == 22_050
    assert voice_folders() == (Path("models/piper"), tmp_path / "cache" / "is2s" / "piper")


def test_both_files_are_needed(tmp_path: Path) -> None:
    model = write_voice(tmp_path / "cache" / "is2s" / "piper", "some")
    config = model.with_name("some.onnx.json")
    whole = config.read_bytes()
    config.write_bytes(b"")
    with pytest.raises(BackendUnavailable, match=r"some\.onnx\.json") as caught:
        find_voice("some")
    assert caught.value.remedy == f"{SETUP} --voice some"
    config.write_bytes(whole)
    assert find_voice("some").config == config
    model.unlink()
    with pytest.raises(BackendUnavailable, match=r"some\.onnx"):
        find_voice("some")


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    model = write_voice(tmp_path / "any where")
    assert find_voice(str(model)).model == model
    with pytest.raises(BackendUnavailable) as caught:
        find_voice(str(tmp_path / "none.onnx"))
    assert caught.value.remedy == "", "setup fetches voices by name only"


def test_a_network_that_broke_off_is_not_taken_for_whole(tmp_path: Path) -> None:
    model = write_voice(tmp_path)
    whole = model.read_bytes()
    for size in [1, 2, 10, *range(100, len(whole), 331), len(whole) - 20, len(whole) - 1]:
        model.write_bytes(whole[:size])
        with pytest.raises(BackendUnavailable, match="not whole") as caught:
            load_voice(find_voice(str(model)))
        assert caught.value.remedy == SETUP
    model.write_bytes(b"<html>Sign in to continue</html>")
    with pytest.raises(BackendUnavailable, match="not whole"):
        load_voice(find_voice(str(model)))


@pytest.mark.parametrize("text", ['{"audio": {"sample_rate": 220', "[]", "{}", "null", '{"audio": 5}', "\xff"])
def test_a_broken_description(tmp_path: Path, text: str) -> None:
    model = write_voice(tmp_path)
    model.with_name(model.name + ".json").write_bytes(text.encode("latin-1"))
    with pytest.raises(BackendUnavailable, match=r"small\.onnx\.json is broken"):
        load_voice(find_voice(str(model)))


def test_a_network_of_another_kind(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    model = write_voice(tmp_path)
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "other", ports[:1], ports[1:])
    other = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    other.ir_version = 9
    onnx.save(other, str(model))
    with pytest.raises(BackendUnavailable, match="no Piper voice"):
        load_voice(find_voice(str(model)))


def test_piper_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = write_voice(tmp_path)
    monkeypatch.setattr("models.piper_voices.find_spec", lambda _: None)
    with pytest.raises(BackendUnavailable) as caught:
        load_voice(find_voice(str(model)))
    assert caught.value.remedy == "pip install 'is2s[piper]'"


def test_durations_become_an_output_as_with_pipers_own_patch(tmp_path: Path) -> None:
    import onnx
    from piper.patch_voice_with_alignment import add_alignment_output

    plain = write_voice(tmp_path).read_bytes()
    ours, found = with_durations(plain)
    theirs = onnx.load_from_string(plain)
    add_alignment_output(theirs)
    assert found
    assert onnx.load_from_string(ours) == theirs
    session = onnxruntime.InferenceSession(ours, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["output", "frames"]
    assert with_durations(ours) == (ours, True), "already patched"
    without = write_voice(tmp_path, durations=False).read_bytes()
    assert with_durations(without) == (without, False)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        model, _ = with_durations(data)
    except ValueError:
        return
    assert model.startswith(data)


def test_description_needs_what_piper_needs(tmp_path: Path) -> None:
    model = write_voice(tmp_path)
    path = model.with_name(model.name + ".json")
    config = json.loads(path.read_text(encoding="utf-8"))
    for key in ("audio", "espeak", "phoneme_id_map", "num_speakers"):
        path.write_text(json.dumps({k: v for k, v in config.items() if k != key}), encoding="utf-8")
        with pytest.raises(BackendUnavailable, match="is broken"):
            load_voice(find_voice(str(model)))
