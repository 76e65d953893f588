"""Which backends there are, by role and name; imported only when they are made.

Third parties add theirs by entry points of the groups ``is2s.aec``, ``is2s.vad``, ``is2s.stt``, ``is2s.turn``,
``is2s.llm`` and ``is2s.tts``: the entry's name is the backend's, its value a class. A built-in name is never
replaced.
"""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from states.errors import BackendUnavailable, ConfigError

ROLES = ("aec", "vad", "stt", "turn", "llm", "tts")


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a backend's class is, what it needs to be imported, and what installs that.

    ``probe`` names a function from the backend's options to its ``Readiness``, for what importing cannot tell.
    ``distribution``: what ``needs`` is installed as, where that is another name.
    """

    where: str
    needs: str = ""
    remedy: str = ""
    detail: str = ""
    probe: str = ""
    distribution: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a backend can be made here; ``remedy`` is the command that mends it where it cannot.

    ``version``: of what is installed for it, with its name; ``files``: the models it would load, or the folder of
    the package that brings them.
    """

    ready: bool
    detail: str
    remedy: str = ""
    version: str = ""
    files: tuple[Path, ...] = ()


_EMBEDDED = "pip install 'is2s[embedded]'"

BACKENDS: dict[str, dict[str, Backend]] = {
    "aec": {
        "kalman": Backend("models.aec_kalman:KalmanCanceller", detail="echo canceller in numpy, keeps your speech"),
        "livekit": Backend(
            "models.aec_livekit:LivekitCanceller", "livekit", "pip install 'is2s[aec]'", "WebRTC's AEC3, by livekit"
        ),
    },
    "vad": {
        "silero": Backend(
            "models.vad_silero:SileroVad",
            "silero_vad",
            "pip install silero-vad",
            probe="models.weights_ready:silero",
        ),
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
    "turn": {
        "smart": Backend(
            "models.turn_smart:SmartTurn",
            "onnxruntime",
            "pip install onnxruntime",
            "Smart Turn: the end of a turn by its sound",
            probe="models.weights_ready:smart_turn",
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
            distribution="piper-tts",
        ),
        "espeak": Backend("models.tts_espeak:EspeakSynthesizer", "espeakng_loader", _EMBEDDED, "espeak-ng"),
    },
}
"""In order of preference: ``auto`` takes the first that is ready."""

BY_NAME_ONLY: dict[str, dict[str, Backend]] = {
    "tts": {"silent": Backend("models.tts_silent:SilentSynthesizer", detail="no sound, for is2s run --text")}
}
"""Made where they are asked for by name; ``auto`` never stands for one of these."""


def names(role: str) -> list[str]:
    """All backends of a role, built-in ones first, in order of preference."""
    return [*BACKENDS[role], *(name for name in _plugins(role) if name not in BACKENDS[role])]


def every_name(role: str) -> list[str]:
    """The same, and those that are made by name only."""
    return [*names(role), *BY_NAME_ONLY.get(role, {})]


def create(role: str, name: str, **options: Any) -> Any:
    """Make a backend. May take a second, and reads files.

    Raises ``ConfigError`` for an unknown name or option, ``BackendUnavailable`` where something it needs is missing.
    """
    backend = _built_in(role, name)
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
    backend = _built_in(role, name)
    if backend is None:
        plugin = _plugins(role).get(name)
        if plugin is None:
            return Readiness(False, _unknown(role, name))
        package = f"{plugin.dist.name} {plugin.dist.version}" if plugin.dist else ""
        return Readiness(True, "installed by another package", version=package)
    spec = find_spec(backend.needs) if backend.needs else None
    if backend.needs and spec is None:
        return Readiness(False, f"the package {backend.needs} is not installed", backend.remedy)
    found = Readiness(True, backend.detail)
    if backend.probe:
        found = _load(backend.probe)(**options)
    folders = tuple(map(Path, (spec.submodule_search_locations if spec else None) or ()))
    return replace(found, version=_version(backend), files=found.files or (() if backend.probe else folders))


def resolve(
    role: str, options: Mapping[str, Mapping[str, Any]] | None = None, *, strict: bool = False
) -> tuple[str, str]:
    """What ``auto`` stands for in a role, and why where it is not the first choice: what that one lacks, and the
    command that mends it.

    ``options`` by backend name; with ``strict`` nothing but the first choice will do. Raises ``BackendUnavailable``
    where none is ready.
    """
    lacking: list[str] = []
    remedies: list[str] = []
    for name in BACKENDS[role]:
        readiness = available(role, name, **(options or {}).get(name, {}))
        if readiness.ready:
            mending = f"; mend it with: {remedies[0]}" if remedies and remedies[0] else ""
            return name, f"{'; '.join(lacking)}{mending}" if lacking else ""
        lacking.append(f"{name} is not ready: {readiness.detail}")
        remedies.append(readiness.remedy)
        if strict:
            raise BackendUnavailable(f"{role}: {lacking[0]}, and no other may take its place", remedy=remedies[0])
    raise BackendUnavailable(f"no {role} is ready: {'; '.join(lacking)}", remedy=remedies[-1])


def _version(backend: Backend) -> str:
    if not backend.needs:
        return ""
    name = backend.distribution or backend.needs.replace("_", "-")
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:  # importable, but not installed: a folder on the path
        return name


def _load(where: str) -> Any:
    module, _, attribute = where.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _built_in(role: str, name: str) -> Backend | None:
    return BACKENDS[role].get(name) or BY_NAME_ONLY.get(role, {}).get(name)


def _plugins(role: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=f"is2s.{role}")}


def _unknown(role: str, name: str) -> str:
    known = names(role)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return f"there is no {role} named {name!r}; {hint}"
