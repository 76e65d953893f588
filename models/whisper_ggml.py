"""whisper.cpp's weights: one file, and whether it is whole, found out without whisper.cpp.

It must be: given a truncated file or one of another kind, pywhispercpp 1.5 makes a model all the same and the whole
process dies of it (segmentation fault, tried). The layout walked here is that of ``whisper_model_load`` in
whisper.cpp: magic, eleven integers, mel filters, vocabulary, then tensors to the end of the file.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from models.profiles import setup_command
from models.user_cache import user_cache
from models.whisper_files import is_path
from states.errors import BackendUnavailable

_MAGIC = 0x67676D6C
_TENSORS, _TENSORS_PER_ENCODER_LAYER, _TENSORS_PER_DECODER_LAYER = 11, 15, 24
_BLOCK_BYTES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
}  # fmt: skip
"""Type of a tensor → (values in a block, bytes of a block): f32, f16, q4_0, q4_1, q5_0, q5_1, q8_0, q2_K to q6_K."""


REMEDY = setup_command("whispercpp")
"""The command that fetches the default size."""


def places_of(size: str) -> tuple[Path, ...]:
    """Where the file of a size is looked for, first the project's own folder, then the user's cache."""
    name = f"ggml-{size}.bin"
    return Path("models") / "whisper" / name, user_cache() / "whisper" / name


def located(model: str) -> Path:
    """The whole file of ``model``: a path, or a size, found as ``models/whisper/ggml-<size>.bin`` or in the cache.

    Raises ``BackendUnavailable``, naming where it looked or what is wrong.
    """
    remedy = REMEDY if is_path(model) else setup_command("whispercpp", model)
    places = (Path(model).expanduser(),) if is_path(model) else places_of(model)
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        looked = " and ".join(dict.fromkeys(map(str, places)))
        raise BackendUnavailable(f"there is no whisper.cpp model {model!r}: looked for {looked}", remedy=remedy)
    if flaw := flaw_of(path):
        raise BackendUnavailable(f"the whisper.cpp model {path} {flaw}", remedy=remedy)
    return path


def flaw_of(path: Path) -> str:
    """What is wrong with the file, in a few words; empty where it is whole or of a kind that is not known here."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            if _numbers(file, "<I")[0] != _MAGIC:
                return "is not whisper.cpp's format"
            return _walk(file, size)
    except struct.error:
        return f"is truncated after {size} bytes"


def _walk(file: BinaryIO, size: int) -> str:
    hparams = _numbers(file, "<11i")
    mels, bins = _numbers(file, "<2i")
    file.seek(4 * mels * bins, os.SEEK_CUR)
    for _ in range(_numbers(file, "<i")[0]):
        file.seek(_numbers(file, "<I")[0], os.SEEK_CUR)
    expected = _TENSORS + _TENSORS_PER_ENCODER_LAYER * hparams[4] + _TENSORS_PER_DECODER_LAYER * hparams[8]
    for found in range(expected):
        if file.tell() >= size:
            return f"is truncated after {size} bytes: {found} of {expected} tensors"
        dimensions, name_bytes, kind = _numbers(file, "<3i")
        values = 1
        for dimension in _numbers(file, f"<{dimensions}i"):
            values *= dimension
        if kind not in _BLOCK_BYTES:
            return ""
        block, block_bytes = _BLOCK_BYTES[kind]
        if file.seek(name_bytes + values // block * block_bytes, os.SEEK_CUR) > size:
            return f"is truncated after {size} bytes: {found} of {expected} tensors"
    return ""


def _numbers(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
