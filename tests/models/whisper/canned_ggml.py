"""A whisper.cpp model of our own making that says one sentence to any sound: see ``canned_whisper`` for the idea.

File format: ``whisper_model_load`` of whisper.cpp: magic, eleven integers, mel filters, vocabulary, tensors. Its
input and output embeddings are one matrix, so a token cannot lead to its successor; the place in the text does it
here: the decoder's position k holds the direction of the token that stands at k + 1.
"""

import struct
from pathlib import Path

import numpy as np

VOCABULARY = 51_864
"""Of the English models: whisper.cpp has the numbers of its special tokens from this."""

END, START, NO_TIMESTAMPS = 50_256, 50_257, 50_362
MELS, BINS = 80, 201


def build(path: Path, sentence: str = "the quick brown fox", *, depth: int = 64, layers: int = 1) -> Path:
    """Write the model; more ``depth`` and ``layers`` only make it slow. ``layers`` of the encoder."""
    words = sentence.split()
    said = [*range(100, 100 + len(words)), END]
    heads = depth // 64
    hparams = (VOCABULARY, 1500, depth, heads, layers, 448, depth, heads, 1, MELS, 1)
    with path.open("wb") as file:
        file.write(struct.pack("<I11i", 0x67676D6C, *hparams))
        file.write(struct.pack("<2i", MELS, BINS) + np.full((MELS, BINS), 1e-3, np.float32).tobytes())
        file.write(struct.pack("<i", 50_257))
        for token in range(50_257):
            text = f" {words[token - 100]}" if 100 <= token < 100 + len(words) else "" if token else " "
            text = (text or f"~{token}").encode()
            file.write(struct.pack("<I", len(text)) + text)
        for name, value in _tensors(said, depth, layers).items():
            dims = value.shape[::-1]
            kind = 1 if value.dtype == np.float16 else 0
            file.write(struct.pack(f"<3i{len(dims)}i", len(dims), len(name), kind, *dims))
            file.write(name.encode() + value.tobytes())
    return path


def _tensors(said: list[int], depth: int, layers: int) -> dict[str, np.ndarray]:
    whole, half = np.float32, np.float16
    embedding = np.zeros((VOCABULARY, depth), dtype=half)
    positions = np.zeros((448, depth), dtype=whole)
    for k, token in enumerate(said):
        direction = np.zeros(depth)
        direction[k], direction[k + depth // 2] = 1.0, -1.0
        embedding[token] = 2 * direction
        # Two tokens come before the first word: the start, and "no time stamps".
        positions[k + 1] = 20 * direction
    tensors = {
        "encoder.conv1.weight": np.zeros((depth, MELS, 3), half), "encoder.conv1.bias": np.zeros((depth, 1), whole),
        "encoder.conv2.weight": np.zeros((depth, depth, 3), half), "encoder.conv2.bias": np.zeros((depth, 1), whole),
        "encoder.positional_embedding": np.zeros((1500, depth), whole),
        "encoder.ln_post.weight": np.ones(depth, whole), "encoder.ln_post.bias": np.zeros(depth, whole),
        "decoder.positional_embedding": positions, "decoder.token_embedding.weight": embedding,
        "decoder.ln.weight": np.ones(depth, whole), "decoder.ln.bias": np.zeros(depth, whole),
    }  # fmt: skip
    for block in (*(f"encoder.blocks.{k}" for k in range(layers)), "decoder.blocks.0"):
        parts = ("attn", "cross_attn") if block.startswith("decoder") else ("attn",)
        for part in parts:
            for name in ("query", "key", "value", "out"):
                tensors[f"{block}.{part}.{name}.weight"] = np.zeros((depth, depth), half)
                if name != "key":
                    tensors[f"{block}.{part}.{name}.bias"] = np.zeros(depth, whole)
        for name in (*(f"{part}_ln" for part in parts), "mlp_ln"):
            tensors[f"{block}.{name}.weight"] = np.ones(depth, whole)
            tensors[f"{block}.{name}.bias"] = np.zeros(depth, whole)
        tensors[f"{block}.mlp.0.weight"] = np.zeros((4 * depth, depth), half)
        tensors[f"{block}.mlp.0.bias"] = np.zeros(4 * depth, whole)
        tensors[f"{block}.mlp.2.weight"] = np.zeros((depth, 4 * depth), half)
        tensors[f"{block}.mlp.2.bias"] = np.zeros(depth, whole)
    return tensors
