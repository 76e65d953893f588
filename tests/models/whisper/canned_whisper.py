"""A Whisper of our own making that says one sentence to any sound: real format, real library, no training.

All layers of its encoder and decoder add nothing to what flows past them, so that the next token depends on the last
one alone: the embedding of a token is a direction of its own, and the projection leads from there to its successor.
The cross-attention of its only decoder layer is wired along the diagonal: token k of n looks at frame k/n of the
first ``spoken_s`` seconds, which is what word times are made from.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

DEPTH = 64
MELS = 80
SPECIALS = (
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nocaptions|>", "<|notimestamps|>", *(f"<|{k / 50:.2f}|>" for k in range(1501)),
)  # fmt: skip


def build(
    folder: Path,
    sentence: str = "the quick brown fox",
    *,
    no_speech: float = -9.0,
    sureness: float = 14.0,
    loops: bool = False,
    spoken_s: float = 3.0,
) -> Path:
    """Write the model. ``sureness``: logit of each next token, those of all 1800 others being 0 (ln 1800 = 7.5);
    ``no_speech``: logit of "no speech" at the start, less that; ``loops``: after the last word the first comes again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [f"Ġ{word}" for word in dict.fromkeys(sentence.split())]
    names = [*alphabet, *(word for word in words if word not in alphabet), *SPECIALS]
    ids = {name: k for k, name in enumerate(names)}
    write_tokenizer(folder, names, ids)
    said = [ids[f"Ġ{word}"] for word in sentence.split()]
    assert len(set(said)) == len(said) < DEPTH // 2 - 4, "each word once, and not too many"
    spec = WhisperSpec(1, 1, 1, 1)
    for name, value in _silence(spec, len(names)).items():
        set_variable(spec, name, value)
    _chain(spec, ids, said, no_speech=no_speech, sureness=sureness, loops=loops)
    _look_along_the_diagonal(spec, said, round(spoken_s * 50))
    spec.register_vocabulary(names)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = []
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.save(str(folder))
    return folder


def write_tokenizer(folder: Path, names: list[str], ids: dict[str, int]) -> None:
    """What faster-whisper reads beside the weights: the tokens by number, and the shape of the input."""
    plain = {name: k for name, k in ids.items() if name not in SPECIALS}
    tokenizer = Tokenizer(models.BPE(vocab=plain, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIALS))
    assert all(tokenizer.token_to_id(name) == ids[name] for name in names)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"feature_size": MELS, "sampling_rate": 16_000}
    (folder / "preprocessor_config.json").write_text(json.dumps(config), encoding="utf-8")


def _silence(spec: Any, vocabulary: int) -> dict[str, np.ndarray]:
    """Zeros of the right shape for every weight; normalisation keeps its input."""
    # Left unset, it would be sinusoids.
    spec.decoder.position_encodings.encodings = np.zeros((448, DEPTH), dtype=np.float32)
    shapes = shapes_of(spec, vocabulary, DEPTH)
    return {name: (np.ones if name.endswith("gamma") else np.zeros)(shape) for name, shape in shapes.items()}


def shapes_of(spec: Any, vocabulary: int, depth: int) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of a Whisper of this depth."""
    known = {
        "encoder/conv1/weight": (depth, MELS, 3), "encoder/conv2/weight": (depth, depth, 3),
        "decoder/embeddings/weight": (vocabulary, depth), "decoder/projection/weight": (vocabulary, depth),
    }  # fmt: skip
    shapes: dict[str, tuple[int, ...]] = {}
    for name in spec.variables():
        leaf = name.rsplit("/", 1)[-1]
        if name in known:
            shapes[name] = known[name]
        elif leaf in ("gamma", "beta", "bias") or (leaf == "weight" and "layer_" in name):
            rows, columns = _linear(name, depth)
            shapes[name] = (rows, columns) if leaf == "weight" else (rows,)
    return shapes


def _linear(name: str, depth: int) -> tuple[int, int]:
    """Rows and columns of a linear layer, or of what else is as deep."""
    if "ffn/linear_0" in name:
        return 4 * depth, depth
    if "ffn/linear_1" in name:
        return depth, 4 * depth
    if "self_attention/linear_0" in name:
        return 3 * depth, depth
    if "attention/linear_1" in name and "decoder" in name and "self" not in name:
        return 2 * depth, depth
    return depth, depth


def set_variable(spec: Any, name: str, value: Any) -> None:
    """Give one weight of a specification its values, by the name that ``variables`` has for it."""
    *scopes, leaf = name.split("/")
    for scope in scopes:
        prefix, _, index = scope.rpartition("_")
        spec = getattr(spec, scope) if hasattr(spec, scope) else getattr(spec, prefix)[int(index)]
    setattr(spec, leaf, np.asarray(value, dtype=np.float32))


def _direction(k: int) -> np.ndarray:
    """Direction ``k``, of mean zero so that normalisation only scales it."""
    vector = np.zeros(DEPTH, dtype=np.float32)
    vector[k], vector[k + DEPTH // 2] = 1.0, -1.0
    return vector


def _chain(
    spec: Any, ids: dict[str, int], said: list[int], *, no_speech: float, sureness: float, loops: bool
) -> None:
    length = 2 * np.sqrt(DEPTH / 2)  # of a normalised direction, along itself
    embeddings, projection = spec.decoder.embeddings.weight, spec.decoder.projection.weight
    start, end, opening = len(said), len(said) + 1, len(said) + 2
    for k, token in enumerate(said):
        embeddings[token] = _direction(k)
    for name in ("<|notimestamps|>", "<|0.00|>"):
        embeddings[ids[name]] = _direction(start)
    embeddings[ids["<|startoftranscript|>"]] = _direction(opening)
    embeddings[ids["<|endoftext|>"]] = _direction(end)
    for k, token in enumerate([*said, ids["<|endoftext|>"]]):
        projection[token] += _direction(k - 1 if k else start) * sureness / length
    if loops:
        projection[ids["<|endoftext|>"]] *= 0
        projection[said[0]] += _direction(len(said) - 1) * sureness / length
    projection[ids["<|0.00|>"]] += _direction(opening) * sureness / length
    projection[ids["<|nocaptions|>"]] += _direction(opening) * (sureness + no_speech) / length


def _look_along_the_diagonal(spec: Any, said: list[int], frames: int) -> None:
    angle = np.pi * np.minimum(np.arange(1500) / frames, 2.0)
    positions = np.zeros((1500, DEPTH), dtype=np.float32)
    for part, values in enumerate((np.cos(angle), np.sin(angle), -np.cos(angle), -np.sin(angle))):
        positions[:, part] = values
    spec.encoder.position_encodings.encodings = positions
    attention = spec.decoder.layer[0].attention
    keys = np.zeros((2 * DEPTH, DEPTH), dtype=np.float32)
    keys[0, 0] = keys[1, 1] = 1.0
    attention.linear[1].weight = keys
    queries = np.zeros((DEPTH, DEPTH), dtype=np.float32)
    # The row that predicts a token is the one that the aligner takes for it: of the token before.
    for k, token_before in enumerate([len(said), *range(len(said))]):
        place = np.pi * (k + 0.5) / (len(said) + 1)
        queries[0, token_before], queries[1, token_before] = 40 * np.cos(place), 40 * np.sin(place)
    attention.linear[0].weight = queries
