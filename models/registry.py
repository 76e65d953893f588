"""Which backends there are, by role and name; imported only when they are made.

Third parties add theirs by entry points of the groups ``is2s.vad``, ``is2s.stt``, ``is2s.llm`` and ``is2s.tts``: the
entry's name is the backend's, its value a class. A built-in name is never replaced.
"""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

from states.errors import BackendUnavailable, ConfigError

ROLES = ("vad", "stt", "llm", "tts")


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a backend's class is, what it needs to be imported, and what installs that.

    ``probe`` names a function from the backend's options to its ``Readiness``, for what importing cannot tell.
    """

    where: str
    needs: str = ""
    remedy: str = ""
    detail: str = ""
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a backend can be made here; ``remedy`` is the command that mends it where it cannot."""

    ready: bool
    detail: str
    remedy: str = ""


_EMBEDDED = "pip install 'is2s[embedded]'"

BACKENDS: dict[str, dict[str, Backend]] = {
    "vad": {
        "silero": Backend("models.vad_silero:SileroVad", "silero_vad", "pip install silero-vad", "Silero, as ONNX"),
        "energy": Backend("models.vad_energy:EnergyVad", detail="level above a running noise floor"),
    },
    "stt": {
        "whisper": Backend(
            "models.stt_whisper:WhisperRecognizer",
            "faster_whisper",
            "pip install 'is2s[whisper]'",
            probe="models.weights_ready:whisper",
        ),
        "sphinx": Backend(
            "models.stt_sphinx:SphinxRecognizer", "pocketsphinx", _EMBEDDED, "closed grammar of the companion"
        ),
        "whispercpp": Backend(
            "models.stt_whispercpp:WhisperCppRecognizer",
            "pywhispercpp",
            "pip install 'is2s[whispercpp]'",
            probe="models.weights_ready:whispercpp",
        ),
    },
    "llm": {
        "ollama": Backend(
            "models.llm_ollama:OllamaModel",
            "ollama",
            "pip install 'is2s[ollama]'",
            "a language model by Ollama",
            probe="models.ollama_ready:readiness",
        ),
        "companion": Backend("models.llm_companion:Companion", detail="a few rules, no language model"),
    },
    "tts": {
        "piper": Backend(
            "models.tts_piper:PiperSynthesizer",
            "piper",
            "pip install 'is2s[piper]'",
            probe="models.weights_ready:piper",
        ),
        "espeak": Backend("models.tts_espeak:EspeakSynthesizer", "espeakng_loader", _EMBEDDED, "espeak-ng"),
    },
}
"""In order of preference: ``auto`` takes the first that is ready."""


def names(role: str) -> list[str]:
    """All backends of a role, built-in ones first, in order of preference."""
    return [*BACKENDS[role], *(name for name in _plugins(role) if name not in BACKENDS[role])]


def create(role: str, name: str, **options: Any) -> Any:
    """Make a backend. May take a second, and reads files.

    Raises ``ConfigError`` for an unknown name or option, ``BackendUnavailable`` where something it needs is missing.
    """
    backend = BACKENDS[role].get(name)
    if backend is None:
        plugin = _plugins(role).get(name)
        if plugin is None:
            raise ConfigError(_unknown(role, name))
        kind = plugin.load()
    else:
        readiness = available(role, name, **options)
        if not readiness.ready:
            raise BackendUnavailable(f"{role} {name}: {readiness.detail}", remedy=readiness.remedy)
        kind = _load(backend.where)
    try:
        return kind(**options)
    except TypeError as error:
        if options:
            raise ConfigError(f"{role} {name}: {error}") from error
        raise


def available(role: str, name: str, **options: Any) -> Readiness:
    """Whether a backend could be made with these options, found out in less than a second without importing it."""
    backend = BACKENDS[role].get(name)
    if backend is None:
        if name in _plugins(role):
            return Readiness(True, "installed by another package")
        return Readiness(False, _unknown(role, name))
    if backend.needs and find_spec(backend.needs) is None:
        return Readiness(False, f"the package {backend.needs} is not installed", backend.remedy)
    if backend.probe:
        found: Readiness = _load(backend.probe)(**options)
        return found
    return Readiness(True, backend.detail)


def resolve(role: str, options: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[str, str]:
    """What ``auto`` stands for in a role, and why where it is not the first choice.

    ``options`` by backend name. Raises ``BackendUnavailable`` where none is ready.
    """
    lacking: list[str] = []
    remedy = ""
    for name in BACKENDS[role]:
        readiness = available(role, name, **(options or {}).get(name, {}))
        if readiness.ready:
            skipped = list(BACKENDS[role])[: len(lacking)]
            return name, f"{' and '.join(skipped)} not ready; is2s doctor tells why" if skipped else ""
        lacking.append(f"{name}: {readiness.detail}")
        remedy = readiness.remedy
    raise BackendUnavailable(f"no {role} is ready: {'; '.join(lacking)}", remedy=remedy)


def _load(where: str) -> Any:
    module, _, attribute = where.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _plugins(role: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"is2s.{role}")}


def _unknown(role: str, name: str) -> str:
    known = names(role)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return f"there is no {role} named {name!r}; {hint}"
