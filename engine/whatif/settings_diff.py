"""The settings in which two sessions differ, by their full names."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.codec import Record
from engine.config import read_toml
from engine.inspect.reader import Log
from states.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Setting:
    """One that differs: its values in both, None where one has none."""

    key: str
    a: Any
    b: Any

    def __str__(self) -> str:
        return f"{self.key}: {_shown(self.a)} -> {_shown(self.b)}"


def differing(a: Log, b: Log) -> tuple[Setting, ...]:
    """Those of the dialogue from the journals; all others where both have their ``config.toml``."""
    mine, others = (_flat({"dialogue": log.head.get("settings", {})}) for log in (a, b))
    files = [_file(log.path.parent) for log in (a, b)]
    if files[0] is not None and files[1] is not None:
        mine, others = {**files[0], **mine}, {**files[1], **others}
    keys = sorted({*mine, *others})
    return tuple(Setting(k, mine.get(k), others.get(k)) for k in keys if _differ(mine.get(k), others.get(k)))


def with_setting(settings: Record, key: str, value: Any) -> Record:
    """The dialogue's settings with one of them, named in full, replaced."""
    _, *path = key.split(".")
    return _with(settings, path, value)


def _with(table: Mapping[str, Any], path: list[str], value: Any) -> Record:
    first, *rest = path
    return {**table, first: _with(table.get(first, {}), rest, value) if rest else value}


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found


def _file(folder: Path) -> dict[str, Any] | None:
    path = folder / "config.toml"
    try:
        return _flat(read_toml(path)) if path.is_file() else None
    except ConfigError:
        return None  # a session is told by its journal; this only adds to it


def _differ(a: Any, b: Any) -> bool:
    return type(a) is not type(b) or bool(a != b)


def _shown(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
