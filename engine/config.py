"""Settings of a session: defaults, a TOML file, flags; checked as a whole before anything starts.

The sections are plain dataclasses, so that each stage owns its own. Types are checked by pydantic; an unknown key is
an error that names the nearest known one.
"""

import difflib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from engine.audio.settings import AudioSettings
from engine.echo import EchoSettings
from engine.speech.endpointer import EndpointSettings
from states.errors import ConfigError
from states.settings import DialogueSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which backend plays each role; ``auto`` takes the named default where it is ready, else the embedded one."""

    vad: str = "auto"
    stt: str = "auto"
    llm: str = "auto"
    tts: str = "auto"
    turn: str = "none"
    """Who listens for the end of the user's turn beside the words: ``smart``, or ``none``."""
    persona: str = "assistant"
    """Who a language model is to be: one of ``models/personas``, or the path of a ``.toml`` file."""


@dataclass(frozen=True, slots=True)
class PlayoutSettings:
    """How the reply is turned down and faded."""

    duck_db: float = -15.0
    """Level of a ducked reply: clearly lower, still understood."""
    fade_ms: int = 20
    """Length of every change of level, 10 to 30: long enough not to click."""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range."""
        _within(self, -60, 0, "duck_db")
        _within(self, 10, 30, "fade_ms")


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """Bounds of a reply."""

    max_pieces: int = 2000
    """An answer is ended after this many pieces (tokens), for models that never stop."""
    ahead_ms: int = 3000
    """Speech synthesised ahead of the loudspeaker: enough to bridge a slow clause, little enough to throw away."""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range."""
        _within(self, 1, 1_000_000, "max_pieces")
        _within(self, 0, 3_600_000, "ahead_ms")


@dataclass(frozen=True, slots=True)
class LatencySettings:
    """What each stage is declared to cost on a virtual clock; real time ignores them."""

    transcription_ms: int = 250
    assessment_ms: int = 120
    generation_first_ms: int = 200
    generation_piece_ms: int = 20
    synthesis_ms: int = 40

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range: time never runs backwards."""
        _within(self, 0, 3_600_000, *(f.name for f in fields(self)))


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Bounds of a session that is fed from a file."""

    tail_ms: int = 1000
    """Quiet after the input's end before the session closes."""
    max_s: int = 3600
    """Longest session fed from a file."""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range."""
        _within(self, 0, 3_600_000, "tail_ms")
        _within(self, 1, 1_000_000, "max_s")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a session. ``options`` holds, by backend name, what is passed to that backend."""

    models: ModelSettings = field(default_factory=ModelSettings)
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    dialogue: DialogueSettings = field(default_factory=DialogueSettings)
    endpointing: EndpointSettings = field(default_factory=EndpointSettings)
    echo: EchoSettings = field(default_factory=EchoSettings)
    playout: PlayoutSettings = field(default_factory=PlayoutSettings)
    generation: GenerationSettings = field(default_factory=GenerationSettings)
    latency: LatencySettings = field(default_factory=LatencySettings)
    session: SessionSettings = field(default_factory=SessionSettings)
    audio: AudioSettings = field(default_factory=AudioSettings)


def _within(settings: Any, low: float, high: float, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if not low <= value <= high:  # a NaN is not
            raise ValueError(f"{name} must be {low} to {high}, not {value}")


def read_toml(path: Path) -> dict[str, Any]:
    """The table in a TOML file. Raises ``ConfigError`` where it is missing or malformed."""
    try:
        return parse_toml(path.read_text(encoding="utf-8"), where=str(path))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def parse_toml(text: str, *, where: str = "settings") -> dict[str, Any]:
    """The table in a TOML text. Raises ``ConfigError`` where it is malformed."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from error


def build(table: Mapping[str, Any], *, where: str = "settings") -> Config:
    """Check a table of settings. Raises ``ConfigError``: one line, with the place and what is accepted."""
    from pydantic import TypeAdapter, ValidationError  # a tenth of a second that --help need not wait for

    check_keys(Config, table, where)
    try:
        # As JSON, whose strictness fits TOML: a list for a tuple, but no true for a 1 and no "300" for a 300.
        return TypeAdapter(Config).validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")  # so pydantic marks the errors of our own checks
        raise ConfigError(": ".join(part for part in (where, place, what) if part)) from error


def check_keys(kind: type, table: Mapping[str, Any], where: str) -> None:
    """Raise ``ConfigError`` for the first key that no field of this dataclass, or of those in it, is named by."""
    known = {f.name for f in fields(kind)}
    hints = get_type_hints(kind)
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: unknown key {key!r}; {hint}")
        for inner in (hints[key], *get_args(hints[key])):
            if isinstance(inner, type) and is_dataclass(inner):
                for number, part in enumerate(value if isinstance(value, list) else [value], 1):
                    if isinstance(part, Mapping):
                        check_keys(
                            inner, part, f"{where}: {key} {number}" if isinstance(value, list) else f"{where}: {key}"
                        )


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables as one; where both have a value, that of ``over``."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def as_toml(config: Config) -> str:
    """The effective settings, every value written out."""
    import tomli_w

    return tomli_w.dumps(_lists(asdict(config)))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items() if inner is not None}  # TOML has no nothing
    return list(value) if isinstance(value, tuple) else value
