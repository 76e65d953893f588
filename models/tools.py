"""Python functions that a language model may call: their description, their call, and what is kept of it.

A function becomes a tool by its own signature: annotations give the types, the docstring (Google style) tells the
model what it does and what each argument means. Allowed are ``str``, ``int``, ``float``, ``bool``, ``list``,
``dict``, ``Literal`` and ``Optional`` of these.

What comes of a call is a ``ToolUse`` of the history.
"""

import importlib
import inspect
import json
import os
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from states.errors import ConfigError
from states.history import ToolUse

MAX_RESULT_CHARS = 2000
"""A result is cut here: some 600 tokens. A longer one would push the conversation out of the context."""

_JSON_TYPES: dict[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


@dataclass(frozen=True, slots=True)
class Tool:
    """A function, the name and JSON schema by which a model knows it, and the types its arguments are fitted to."""

    function: Callable[..., object]
    name: str
    schema: dict[str, Any]
    types: dict[str, Any]


def load_tools(functions: Sequence[Callable[..., object] | str]) -> dict[str, Tool]:
    """Tools by name, from functions or from ``"module:function"``. Imports them, also from the current folder.

    Raises ``ConfigError`` where a function is not found, cannot be described, or a name comes twice.
    """
    tools: dict[str, Tool] = {}
    for entry in functions:
        tool = tool_from(_found(entry) if isinstance(entry, str) else entry)
        if tool.name in tools:
            raise ConfigError(f"there are two tools named {tool.name!r}")
        tools[tool.name] = tool
    return tools


def tool_from(function: Callable[..., object]) -> Tool:
    """Describe a function. Raises ``ConfigError`` where its signature or docstring does not suffice."""
    name = getattr(function, "__name__", repr(function))
    if inspect.iscoroutinefunction(function):
        raise ConfigError(f"tool {name}: async functions cannot be tools")
    about, meanings = _docstring(function)
    if not about:
        raise ConfigError(f"tool {name}: it needs a docstring, from which the model learns what it does")
    try:
        hints = get_type_hints(function)
        parameters = inspect.signature(function).parameters.values()
    except (NameError, TypeError, ValueError) as error:
        raise ConfigError(f"tool {name}: {error}") from error
    properties: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ConfigError(f"tool {name}: {parameter} cannot be described to a model")
        described = _described(name, parameter.name, hints.get(parameter.name, str))
        properties[parameter.name] = described | {"description": meanings.get(parameter.name, "")}
    schema = {
        "type": "object",
        "properties": properties,
        "required": [p.name for p in parameters if p.default is p.empty],
    }
    wanted = {key: hints.get(key, str) for key in properties}
    spec = {"type": "function", "function": {"name": name, "description": about, "parameters": schema}}
    return Tool(function, name, spec, wanted)


def use_tool(tools: Mapping[str, Tool], name: str, arguments: Mapping[str, Any]) -> ToolUse:
    """Call the function, in this thread, for as long as it takes. Whatever it raises becomes the result's text.

    Arguments of a neighbouring type are fitted (``"5"`` for 5): small models often miss the type.
    """
    said = json.dumps(dict(arguments), sort_keys=True, ensure_ascii=False, default=str)
    tool = tools.get(name)
    if tool is None:
        known = ", ".join(sorted(tools)) or "none at all"
        return ToolUse(name, said, f"error: there is no function {name!r}; there are: {known}", failed=True)
    try:
        fitted = {key: _fitted(value, tool.types.get(key)) for key, value in arguments.items()}
        result, failed = tool.function(**fitted), False
    except Exception as error:  # the model is to hear of any failure and to speak of it
        result, failed = f"error: {type(error).__name__}: {error}", True
    return ToolUse(name, said, _text(result), failed)


def _text(result: object) -> str:
    if result is None:
        return "done"
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace").decode("utf-8")[:MAX_RESULT_CHARS]


def _found(where: str) -> Callable[..., object]:
    module, _, name = where.partition(":")
    here = os.getcwd()
    sys.path.append(here)  # an installed command does not look where it is called
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"tool {where!r}: {error}; write it as 'module:function'") from error
    finally:
        sys.path.remove(here)
    if not callable(function):
        raise ConfigError(f"tool {where!r} is not a function")
    return function  # type: ignore[no-any-return]


def _bare(hint: Any) -> Any:
    """What is left of a type without None and without what a container holds."""
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        hint = kinds[0] if len(kinds) == 1 else hint
    return hint if get_origin(hint) is Literal else get_origin(hint) or hint


def _described(tool: str, argument: str, hint: Any) -> dict[str, Any]:
    kind = _bare(hint)
    choices = get_args(kind)
    kinds = {type(choice) for choice in choices} if get_origin(kind) is Literal else {kind}
    if len(kinds) != 1 or not kinds <= set(_JSON_TYPES):
        raise ConfigError(f"tool {tool}: argument {argument!r} has a type that cannot be described: {hint}")
    described: dict[str, Any] = {"type": _JSON_TYPES[kinds.pop()]}
    return described | ({"enum": list(choices)} if choices else {})


def _fitted(value: Any, hint: Any) -> Any:
    kind = _bare(hint)
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        fitted = next((choice for choice in choices if str(choice) == str(value)), None)
        if fitted is None:
            raise ValueError(f"{value!r} is not one of {', '.join(map(repr, choices))}")
        return fitted
    if value is None or isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    if kind is bool and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    if kind is int and float(value) == int(float(value)):
        return int(float(value))
    if kind is float:
        return float(value)
    return str(value) if kind is str else value


def _docstring(function: Callable[..., object]) -> tuple[str, dict[str, str]]:
    """What a Google style docstring says of the function, and of each argument."""
    about: list[str] = []
    meanings: dict[str, str] = {}
    section, last = "", ""
    for line in (inspect.getdoc(function) or "").splitlines():
        bare = line.strip()
        if bare.lower() in ("args:", "arguments:", "returns:", "yields:", "raises:", "example:", "examples:"):
            section = bare.lower()
        elif not section:
            about.append(bare)
        elif section.startswith("arg") and bare:
            argument, colon, meaning = bare.partition(":")
            if colon and len(line) - len(line.lstrip()) <= 4:
                last = argument.split("(")[0].strip()
                meanings[last] = meaning.strip()
            elif last:
                meanings[last] += " " + bare
    return " ".join(filter(None, about)), meanings
