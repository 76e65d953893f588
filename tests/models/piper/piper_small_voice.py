"""A Piper voice of a few kilobytes: a tone for each phoneme, silence for each pause, with lengths from a table.

It has a real voice's inputs, outputs and Ceil node, so that piper's own code and ours run on it as they are.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

RATE_HZ = 22_050
HOP_SAMPLES = 256
SYMBOLS = 256
PAUSES = "^$_ !'(),-.:;?"

SOUND_FRAMES, PAUSE_FRAMES = 3.0, 2.0


def write_voice(
    folder: Path,
    name: str = "small",
    *,
    durations: bool = True,
    labour: int = 0,
    speakers: int = 1,
    espeak: str = "en-us",
) -> Path:
    """Write ``NAME.onnx`` and ``NAME.onnx.json``; the path of the first.

    ``labour``: so many multiplications of large matrices, some milliseconds each, before there is sound.
    ``durations``: without, the network has no Ceil node to take lengths from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    onnx.save(_network(durations, labour, speakers), str(path))
    write_config(path, speakers=speakers, espeak=espeak)
    return path


def write_config(path: Path, *, speakers: int = 1, espeak: str = "en-us") -> None:
    """Write ``NAME.onnx.json`` beside ``NAME.onnx``, as for a voice of medium quality."""
    config = {
        "audio": {"sample_rate": RATE_HZ, "quality": "medium"},
        "espeak": {"voice": espeak},
        "inference": {"noise_scale": 0.5, "length_scale": 1.0, "noise_w": 0.5},
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": SYMBOLS,
        "num_speakers": speakers,
        "speaker_id_map": {f"voice{i}": i for i in range(speakers)} if speakers > 1 else {},
        "hop_length": HOP_SAMPLES,
    }
    path.with_name(path.name + ".json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")


def _tables() -> tuple[np.ndarray, np.ndarray]:
    """Frames and amplitude of each id."""
    frames = np.full(SYMBOLS, SOUND_FRAMES, dtype=np.float32)
    loudness = np.full(SYMBOLS, 0.5, dtype=np.float32)
    for symbol in PAUSES:
        frames[DEFAULT_PHONEME_ID_MAP[symbol]] = PAUSE_FRAMES
        loudness[DEFAULT_PHONEME_ID_MAP[symbol]] = 0.0
    frames[DEFAULT_PHONEME_ID_MAP["_"]] = 0.0
    return frames, loudness


def _network(durations: bool, labour: int, speakers: int) -> onnx.ModelProto:
    frames, loudness = _tables()
    constants = {
        "frames_table": frames,
        "loudness_table": loudness,
        "hop": np.array(HOP_SAMPLES, dtype=np.int64),
        "zero": np.array(0, dtype=np.int64),
        "one": np.array(1, dtype=np.int64),
        "axis0": np.array([0], dtype=np.int64),
        "axis1": np.array([1], dtype=np.int64),
        "column": np.array([-1, 1], dtype=np.int64),
        "flat": np.array([-1], dtype=np.int64),
        "shape": np.array([1, 1, 1, -1], dtype=np.int64),
        "square": np.array([400, 400], dtype=np.int64),
        "pitch": np.array(0.05, dtype=np.float32),
        "nothing": np.array(0.0, dtype=np.float32),
    }
    rounding = "Ceil" if durations else "Round"
    node = helper.make_node
    nodes = [
        node("Reshape", ["input", "flat"], ["ids"]),
        node("Gather", ["frames_table", "ids"], ["base"]),
        node("Gather", ["scales", "one"], ["length_scale"]),
        node("Mul", ["base", "length_scale"], ["wanted"]),
        node(rounding, ["wanted"], ["frames"]),
        node("Cast", ["frames"], ["frames_int"], to=TensorProto.INT64),
        node("Mul", ["frames_int", "hop"], ["lengths"]),
        node("CumSum", ["lengths", "zero"], ["ends"]),
        node("ReduceSum", ["lengths"], ["total"], keepdims=0),
        node("Range", ["zero", "total", "one"], ["place"]),
        node("Reshape", ["place", "column"], ["places"]),
        node("GreaterOrEqual", ["places", "ends"], ["passed"]),
        node("Cast", ["passed"], ["passed_int"], to=TensorProto.INT64),
        node("ReduceSum", ["passed_int", "axis1"], ["which"], keepdims=0),
        node("Gather", ["loudness_table", "which_id"], ["loudness"]),
        node("Cast", ["place"], ["time"], to=TensorProto.FLOAT),
        node("Mul", ["time", "pitch"], ["phase"]),
        node("Sin", ["phase"], ["tone"]),
        node("Mul", ["tone", "loudness"], ["sound"]),
    ]
    nodes.insert(14, node("Gather", ["ids", "which"], ["which_id"]))
    nodes += _labour(labour)
    nodes.append(node("Reshape", ["laboured" if labour else "sound", "shape"], ["output"]))
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "time"])
    used = {name for made in nodes for name in made.input}
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items() if name in used]
    graph = helper.make_graph(nodes, "small", inputs, [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model


def _labour(count: int) -> list[onnx.NodeProto]:
    """So many multiplications of a matrix with itself, whose outcome is added to the sound as nothing."""
    if not count:
        return []
    node = helper.make_node
    nodes = [node("Expand", ["length_scale", "square"], ["work0"])]
    for step in range(count):
        nodes.append(node("MatMul", [f"work{step}", f"work{step}"], [f"product{step}"]))
        nodes.append(node("Tanh", [f"product{step}"], [f"work{step + 1}"]))
    nodes.append(node("ReduceMean", [f"work{count}"], ["worked"], keepdims=0))
    nodes.append(node("Mul", ["worked", "nothing"], ["no_sound"]))
    nodes.append(node("Add", ["sound", "no_sound"], ["laboured"]))
    return nodes
