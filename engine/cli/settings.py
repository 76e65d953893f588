"""Settings from the command line: a file, single values, and the flags that choose backends."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.config import merged, parse_toml, read_toml
from states.errors import ConfigError


def table_of(file: Path | None, assignments: Sequence[str], **backends: str | None) -> dict[str, Any]:
    """One table of settings: the file, then ``--set section.key=value``, then the backends named by flags.

    A value is read as TOML, and where it is none as a plain word. Raises ``ConfigError``.
    """
    table = read_toml(file) if file else {}
    for assignment in assignments:
        table = merged(table, assigned(assignment))
    chosen = {role: name for role, name in backends.items() if name is not None}
    return merged(table, {"models": chosen}) if chosen else table


def device_table(microphone: str | None, loudspeaker: str | None) -> dict[str, Any]:
    """The settings that the flags for devices stand for."""
    named = {key: name for key, name in (("input", microphone), ("output", loudspeaker)) if name is not None}
    return {"audio": named} if named else {}


def assigned(assignment: str) -> dict[str, Any]:
    """``endpointing.silence_ms=400`` as a table."""
    key, equals, text = assignment.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {assignment}: write it as section.key=value")
    value: Any
    try:
        value = parse_toml(f"value = {text}")["value"]
    except ConfigError:
        value = text
    for part in reversed(key.strip().split(".")):
        value = {part: value}
    result: dict[str, Any] = value
    return result
