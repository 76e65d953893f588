"""The JSON Schema of the journal (draft 2020-12), made from the dataclasses of events, commands, steps and settings.

So it can never lag behind them. ``schemas/journal-N.schema.json`` is what it came to for format N: the newest is held
against this generator by a test, the older ones stay as they were. A schema describes one line.
"""

import json
import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import jsonschema_rs

from engine.codec import FORMAT, OLDEST, Record, snake
from states import commands
from states.commands import Command, GenerateReply
from states.event import WordSpan
from states.events import EVENTS, Event
from states.history import Message, ToolUse
from states.settings import DialogueSettings
from states.state import State
from states.step import Step

Schema = dict[str, Any]

COMMANDS: tuple[type[Command], ...] = tuple(
    kind
    for kind in vars(commands).values()
    if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
)
"""Every command there is, in the order of the documentation."""

_IN_THE_LINE = {"now_us": "t_us", "event": "on", "kept": "text.kept", "dropped": "text.dropped", "said": "text.said"}
"""Names in the journal of what a step calls otherwise."""

_SCALAR: Schema = {"type": ["integer", "boolean", "string"]}


def journal_schema() -> Schema:
    """The schema of one line, in the format that is written today."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:is2s:journal:{FORMAT}",
        "title": f"IS2S journal, format {FORMAT}",
        "description": "One line of transitions.jsonl: the first is the head, all others are steps of the dialogue.",
        "type": "object",
        "required": ["event"],
        "properties": {"event": {"enum": ["session", "transition"]}},
        **_either("event", "session", {"$ref": "#/$defs/head"}, {"$ref": "#/$defs/transition"}),
        "$defs": {
            "head": _head(),
            "settings": _settings(DialogueSettings),
            "entry": {"oneOf": [_entry(Message, "user", "assistant"), _entry(ToolUse, "tool")]},
            "state": {"enum": [state.value for state in State]},
            "transition": _transition(),
            **{f"on.{snake(event.__name__)}": _event(event) for event in EVENTS},
            **{f"command.{snake(kind.__name__)}": _command(kind) for kind in COMMANDS},
        },
    }


def schema_text() -> str:
    """The same as the text of its file."""
    return json.dumps(journal_schema(), indent=2, ensure_ascii=False) + "\n"


@cache
def schema_of(version: int) -> str:
    """The published schema of a format, as text. Raises ``ValueError`` where there is none."""
    if not OLDEST <= version <= FORMAT:
        raise ValueError(f"there is no format {version}, only {OLDEST} to {FORMAT}")
    return (Path(__file__).parent / "schemas" / f"journal-{version}.schema.json").read_text(encoding="utf-8")


def _head() -> Schema:
    text = {"type": "string"}
    return {
        "description": "All that the dialogue was given besides its events, and who plays which role.",
        "type": "object",
        "required": ["event", "format", "models", "rate_hz", "settings"],
        "properties": {
            "event": {"const": "session"},
            "format": {"const": FORMAT},
            "rate_hz": {"type": "integer", "exclusiveMinimum": 0},
            "models": {"type": "object", "additionalProperties": text},
            "settings": {"$ref": "#/$defs/settings"},
            "text.history": {"type": "array", "items": {"$ref": "#/$defs/entry"}},
            "turn": {
                "type": "integer",
                "minimum": 1,
                "description": "The last turn of the session before.",
            },
            "resumes": {
                "description": "The session that this one goes on from: its folder's name, and its whole steps.",
                "type": "object",
                "required": ["session", "lines"],
                "properties": {"session": text, "lines": {"type": "integer", "minimum": 0}},
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    }


def _settings(kind: type[Any]) -> Schema:
    """A dataclass of settings, others within it; what is missing takes its default."""
    shown = _object(fields(kind), required=False)
    for part in fields(kind):
        if is_dataclass(part.type) and isinstance(part.type, type):
            shown["properties"][part.name] = _settings(part.type)
    return shown


def _transition() -> Schema:
    listed = {_IN_THE_LINE.get(f.name, f.name): f for f in fields(Step)}
    properties: Schema = {"event": {"const": "transition"}}
    properties |= {name: _kind(field.type) for name, field in listed.items()}
    spoken = sorted({f"text.{name}" for event in EVENTS for name in event.spoken})
    properties |= {name: {"type": "string"} for name in spoken if name not in properties}
    properties |= {
        "source": {"$ref": "#/$defs/state"},
        "dest": {"$ref": "#/$defs/state"},
        "on": _dispatch("on", EVENTS),
        "commands": {"type": "array", "items": _dispatch("command", COMMANDS)},
    }
    needed = [name for name, field in listed.items() if field.default is MISSING]
    return {
        "description": " ".join((Step.__doc__ or "").split()),
        "type": "object",
        "required": sorted({"event", "commands", *needed}),
        "properties": properties,
        "additionalProperties": False,
        "allOf": [_with_words(event) for event in EVENTS if event.spoken],
    }


def _with_words(event: type[Event]) -> Schema:
    """Events of this kind have their words at the top of the line."""
    kind = {"required": ["type"], "properties": {"type": {"const": snake(event.__name__)}}}
    return {
        "if": {"required": ["on"], "properties": {"on": kind}},
        "then": {"required": [f"text.{name}" for name in sorted(event.spoken)]},
    }


def _event(event: type[Event]) -> Schema:
    return _object([f for f in fields(event) if f.name not in event.spoken], event)


def _command(kind: type[Command]) -> Schema:
    shown = _object([f for f in fields(kind) if f.name != "text"], kind)
    if kind is GenerateReply:
        shown["properties"]["messages"] = {"type": "integer", "description": "How many."}
    return shown


def _entry(kind: type[Message | ToolUse], *roles: str) -> Schema:
    shown = _object([f for f in fields(kind) if f.name != "role"])
    shown["properties"] = {"role": {"enum": list(roles)}, **shown["properties"]}
    shown["required"] = ["role", *shown["required"]]
    return shown


def _object(parts: Any, kind: type[Any] | None = None, *, required: bool = True) -> Schema:
    """An object of these dataclass fields, with the ``type`` of ``kind``; one with a default may be missing."""
    properties: Schema = {} if kind is None else {"type": {"const": snake(kind.__name__)}}
    properties |= {part.name: _kind(part.type) for part in parts}
    needed = [] if kind is None else ["type"]
    needed += [part.name for part in parts if required and _has_no_default(part)]
    told = {} if kind is None else {"description": _prose(kind.__doc__ or "")}
    return {**told, "type": "object", "required": needed, "properties": properties, "additionalProperties": False}


def _has_no_default(part: Field[Any]) -> bool:
    return part.default is MISSING and part.default_factory is MISSING


def _prose(doc: str) -> str:
    return re.sub("``", "", " ".join(doc.split()))


def _dispatch(group: str, kinds: Any) -> Schema:
    """One of several kinds of object, told apart by ``type``."""
    names = [snake(kind.__name__) for kind in kinds]
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": names}},
        "allOf": [
            {
                "if": {"required": ["type"], "properties": {"type": {"const": name}}},
                "then": {"$ref": f"#/$defs/{group}.{name}"},
            }
            for name in names
        ],
    }


def _either(key: str, value: str, then: Schema, otherwise: Schema) -> Schema:
    return {"if": {"properties": {key: {"const": value}}}, "then": then, "else": otherwise}


def _kind(kind: Any) -> Schema:
    """The schema of a field's type. Words of a step are optional by being left out, so None is nothing here."""
    if kind == WordSpan:
        return {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4}
    if get_origin(kind) in (Union, UnionType):
        return _kind(next(part for part in get_args(kind) if part is not NoneType))
    if get_origin(kind) is Literal:
        return {"enum": list(get_args(kind))}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _kind(get_args(kind)[0])}
    if is_dataclass(kind):
        return {"type": "object", "additionalProperties": _SCALAR}  # evidence, flattened: figures and words of ours
    return {"type": {int: "integer", bool: "boolean", str: "string"}.get(kind, "object")}


def checker(version: int) -> Callable[[Record], str]:
    """Says how a line breaks the published schema of a format; empty where it does not. Raises ``ValueError``."""
    validator = jsonschema_rs.validator_for(json.loads(schema_of(version)))

    def wrong(line: Record) -> str:
        if validator.is_valid(line):
            return ""
        error = next(iter(validator.iter_errors(line)))
        place = ".".join(map(str, error.instance_path))
        return f"{place}: {error.message}" if place else str(error.message)

    return wrong
