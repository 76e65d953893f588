"""What is to be fetched, whether it is here already, and the fetching, for each kind of model alike."""

from dataclasses import dataclass
from pathlib import Path

from models import fetch_ollama, fetch_weights, ollama_ready, piper_voices, whisper_files
from models.fetch_hub import Report
from models.profiles import SIZES_MB, setup_command
from models.user_cache import user_cache
from states.errors import BackendError, BackendUnavailable


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
        return str(self.root / self.kind / (self.model if self.kind == "whisper" else f"{self.model}.onnx"))


def wanted(kind: str, model: str, *, here: bool) -> Wanted:
    """The model with its place: ``models/`` of the current directory where ``here`` says so or a broken one lies
    there, which would be found first; else the user's cache.
    """
    if kind == "whisper":
        first = not whisper_files.is_path(model) and whisper_files.places(model)[0].exists()
    else:
        first = kind == "piper" and (piper_voices.voice_folders()[0] / f"{model}.onnx").exists()
    return Wanted(kind, model, Path("models") if here or first else user_cache())


def found(item: Wanted) -> str:
    """Where it is, whole, as far as can be told without a network beyond Ollama's server; empty where it is not."""
    if item.kind == "ollama":
        ready = ollama_ready.readiness(item.model)
        return ready.detail if ready.ready else ""
    try:
        if item.kind == "whisper":
            return str(whisper_files.located(item.model))
        files = piper_voices.find_voice(item.model)
    except BackendUnavailable:
        return ""
    return "" if piper_voices.flaw(files) else str(files.model)


def fetch(item: Wanted, report: Report) -> str:
    """Fetch it; where it is now. Blocks for minutes.

    Raises ``BackendUnavailable`` with what mends it, ``ConfigError`` where the model cannot be one of this kind. What
    has come is kept for the next attempt, and nothing that is not whole is put in its place.
    """
    try:
        if item.kind == "ollama":
            fetch_ollama.pull(item.model, report)
        elif item.kind == "whisper":
            fetch_weights.fetch_whisper(item.model, item.root, report)
        else:
            fetch_weights.fetch_voice(item.model, item.root, report)
    except BackendUnavailable:
        raise
    except BackendError as error:
        raise BackendUnavailable(str(error), remedy=_again(item)) from error
    if not (place := found(item)):
        raise BackendUnavailable(f"{item.model} was fetched, and is not found in {item.place}", remedy=_again(item))
    return place


def _again(item: Wanted) -> str:
    here = " --here" if item.kind != "ollama" and item.root == Path("models") else ""
    return setup_command(item.kind, item.model) + here
