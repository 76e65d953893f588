"""What a language model is told: who it is, how to speak, and as much of the conversation as fits.

Pure but for reading a persona's file. The model is told only what was *heard*: this module is given the history,
which holds nothing else, and adds nothing but the sentences below.

A long prompt is slow on a processor without a GPU (some hundred tokens a second), unless its beginning is that of the
request before: then the server has it evaluated already. Hence the system prompt never varies within a session, and
old turns are dropped several at a time, so that the beginning stays the same for some turns.
"""

import difflib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from math import ceil
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from states.errors import ConfigError
from states.history import Entry, Message, ToolUse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CutPolicy = Literal["none", "marker", "note"]
"""What the model is told of its words that were broken off: only the words heard; those and ``CUT_MARKER``; or those
and a system message after them. Templates that gather all system messages at the top lose the place of a note."""

ChatMessage: TypeAlias = dict[str, Any]
"""One message as chat interfaces take it: ``role``, ``content``, and for calls ``tool_calls`` or ``tool_name``."""

SPOKEN_STYLE = (
    "Everything you write is spoken aloud by a voice and heard, never read. Write plain sentences as one says them: "
    "no markdown, no lists, no headings, no tables, no code, no links, no emoji, no stage directions. "
    "What you are told was recognised from speech and may hold mistakes: take the likely meaning, and ask only where "
    "it matters. You may be interrupted at any time; then answer what was said last."
)

CUT_MARKER = " --"
MARKER_MEANING = (
    "Where a message of yours ends in two hyphens you were interrupted: the user heard nothing after that place. "
    "Never write such hyphens yourself."
)
CUT_NOTE = "The user interrupted you there and heard nothing after those words."

BEGIN = "Please begin the conversation."
GO_ON = "Go on from exactly where you stopped, without repeating anything."
"""Said in the user's place where the history is empty, or ends with the assistant's words: most chat templates want a
user's message last. It is part of that one request and never of the history."""

MESSAGE_TOKENS = 8
"""What a template adds to each message: role, start and end marks; 4 to 7 for Llama 3, Qwen and Gemma."""

DROP_STEP_TURNS = 4
"""Old turns are dropped in multiples of this; see above."""

PERSONAS = Path(__file__).parent / "personas"

_LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "nl": "Dutch"}


@dataclass(frozen=True, slots=True)
class Persona:
    """Who the model is to be. ``language`` is a code ("en"); ``voice`` names the synthesiser's, empty for its own.

    ``max_words`` is what one answer is to have at most. The model is asked for it, nothing enforces it.
    """

    name: str
    prompt: str
    description: str = ""
    voice: str = ""
    language: str = "en"
    max_words: int = 60


class Prompt(NamedTuple):
    """What to send, and how many of the oldest turns are not in it."""

    messages: list[ChatMessage]
    dropped_turns: int


def persona_names() -> list[str]:
    """The personas that come with the engine."""
    return sorted(path.stem for path in PERSONAS.glob("*.toml"))


def load_persona(name: str) -> Persona:
    """Read a persona that comes with the engine, by name, or any other, by the path of its ``.toml`` file.

    Raises ``ConfigError`` where there is none, or where the file says something that is not understood.
    """
    path = Path(name) if name.endswith(".toml") else PERSONAS / f"{name}.toml"
    if not name.endswith(".toml") and name not in persona_names():
        raise ConfigError(
            f"there is no persona {name!r}; there are {', '.join(persona_names())}, or give a .toml file"
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"persona {path}: {error}") from error
    return persona_from(table, path.stem, str(path))


def persona_from(table: Mapping[str, object], name: str, where: str) -> Persona:
    """A persona from the keys of a table. Raises ``ConfigError`` that names ``where`` and what is accepted."""
    accepted = {field.name: field for field in fields(Persona) if field.name != "name"}
    for key, value in table.items():
        if key not in accepted:
            near = difflib.get_close_matches(key, accepted, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(accepted)}"
            raise ConfigError(f"{where}: there is no key {key!r}; {hint}")
        default = accepted[key].default
        wanted = str if default is MISSING else type(default)
        if type(value) is not wanted:
            raise ConfigError(f"{where}: {key} is to be a {wanted.__name__}, not {value!r}")
    persona = Persona(name, **({"prompt": ""} | dict(table)))  # type: ignore[arg-type]  # checked above
    if not persona.prompt.strip():
        raise ConfigError(f"{where}: prompt is missing: it tells the model who it is")
    if not 5 <= persona.max_words <= 2000:
        raise ConfigError(f"{where}: max_words is to be from 5 to 2000, not {persona.max_words}")
    return persona


