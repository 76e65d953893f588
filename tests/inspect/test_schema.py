"""The published schema: it is the one of today's dataclasses, it takes every line we write, and refuses others."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codec import FORMAT, OLDEST, header, step_record
from engine.inspect.schema import checker, journal_schema, schema_of, schema_text
from states.events import EVENTS, Event
from states.history import Message, ToolUse
from states.settings import DialogueSettings
from tests.engine.test_codec import as_read, events_of, step
from tests.engine.unhurried import unhurried

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = sorted(ROOT.glob("scenarios/*/expected.jsonl"))
MEND = f"is2s inspect --schema > engine/inspect/schemas/journal-{FORMAT}.schema.json"


def test_the_published_schema_is_that_of_the_dataclasses() -> None:
    assert schema_of(FORMAT) == schema_text(), f"mend it with: {MEND}"


def test_it_is_a_schema_of_the_draft_it_names() -> None:
    for version in range(OLDEST, FORMAT + 1):
        schema = json.loads(schema_of(version))
        assert schema["$id"] == f"urn:is2s:journal:{version}"
        jsonschema_rs.meta.validate(schema)
    with pytest.raises(ValueError, match="no format"):
        schema_of(FORMAT + 1)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.parent.name)
def test_every_recorded_scenario_holds_to_it(path: Path) -> None:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    wrong = checker(lines[0]["format"])
    assert [found for line in lines if (found := wrong(line))] == []


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_holds_to_it_and_no_field_may_be_another(kind: type[Event]) -> None:
    wrong = checker(FORMAT)

    @unhurried
    @given(event=events_of(kind), said=st.none() | st.text())
    def holds(event: Event, said: str | None) -> None:
        line = as_read(step_record(step(event, said=said)))
        assert wrong(line) == ""
        for name in line["on"]:
            assert wrong(line | {"on": line["on"] | {name: None}})
        for field in fields(kind):
            if field.name in kind.spoken:
                assert wrong(line | {f"text.{field.name}": 7})
        assert wrong(line | {"on": line["on"] | {"mood": 1}})

    holds()


def test_the_head() -> None:
    wrong = checker(FORMAT)
    history = (Message("user", "hi"), ToolUse("lamp", "{}", "on"), Message("assistant", "yes", cut=True))
    head = as_read(header(DialogueSettings(), history, 16_000, {"llm": "scripted"}))
    assert wrong(head) == ""
    changes: list[dict[str, Any]] = [
        {"format": FORMAT + 1},
        {"rate_hz": 0},
        {"models": {"llm": 1}},
        {"settings": head["settings"] | {"stall_ms": "8"}},
        {"settings": head["settings"] | {"mood": 1}},
        {"text.history": [{"role": "robot", "text": "hi", "cut": False}]},
        {"wall_clock": "today"},
    ]
    for change in changes:
        assert wrong(head | change), change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"t_us": 1.5}, "t_us"),
        ({"dest": "dreaming"}, "dest"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"commands": [{"type": "sing"}]}, "commands.0.type"),
        ({"commands": [{"type": "duck_playout", "reply": "1"}]}, "commands.0.reply"),
        ({"mood": 1}, "mood"),
        ({"text.kept": 1}, "text.kept"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(change: dict[str, Any], place: str) -> None:
    line = json.loads(GOLDENS[0].read_text(encoding="utf-8").split("\n")[2])
    assert place in checker(FORMAT)(line | change)


def test_every_part_is_described() -> None:
    parts = journal_schema()["$defs"]
    assert all(parts[name]["description"] for name in parts if name.startswith(("on.", "command.")))
