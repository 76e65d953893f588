"""What listens for the end of a turn: the contract, Smart Turn by the real onnxruntime, and the way to the words."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.backends import choose
from engine.config import build
from engine.stages.transcription import transcribe
from models.log_mel import log_mel
from models.ports import MIC_HZ, Audio, Samples, Transcript, TurnEndDetector
from models.scripted import ScriptedTurnEnd
from models.turn_listener import TurnListener
from models.turn_smart import SmartTurn
from states.errors import BackendError, BackendUnavailable
from states.events import UtteranceTranscribed

onnx = pytest.importorskip("onnx")


def network(path: Path, name: str = "input_features") -> Path:
    """One of Smart Turn's signature: the mean of the last second's features, between 0 and 1."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    whole = onnx.TensorProto.INT64
    nodes = [
        helper.make_node("Slice", [name, "first", "end", "axes"], ["late"]),
        helper.make_node("ReduceMean", ["late"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Sigmoid", ["mean"], ["flat"]),
        helper.make_node("Unsqueeze", ["flat", "one"], ["logits"]),
    ]
    values = {"first": [700], "end": [800], "axes": [2], "one": [1]}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, ["batch", 80, 800])],
        [helper.make_tensor_value_info("logits", kind, ["batch", 1])],
        [helper.make_tensor(each, whole, [1], value) for each, value in values.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


@pytest.fixture
def smart(tmp_path: Path) -> SmartTurn:
    return SmartTurn(model=str(network(tmp_path / "tiny.onnx")))


def noise(seconds: float, seed: int = 1) -> Samples:
    return (0.1 * np.random.default_rng(seed).standard_normal(int(seconds * MIC_HZ))).astype(np.float32)


def test_the_contract(smart: SmartTurn) -> None:
    detectors: list[TurnEndDetector] = [smart, ScriptedTurnEnd((0, 100))]
    for detector in detectors:
        for seconds in (0, 0.01, 1, 8, 20):
            answer = detector.final_pct(Audio(noise(seconds)))
            assert isinstance(answer, int)
            assert 0 <= answer <= 100


def test_it_listens_to_the_last_eight_seconds_and_to_how_they_end(smart: SmartTurn) -> None:
    late = noise(8)
    assert smart.final_pct(Audio(np.concatenate([noise(5, 2), late]))) == smart.final_pct(Audio(late))
    quiet = np.zeros(MIC_HZ, np.float32)
    assert smart.final_pct(Audio(np.concatenate([noise(2), quiet]))) < smart.final_pct(Audio(noise(2)))


def test_a_short_sound_has_silence_before_it(smart: SmartTurn) -> None:
    padded = np.concatenate([np.zeros(6 * MIC_HZ, np.float32), noise(2)])
    assert smart.final_pct(Audio(noise(2))) == smart.final_pct(Audio(padded))


def test_the_spectrogram_is_whispers() -> None:
    extractor = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor(chunk_length=8)
    sound = noise(8)
    theirs = extractor(sound, padding=0)[:, :800]
    ours = log_mel(sound)
    assert ours.shape == (80, 800)
    assert float(np.abs(ours - theirs).max()) < 1e-3


def test_what_is_no_such_network_is_refused_with_what_mends_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing")
    for path in (tmp_path / "none.onnx", broken, network(tmp_path / "other.onnx", "pixels")):
        with pytest.raises(BackendUnavailable) as refused:
            SmartTurn(model=str(path))
        assert refused.value.remedy
        assert str(path) in str(refused.value)


class Words:
    """A recogniser of two steps."""

    closed = False

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    def recognize(self, audio: Audio) -> Iterator[Transcript]:  # noqa: ARG002
        yield from map(Transcript, self._texts)

    def close(self) -> None:
        self.closed = True


class Broken:
    """A detector that does not work."""

    def final_pct(self, audio: Audio) -> int:  # noqa: ARG002
        raise BackendError("no")


def transcribed(listener: TurnListener) -> UtteranceTranscribed:
    events = [event for event in transcribe(Audio(noise(1)), listener, utterance=1, voiced_ms=800) if event]
    assert isinstance(events[-1], UtteranceTranscribed)
    return events[-1]


def test_its_answer_comes_with_the_words() -> None:
    assert transcribed(TurnListener(Words("tell", "tell me"), ScriptedTurnEnd((70,)))).final_pct == 70
    assert transcribed(TurnListener(Words(""), ScriptedTurnEnd((70,)))).final_pct == -1, "no words, no turn"
    failed = transcribed(TurnListener(Words("tell me"), Broken()))
    assert (failed.text, failed.final_pct) == ("tell me", -1)


def test_the_rest_of_the_recogniser_is_there() -> None:
    words = Words("yes")
    TurnListener(words, ScriptedTurnEnd((70,))).close()
    assert words.closed
    assert not hasattr(TurnListener(words, ScriptedTurnEnd((70,))), "warm_up")


def test_it_is_chosen_by_name(tmp_path: Path) -> None:
    path = network(tmp_path / "tiny.onnx")
    named = {"vad": "energy", "stt": "sphinx", "llm": "companion", "tts": "espeak"}
    config = build({"models": {**named, "turn": "smart"}, "options": {"smart": {"model": str(path)}}})
    models = choose(config, pytest.fail)
    assert isinstance(models.stt, TurnListener)
    assert models.names["turn"] == "smart"
    models.stt.close()
    assert "turn" not in choose(build({"models": named}), pytest.fail).names
