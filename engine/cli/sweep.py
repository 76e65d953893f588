"""Settings on the command line of which some have several values: every combination of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from engine.cli.settings import assigned
from engine.config import merged, parse_toml
from states.errors import ConfigError

MOST = 2000
"""More combinations are a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination: its table of settings, and what sets it apart from the others, by key."""

    table: dict[str, Any]
    values: tuple[tuple[str, Any], ...]

    @property
    def name(self) -> str:
        """``key=value, ...``; the section is left out of the key."""
        return ", ".join(f"{key.partition('.')[2]}={shown(value)}" for key, value in self.values)


def shown(value: Any) -> str:
    """A value as it is written in a setting."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def variants(assignments: Sequence[str], sweeps: Sequence[str] = ()) -> list[Variant]:
    """Every combination of the values given; one where no key has several.

    In ``--set`` several numbers, truth values or quoted texts with commas between are several values; a list in
    brackets is one value, and so is a plain word with a comma in it. In ``--sweep`` whatever stands between commas
    is a value, so that lists and words can be tried, too. Raises ``ConfigError``.
    """
    fixed: dict[str, Any] = {}
    axes: dict[str, list[Any]] = {}
    for text, swept in (*((text, False) for text in assignments), *((text, True) for text in sweeps)):
        key, equals, values = text.partition("=")
        key = key.strip()
        found = _several(values, words=swept) if equals and key else None
        if found is None:
            fixed = merged(fixed, assigned(text))
            axes.pop(key, None)  # the last one counts, as everywhere
        else:
            axes[key] = found
    count = 1
    for axis in axes.values():
        count *= len(axis)
    if count > MOST:
        raise ConfigError(f"{count} combinations are more than {MOST}; try fewer values at a time")
    made = []
    for chosen in product(*axes.values()):
        table = fixed
        for key, value in zip(axes, chosen, strict=True):
            table = merged(table, nested(key, value))
        made.append(Variant(table, tuple(zip(axes, chosen, strict=True))))
    return made


def nested(key: str, value: Any) -> dict[str, Any]:
    """``a.b`` and a value as tables within tables."""
    for part in reversed(key.split(".")):
        value = {part: value}
    result: dict[str, Any] = value
    return result


def _several(text: str, *, words: bool) -> list[Any] | None:
    """The values; None where it is one value."""
    try:
        parse_toml(f"value = {text}")
        if not words:
            return None
    except ConfigError:
        pass
    try:
        found: list[Any] = parse_toml(f"value = [{text}]")["value"]
    except ConfigError:
        found = [part.strip() for part in text.split(",")] if words else []
    return found or None
