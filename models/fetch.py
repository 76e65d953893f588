"""What is to be fetched, whether it is here already, and the fetching, for each kind of model alike."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models import fetch_ollama, fetch_weights, ollama_ready, piper_voices, whisper_files, whisper_ggml
from models.fetch_hub import Report
from models.profiles import SIZES_MB, setup_command
from models.user_cache import user_cache
from states.errors import BackendError, BackendUnavailable

HERE = Path("models")
"""The project's own folder, in which backends look first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model that is wanted. ``root``: the folder below which weights are put; Ollama keeps its own."""

    kind: str
    model: str
    root: Path

    @property
    def megabytes(self) -> int | None:
        """About how much is to come, in millions of bytes; None where it is not known beforehand."""
        return SIZES_MB[self.kind].get(self.model)

    @property
    def place(self) -> str:
        """Where it will be."""
        if self.kind == "ollama":
            return f"Ollama at {ollama_ready.server_url()}"
        return str(self.root / _below(self.kind, self.model))


def wanted(kind: str, model: str, *, here: bool) -> Wanted:
    """The model with its place: ``models/`` of the current directory where ``here`` says so or a broken one lies
    there, which would be found first; else the user's cache.
    """
    lies_here = kind != "ollama" and not whisper_files.is_path(model) and (HERE / _below(kind, model)).exists()
    return Wanted(kind, model, HERE if here or lies_here else user_cache())


def found(item: Wanted) -> str:
    """Where it is, whole, as far as can be told without a network beyond Ollama's server; empty where it is not."""
    try:
        return _FOUND[item.kind](item.model)
    except BackendUnavailable:
        return ""


def fetch(item: Wanted, report: Report) -> str:
    """Fetch it; where it is now. Blocks for minutes.

    Raises ``BackendUnavailable`` with what mends it, ``ConfigError`` where the model cannot be one of this kind. What
    has come is kept for the next attempt, and nothing that is not whole is put in its place.
    """
    try:
        if item.kind == "ollama":
            fetch_ollama.pull(item.model, report)
        else:
            _FETCH[item.kind](item.model, item.root, report)
    except BackendUnavailable:
        raise
    except BackendError as error:
        raise BackendUnavailable(str(error), remedy=_again(item)) from error
    if not (place := found(item)):
        raise BackendUnavailable(f"{item.model} was fetched, and is not found in {item.place}", remedy=_again(item))
    return place


def _again(item: Wanted) -> str:
    here = " --here" if item.kind != "ollama" and item.root == HERE else ""
    return setup_command(item.kind, item.model) + here


def _below(kind: str, model: str) -> Path:
    """Where a model of this kind is, below a root."""
    if kind == "piper":
        return Path("piper") / f"{model}.onnx"
    return Path("whisper") / (model if kind == "whisper" else f"ggml-{model}.bin")


def _found_voice(voice: str) -> str:
    files = piper_voices.find_voice(voice)
    return "" if piper_voices.flaw(files) else str(files.model)


def _found_on_server(model: str) -> str:
    ready = ollama_ready.readiness(model)
    return ready.detail if ready.ready else ""


_FOUND: dict[str, Callable[[str], str]] = {
    "whisper": lambda size: str(whisper_files.located(size)),
    "whispercpp": lambda size: str(whisper_ggml.located(size)),
    "piper": _found_voice,
    "ollama": _found_on_server,
}

_FETCH: dict[str, Callable[[str, Path, Report], Path]] = {
    "whisper": fetch_weights.fetch_whisper,
    "whispercpp": fetch_weights.fetch_ggml,
    "piper": fetch_weights.fetch_voice,
}
