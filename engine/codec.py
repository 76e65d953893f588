"""Events, commands and steps as plain records, and events back again.

Spoken words stand only under ``text.*`` at the top of a record, so that leaving them out is one rule.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar

from states.commands import Command, GenerateReply
from states.errors import JournalError
from states.events import EVENTS, Event, WordSpan
from states.history import Entry, entry_from, entry_record
from states.judge import Evidence
from states.settings import DialogueSettings
from states.step import Step

Record = dict[str, Any]

T = TypeVar("T")

FORMAT = 1
"""Version of the journal; raised when a reader of the old one would misread the new."""


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


def event_of(record: Record) -> Event:
    """The event that a transition record tells of.

    Raises ``JournalError`` where the record is no transition of this format, or its words were left out.
    """
    try:
        on = dict(record["on"])
        kind = _EVENTS[on.pop("type")]
        on |= {name: record[f"text.{name}"] for name in kind.spoken}
        if "words" in on:
            on["words"] = tuple(tuple(span) for span in on["words"])
        _check(on, _FIELDS[kind])
        return kind(**on)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalError(f"step {record.get('seq', '?')} tells of no known event: {error}") from error


def settings_of(record: Record) -> DialogueSettings:
    """The settings in a header record."""
    try:
        return _settings(DialogueSettings, record["settings"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise JournalError(f"the head of the journal holds no settings of this version: {error}") from error


def _settings(kind: type[T], record: Record) -> T:
    """A dataclass of settings, others within it."""
    kinds = {f.name: f.type for f in fields(kind)}  # type: ignore[arg-type]
    values: Record = {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}
    for name, value in values.items():
        if is_dataclass(inner := kinds.get(name)) and isinstance(inner, type):
            values[name] = _settings(inner, value)
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