def cut_policy(name: str) -> CutPolicy:
    """A policy by its name. Raises ``ConfigError`` for any other."""
    for policy in get_args(CutPolicy):
        if policy == name:
            return policy  # type: ignore[no-any-return]
    raise ConfigError(f"cut is to be one of {', '.join(get_args(CutPolicy))}, not {name!r}")


def system_prompt(persona: Persona, policy: CutPolicy) -> str:
    """The first message: the persona's own words, the rules of speaking, the length. The same for a whole session."""
    parts = [
        " ".join(persona.prompt.split()),
        SPOKEN_STYLE,
        f"Speak {_LANGUAGES.get(persona.language, persona.language)}. "
        f"Keep every answer below {persona.max_words} words.",
    ]
    return "\n\n".join([*parts, MARKER_MEANING] if policy == "marker" else parts)


def messages_for(history: Sequence[Entry], persona: Persona, policy: CutPolicy, budget_tokens: int) -> Prompt:
    """The system prompt and the end of the history that fits into so many tokens, as estimated.

    Whole turns are dropped, oldest first: a turn is a user's message and all that follows it, so that neither an
    answer without its question nor half a function call is left. The last turn always stays, also where it alone is
    too long; then the server cuts as it will.
    """
    turns: list[list[ChatMessage]] = []
    for entry in history:
        if not turns or (isinstance(entry, Message) and entry.role == "user"):
            turns.append([])
        turns[-1] += _rendered(entry, policy)
    head: list[ChatMessage] = [{"role": "system", "content": system_prompt(persona, policy)}]
    tail = _prompting(history)
    room = budget_tokens - _cost(head + tail)
    costs = [_cost(turn) for turn in turns]
    dropped = 0
    while dropped < len(turns) - 1 and sum(costs[dropped:]) > room:
        dropped += 1
    dropped = min(ceil(dropped / DROP_STEP_TURNS) * DROP_STEP_TURNS, max(0, len(turns) - 1))
    return Prompt(head + [message for turn in turns[dropped:] for message in turn] + tail, dropped)


def rendered_use(use: ToolUse) -> list[ChatMessage]:
    """A call and its result, as the two messages that chat interfaces want."""
    return [
        {"role": "assistant", "content": "", "tool_calls": [called(use)]},
        {"role": "tool", "tool_name": use.name, "content": use.result},
    ]


def called(use: ToolUse) -> dict[str, Any]:
    """The call alone."""
    return {"function": {"name": use.name, "arguments": json.loads(use.arguments)}}


def estimate_tokens(text: str) -> int:
    """Tokens of a text, rather too many than too few; no vocabulary is read.

    A third of a token for each ASCII letter and space (English has 4 to 5 letters a token), one for each other ASCII
    character (Qwen and Gemma split numbers into digits), half of one for each byte of anything else (a Chinese
    character, 3 bytes, is 1 to 2 tokens).
    """
    letters = len(re.findall(r"[A-Za-z ]", text))
    ascii_others = sum(character.isascii() for character in text) - letters
    other_bytes = len(text.encode("utf-8", "replace")) - letters - ascii_others
    return ceil(letters / 3 + ascii_others + other_bytes / 2)


def _rendered(entry: Entry, policy: CutPolicy) -> list[ChatMessage]:
    if isinstance(entry, ToolUse):
        return rendered_use(entry)
    message: ChatMessage = {"role": entry.role, "content": entry.text}
    if not entry.cut or entry.role != "assistant" or policy == "none":
        return [message]
    if policy == "marker":
        return [message | {"content": entry.text + CUT_MARKER}]
    return [message, {"role": "system", "content": CUT_NOTE}]


def _prompting(history: Sequence[Entry]) -> list[ChatMessage]:
    """What stands in for the user's words where the history does not end with them, or with a function's result."""
    last = history[-1] if history else None
    if isinstance(last, ToolUse) or (last is not None and last.role == "user"):
        return []
    return [{"role": "user", "content": GO_ON if history else BEGIN}]


def _cost(messages: Sequence[ChatMessage]) -> int:
    texts = (message["content"] + str(message.get("tool_calls", "")) for message in messages)
    return sum(estimate_tokens(text) + MESSAGE_TOKENS for text in texts)
