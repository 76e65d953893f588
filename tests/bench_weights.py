"""Models of the real size with random weights, for the benchmark: they cost what real ones cost, and say nothing.

Usage: python -m tests.bench_weights FOLDER. Writes ``base/`` (Whisper base.en, int8, 78 MB, some seconds) and
``medium.onnx`` (a Piper voice of medium quality, 63 MB as the published ones, 12 s), and prints what it could not.
"""

import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np

VOCABULARY = 51_864
BASE_LAYERS, BASE_HEADS, BASE_DEPTH = 6, 8, 512
"""Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, table 1."""


def whisper_base(folder: Path) -> None:
    """Weights are small normal numbers. Such a model hears nothing and writes to its bound, token after token."""
    from ctranslate2.specs import WhisperSpec
    from tokenizers import pre_tokenizers

    from tests.models.whisper.canned_whisper import SPECIALS, set_variable, shapes_of, write_tokenizer

    folder.mkdir(parents=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    fillers = [f"Ġt{k}" for k in range(VOCABULARY - len(alphabet) - len(SPECIALS))]
    names = [*alphabet, *fillers, *SPECIALS]
    write_tokenizer(folder, names, {name: k for k, name in enumerate(names)})
    random = np.random.default_rng(1)
    spec = WhisperSpec(BASE_LAYERS, BASE_HEADS, BASE_LAYERS, BASE_HEADS)
    for name, shape in shapes_of(spec, VOCABULARY, BASE_DEPTH).items():
        scale = np.float32(0.04)
        value = random.standard_normal(shape, dtype=np.float32) * scale
        set_variable(spec, name, np.ones(shape) if name.endswith("gamma") else value)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight  # as in the real one: kept once
    for stack, length in ((spec.encoder, 1500), (spec.decoder, 448)):
        places = random.standard_normal((length, BASE_DEPTH), dtype=np.float32) * np.float32(0.04)
        stack.position_encodings.encodings = places
    spec.register_vocabulary(names)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = []
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))


def piper_medium(path: Path) -> None:
    """By piper's own training code, which needs torch; its search for alignments, not used here, is left out."""
    missing: Any = types.ModuleType("piper.train.vits.monotonic_align")
    missing.maximum_path = None
    sys.modules.setdefault(missing.__name__, missing)
    import torch
    from piper.train.vits.models import SynthesizerTrn

    from tests.models.piper.piper_small_voice import write_config

    torch.manual_seed(1)
    network = SynthesizerTrn(
        n_vocab=256, spec_channels=513, segment_size=32, inter_channels=192, hidden_channels=192, filter_channels=768,
        n_heads=2, n_layers=6, kernel_size=3, p_dropout=0.1, resblock="2", resblock_kernel_sizes=(3, 5, 7),
        resblock_dilation_sizes=((1, 2), (2, 6), (3, 12)), upsample_rates=(8, 8, 4), upsample_initial_channel=256,
        upsample_kernel_sizes=(16, 16, 8),
    )  # fmt: skip
    network.eval()
    with torch.no_grad():
        network.dec.remove_weight_norm()

    def infer(text: Any, lengths: Any, scales: Any) -> Any:
        noise, length, noise_w = scales[0], scales[1], scales[2]
        return network.infer(text, lengths, noise_scale=noise, length_scale=length, noise_scale_w=noise_w)[
            0
        ].unsqueeze(1)

    network.forward = infer
    example = (torch.randint(0, 256, (1, 50)), torch.LongTensor([50]), torch.FloatTensor([0.667, 1.0, 0.8]))
    torch.onnx.export(
        network, example, str(path), opset_version=15, dynamo=False,
        input_names=["input", "input_lengths", "scales"], output_names=["output"],
        dynamic_axes={"input": {0: "b", 1: "phonemes"}, "input_lengths": {0: "b"}, "output": {0: "b", 2: "time"}},
    )  # fmt: skip
    write_config(path)


def main(folder: Path) -> None:
    """Build both; what cannot be built is told, and missing afterwards."""
    warnings.simplefilter("ignore")
    for build, path in ((whisper_base, folder / "base"), (piper_medium, folder / "medium.onnx")):
        try:
            build(path)
        except Exception as error:  # a package that is not installed, or one that has changed
            print(f"{build.__name__} of the real size cannot be built: {type(error).__name__}: {error}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
