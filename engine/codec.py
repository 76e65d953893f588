"""Events, commands and steps as plain records, and events back again.

Spoken words stand only under ``text.*`` at the top of a record, so that leaving them out is one rule.

Older journals stay readable. What a later version added, an older line lacks: a field with a default takes it. What a
later version took away, it drops. Whether the core of today still makes the same steps of it is another question, and
``engine/inspect/verify.py`` answers it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Literal, TypeVar, get_args, get_origin

import orjson

from states.commands import Command, GenerateReply
from states.errors import JournalError
from states.events import EVENTS, Event, WordSpan
from states.history import Entry, entry_from, entry_record
from states.judge import Evidence
from states.settings import DialogueSettings
from states.step import Step

Record = dict[str, Any]

T = TypeVar("T")

FORMAT = 2
"""Version of the journal: raised once a release, where journals of the one before no longer re-execute to the same
steps, be it that their form has changed or the rules of the dialogue. 1: version 0.1."""

OLDEST = 1
"""The oldest version that is still read."""

_THEN: Record = {"prepare": False}
"""Settings of version 1, by today's names, that it could not yet be given: so it did things then."""


def snake(name: str) -> str:
    """``SpeechStarted`` gives ``speech_started``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_EVENTS = {snake(event.__name__): event for event in EVENTS}
_FIELDS: dict[type[Event], dict[str, Any]] = {event: {f.name: f.type for f in fields(event)} for event in EVENTS}


def header(settings: DialogueSettings, history: tuple[Entry, ...], rate_hz: int, models: Mapping[str, str]) -> Record:
    """The first line of a journal: all that the core was given besides its events, and who plays which role."""
    record: Record = {"event": "session", "format": FORMAT, "rate_hz": rate_hz, "settings": asdict(settings)}
    record["models"] = dict(models)
    if history:
        record["text.history"] = [entry_record(entry) for entry in history]
    return record


def step_record(step: Step) -> Record:
    """One step as one line of the journal."""
    event = step.event
    record: Record = {
        "event": "transition",
        "seq": step.seq,
        "t_us": step.now_us,
        "source": step.source.value,
        "dest": step.dest.value,
        "outcome": step.outcome,
        "reason": step.reason,
        "turn": step.turn,
        "utterance": step.utterance,
        "reply": step.reply,
        "heard_samples": step.heard_samples,
        "commands": [_command_record(command) for command in step.commands],
        "on": {
            "type": snake(type(event).__name__),
            **{name: getattr(event, name) for name in _FIELDS[type(event)] if name not in event.spoken},
        },
    }
    record |= {f"text.{name}": getattr(event, name) for name in event.spoken}
    for name in ("kept", "dropped", "said"):
        if (words := getattr(step, name)) is not None:
            record[f"text.{name}"] = words
    if step.cut:
        record["cut"] = True
    for name in ("verdict", "wait_ms", "wait_why", "learned_ms", "usual_level_db"):
        if (value := getattr(step, name)) is not None:
            record[name] = value
    if step.evidence is not None:
        record["evidence"] = _evidence_record(step.evidence)
    return record


def _evidence_record(evidence: Evidence) -> Record:
    """What a verdict was drawn from, less its words and what the event itself tells."""
    record: Record = asdict(evidence.voice)
    for name in ("silent", "suspicious", "usual_level_db", "so_far"):
        record[name] = getattr(evidence, name)
    return record


def as_line(record: Mapping[str, Any]) -> str:
    """A record as JSON: sorted, dense, and readable as it is; without a line's end.

    orjson gives the same bytes as ``json`` in a seventh of the time, but knows neither half a surrogate pair, which a
    model may yield, nor more than 64 bits.
    """
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_of(record: Record, *, older: bool = False) -> Event:
    """The event that a transition record tells of. ``older``: it may have fields that events no longer have.

    Raises ``JournalError`` where the record is no transition of this format, or its words were left out.
    """
    try:
        on = dict(record["on"])
        kind = _EVENTS[on.pop("type")]
        if older:
            on = {name: value for name, value in on.items() if name in _FIELDS[kind]}
        on |= {name: record[f"text.{name}"] for name in kind.spoken if f"text.{name}" in record}
        if "words" in on:
            on["words"] = tuple(tuple(span) for span in on["words"])
        _check(on, _FIELDS[kind])
        return kind(**on)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalError(f"step {record.get('seq', '?')} tells of no known event: {error}") from error


def is_older(head: Record) -> bool:
    """Whether an older version wrote the journal with this head."""
    return bool(head.get("format", FORMAT) != FORMAT)


def settings_of(record: Record) -> DialogueSettings:
    """The settings in a header record."""
    try:
        record, older = record["settings"], is_older(record)
        return _settings(DialogueSettings, {**(_THEN if older else {}), **record}, older=older)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise JournalError(f"the head of the journal holds no settings of this version: {error}") from error


def _settings(kind: type[T], record: Record, *, older: bool) -> T:
    """A dataclass of settings, others within it. ``older``: there may be some that are no more."""
    kinds = {f.name: f.type for f in fields(kind)}  # type: ignore[arg-type]
    values: Record = {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}
    if older:
        values = {name: value for name, value in values.items() if name in kinds}
    for name, value in values.items():
        if is_dataclass(inner := kinds.get(name)) and isinstance(inner, type):
            values[name] = _settings(inner, value, older=older)
    _check(values, kinds)
    return kind(**values)


def history_of(record: Record) -> tuple[Entry, ...]:
    """The history that the session began with."""
    try:
        return tuple(entry_from(entry) for entry in record.get("text.history", ()))
    except (TypeError, ValueError) as error:
        raise JournalError(f"the head of the journal holds no history: {error}") from error


def _check(values: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    """Raise ``TypeError`` for a value that is not exactly of its kind: a log may have been edited by hand."""
    for name, kind in kinds.items():
        if name in values and not _is(values[name], kind):
            raise TypeError(f"{name} is {values[name]!r}")


def _is(value: Any, kind: Any) -> bool:
    if kind == tuple[str, ...]:  # before ``type``, of which Python 3.10 takes it for one
        return isinstance(value, tuple) and all(type(text) is str for text in value)
    if kind == tuple[WordSpan, ...]:
        return isinstance(value, tuple) and all(
            len(span) == 4 and all(type(n) is int for n in span) for span in value
        )
    if get_origin(kind) is Literal:
        return type(value) is str and value in get_args(kind)
    assert isinstance(kind, type), f"no rule for {kind}"
    return type(value) is kind  # True is no 1 here


def _command_record(command: Command) -> Record:
    """Ids and numbers of a command; its words are those of the event or of the history."""
    record: Record = {"type": snake(type(command).__name__)}
    for field in fields(command):
        value = getattr(command, field.name)
        if isinstance(command, GenerateReply) and field.name == "messages":
            record["messages"] = len(command.messages)
        elif field.name != "text":
            record[field.name] = value
    return record
