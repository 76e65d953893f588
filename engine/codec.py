"""Events, commands and steps as plain records, and events back again.

Spoken words stand only under ``text.*`` at the top of a record, so that leaving them out is one rule.
"""

import re
from dataclasses import asdict, fields
from typing import Any

from states.commands import Command, GenerateReply
from states.errors import JournalError
from states.events import EVENTS, Event
from states.history import Message
from states.settings import DialogueSettings
from states.step import Step

Record = dict[str, Any]

FORMAT = 1
"""Version of the journal; raised when a reader of the old one would misread the new."""


def snake(name: str) -> str:
    """``SpeechStarted`` gives ``speech_started``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_EVENTS = {snake(event.__name__): event for event in EVENTS}
_FIELDS = {event: tuple(field.name for field in fields(event)) for event in EVENTS}


def header(settings: DialogueSettings, history: tuple[Message, ...], rate_hz: int) -> Record:
    """The first line of a journal: all that the core was given besides its events."""
    record: Record = {"event": "session", "format": FORMAT, "rate_hz": rate_hz, "settings": asdict(settings)}
    if history:
        record["text.history"] = [asdict(message) for message in history]
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
    if step.verdict is not None:
        record["verdict"] = step.verdict
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
        return kind(**on)
    except (KeyError, TypeError) as error:
        raise JournalError(f"line {record.get('seq', '?')} tells of no known event: {error}") from error


def settings_of(record: Record) -> DialogueSettings:
    """The settings in a header record."""
    try:
        values: Record = {k: tuple(v) if isinstance(v, list) else v for k, v in record["settings"].items()}
        return DialogueSettings(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalError(f"the head of the journal holds no settings of this version: {error}") from error


def history_of(record: Record) -> tuple[Message, ...]:
    """The history that the session began with."""
    return tuple(Message(**message) for message in record.get("text.history", ()))


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
