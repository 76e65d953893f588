"""Where Whisper's weights lie, and whether they are whole: found out before any library or network is touched.

faster-whisper takes a missing folder for a name on a hub and asks the network for it: without one, 23 s of retries
and then an error that names neither the folder nor the cure. The same happens where only ``tokenizer.json`` is
missing. An interrupted copy is worse: a truncated ``model.bin`` loads or not, as the library happens to read it.
So all of it is checked here, by names, sizes and the header of the weights.
"""

import json
import os
import struct
from pathlib import Path
from typing import BinaryIO

from models.profiles import setup_command
from models.user_cache import user_cache
from states.errors import BackendUnavailable

_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_KNOWN_BINARY_VERSIONS = (4, 5, 6)
"""Versions of CTranslate2's file whose layout is the one walked below; others are judged by their size alone."""

_ELSEWHERE = {
    "large": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
}


def places(name: str) -> tuple[Path, ...]:
    """Where the weights called ``name`` are looked for, first the project's own folder, then the user's cache."""
    return Path("models") / "whisper" / name, user_cache() / "whisper" / name


def is_path(model: str) -> bool:
    """True where ``model`` is meant as a path: it has a separator, or starts with a dot or ``~``."""
    return "/" in model or os.sep in model or model.startswith((".", "~"))


def find(model: str) -> Path | None:
    """The folder of ``model``, a size's name or a path; None where it is nowhere. What is in it is not looked at.

    Where a size is in none of its places, an earlier download by faster-whisper itself will do, if it is whole.
    """
    candidates = (Path(model).expanduser(),) if is_path(model) else places(model)
    found = next((folder for folder in candidates if folder.is_dir()), None)
    return hub_snapshot(model) if found is None and not is_path(model) else found


def hub_snapshot(size: str) -> Path | None:
    """Where the hub's own client has put a size, whole; its layout is that of ``huggingface_hub``'s cache guide."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    home = os.environ.get("HF_HOME") or Path(caches) / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()
    repository_folder = cache / f"models--{repository(size).replace('/', '--')}"
    try:
        commit = (repository_folder / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    folder = repository_folder / "snapshots" / commit
    return folder if commit and folder.is_dir() and not flaws(folder) else None


def flaws(folder: Path) -> list[str]:
    """What is wrong with a folder of CTranslate2 weights, each flaw in a few words; empty where it is whole."""
    found = [f"{name} is missing" for name in _NEEDED if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        found.append("vocabulary.json is missing")
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        path = folder / name
        if path.is_file() and not _is_json(path):
            found.append(f"{name} is not JSON")
    weights = folder / "model.bin"
    if weights.is_file() and (flaw := _flaw_of_weights(weights)):
        found.append(f"model.bin {flaw}")
    return found


def repository(size: str) -> str:
    """Where the hub has a size: the conversions that faster-whisper itself uses (``faster_whisper.utils``)."""
    if size in _ELSEWHERE:
        return _ELSEWHERE[size]
    if size.startswith("distil-"):
        return f"Systran/faster-distil-whisper-{size.removeprefix('distil-')}"
    return f"Systran/faster-whisper-{size}"


def remedy(model: str) -> str:
    """The command that fetches ``model``, the default size where it is a path."""
    return setup_command("whisper", "" if is_path(model) else model)


def located(model: str) -> Path:
    """The folder of ``model``, whole. Reads the headers in the weights, and three JSON files: some ten milliseconds.

    Raises ``BackendUnavailable`` with the command that fetches it, naming where it looked and all that is missing.
    """
    folder = find(model)
    if folder is None:
        looked = Path(model).expanduser() if is_path(model) else " and ".join(str(p) for p in places(model))
        raise BackendUnavailable(f"there is no Whisper model {model!r}: looked in {looked}", remedy=remedy(model))
    if found := flaws(folder):
        text = f"the Whisper model in {folder} is not whole: {', '.join(found)}"
        raise BackendUnavailable(text, remedy=remedy(model))
    return folder


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (ValueError, OSError):
        return False
    return True


def _flaw_of_weights(path: Path) -> str:
    """Walk the headers of the variables: the file must be just as long as they say."""
    size = path.stat().st_size
    if size == 0:
        return "is empty"
    try:
        with path.open("rb") as file:
            version = _number(file, "I")
            if version not in _KNOWN_BINARY_VERSIONS:
                return "is not CTranslate2's format" if version > 100 else ""
            end = _end_of_variables(file, size)
    except (struct.error, OSError):
        return f"is truncated after {size} bytes"
    return f"is truncated: {size} of {end} bytes" if end > size else ""


def _end_of_variables(file: BinaryIO, size: int) -> int:
    """Where the list of variables ends, or the first end beyond the file. Layout: ``ModelSpec._serialize``."""
    _skip_string(file)  # the model's kind
    _number(file, "I")  # its revision
    for _ in range(_number(file, "I")):
        _skip_string(file)
        dimensions = _number(file, "B")
        file.seek(4 * dimensions + 1, os.SEEK_CUR)
        length = _number(file, "I")
        if file.seek(length, os.SEEK_CUR) > size:
            break
    return file.tell()


def _skip_string(file: BinaryIO) -> None:
    file.seek(_number(file, "H"), os.SEEK_CUR)


def _number(file: BinaryIO, kind: str) -> int:
    value: int = struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]
    return value
