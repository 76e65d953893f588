"""Fetch the weights of Whisper and Piper: all files of a model first, then put them in their place at once.

They are collected in a hidden folder beside their place (``.NAME.part``), where no backend looks, and stay there for
the next attempt where something breaks off. A lock keeps a second process from the same folder.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from models import piper_voices, whisper_files, whisper_ggml
from models.fetch_hub import INSTALL, FetchError, RemoteFile, Report, describe, fetch, require_client
from states.errors import BackendUnavailable, ConfigError

_WHISPER_FILES = (
    "config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.json", "vocabulary.txt", "model.bin"
)  # fmt: skip
"""What faster-whisper may need; no repository has all of them. The large one last."""

VOICES = "rhasspy/piper-voices"
GGML = "ggerganov/whisper.cpp"

_SPARE_BYTES = 50_000_000
"""A disk is never filled to the brim."""


def fetch_whisper(size: str, root: Path, report: Report) -> Path:
    """Have faster-whisper's folder for this size; its path. Blocks for minutes.

    Raises ``FetchError`` or ``BackendUnavailable``; then nothing in its place has changed.
    """
    if whisper_files.is_path(size):
        raise ConfigError(f"a size of Whisper is needed, such as base.en, not {size!r}")
    repository = whisper_files.repository(size)
    target = root / "whisper" / size
    with _staged(target.parent, size) as staging:
        wanted = _described(repository, _WHISPER_FILES)
        if not any(file.name == "model.bin" for file in wanted):
            raise FetchError(f"{repository} has no model.bin")
        _fetch_all(wanted, staging, report)
        if flaws := whisper_files.flaws(staging):
            raise FetchError(f"what {repository} holds is not whole: {', '.join(flaws)}")
        for stale in staging.glob("*.part"):
            stale.unlink()
        _swap(staging, target)
    return target


def fetch_voice(voice: str, root: Path, report: Report) -> Path:
    """Have Piper's two files of this voice; the path of the network. Blocks for minutes. Raises as above.

    The description is put in place first, for a voice counts as there once its network is.
    """
    base = voice_path(voice)
    folder = root / "piper"
    with _staged(folder, voice) as staging:
        wanted = _described(VOICES, (f"{base}.onnx.json", f"{base}.onnx"))
        if len(wanted) < 2:
            raise FetchError(f"{VOICES} has no voice {voice}")
        _fetch_all(wanted, staging, report)
        model = folder / f"{voice}.onnx"
        if flaw := piper_voices.flaw(piper_voices.VoiceFiles(staging / model.name, staging / f"{model.name}.json")):
            raise FetchError(f"what {VOICES} holds is not whole: {flaw}")
        model.unlink(missing_ok=True)  # an old network must not go with a new description
        (staging / f"{model.name}.json").replace(folder / f"{model.name}.json")
        (staging / model.name).replace(model)
        shutil.rmtree(staging, ignore_errors=True)
    return model


def fetch_ggml(size: str, root: Path, report: Report) -> Path:
    """Have whisper.cpp's file of this size; its path. Blocks for minutes. Raises as above."""
    folder, name = root / "whisper", f"ggml-{size}.bin"
    with _staged(folder, name) as staging:
        wanted = _described(GGML, (name,))
        if not wanted:
            raise FetchError(f"{GGML} has no {name}")
        _fetch_all(wanted, staging, report)
        if flaw := whisper_ggml.flaw_of(staging / name):
            raise FetchError(f"what {GGML} holds {flaw}")
        (staging / name).replace(folder / name)
        shutil.rmtree(staging, ignore_errors=True)
    return folder / name


def voice_path(voice: str) -> str:
    """Where a voice lies in the repository, without its suffix: "en/en_GB/alba/medium/en_GB-alba-medium".

    Raises ``ConfigError`` for what is no name of a voice.
    """
    parts = voice.split("-")
    language = parts[0].partition("_")
    if len(parts) != 3 or not all((*parts, language[2])) or not voice.replace("-", "_").isidentifier():
        raise ConfigError(f"a voice of Piper is named like en_GB-alba-medium, not {voice!r}")
    return "/".join((language[0], *parts, voice))


def _described(repository: str, paths: tuple[str, ...]) -> list[RemoteFile]:
    return [found for path in paths if (found := describe(repository, path)) is not None]


def _fetch_all(wanted: list[RemoteFile], staging: Path, report: Report) -> None:
    total = sum(file.size_bytes for file in wanted)
    staging.mkdir(parents=True, exist_ok=True)
    kept = sum(path.stat().st_size for path in staging.iterdir())
    free = shutil.disk_usage(staging).free
    if total - kept + _SPARE_BYTES > free:
        needs = f"{(total - kept) / 1e6:.0f} MB are to come and {free / 1e6:.0f} MB are free"
        raise FetchError(f"the disk of {staging.parent} is too full: {needs}")
    before = 0
    for file in wanted:
        fetch(file, staging, _onwards(report, before, total))
        before += file.size_bytes


def _onwards(report: Report, before: int, total: int) -> Report:
    """A report of one file as part of that of all."""
    return lambda done, _: report(before + done, total)


@contextmanager
def _staged(folder: Path, name: str) -> Iterator[Path]:
    """The folder in which the files of a model are collected, for this process alone."""
    require_client()
    if find_spec("filelock") is None:
        raise BackendUnavailable("filelock is not installed", remedy=INSTALL)
    import filelock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / f".{name}.lock", timeout=0):
            yield folder / f".{name}.part"
    except filelock.Timeout as error:
        raise FetchError(f"another process is fetching {name} into {folder}") from error
    except OSError as error:
        raise FetchError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error


def _swap(staging: Path, target: Path) -> None:
    """Put a whole folder where perhaps a broken one is."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    staging.rename(target)
    shutil.rmtree(old, ignore_errors=True)
