"""Records of the journal: everything goes in and comes out again, and what is damaged is said to be so."""

import json
from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codec import FORMAT, event_of, header, history_of, settings_of, snake, step_record
from states.commands import GenerateReply, SetDeadline, StopPlayout, SynthesizeClause
from states.errors import JournalError
from states.events import EVENTS, ChunkSynthesized, Event, SpeechSustained, UtteranceAssessed, WordSpan
from states.history import Message
from states.judge import Evidence, Voice
from states.settings import DialogueSettings
from states.state import State
from states.step import Step
from tests.engine.unhurried import unhurried

COUNTS = st.integers(0, 2**40)
TEXTS = st.text()  # every character there is, lone surrogates left out
SPANS = st.lists(st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), max_size=4).map(tuple)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    int: COUNTS,
    bool: st.booleans(),
    str: TEXTS,
    tuple[WordSpan, ...]: SPANS,
}


def events_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of this class."""
    return st.builds(kind, **{f.name: BY_TYPE[f.type] for f in fields(kind)})


def step(event: Event, **changes: Any) -> Step:
    plain = Step(3, 1_500_000, event, State.IDLE, State.LISTENING, "moved", "speech", 1, 2, 0, 0)
    return replace(plain, **changes)


def as_read(record: dict[str, Any]) -> dict[str, Any]:
    """As it comes back from the file."""
    read: dict[str, Any] = json.loads(json.dumps(record))
    return read


def strings_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings_in(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in strings_in(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_round_trip_of_every_event(kind: type[Event]) -> None:
    @unhurried
    @given(event=events_of(kind))
    def round_trip(event: Event) -> None:
        again = event_of(as_read(step_record(step(event))))
        assert again == event
        assert type(again) is kind

    round_trip()


@unhurried
@given(texts=st.fixed_dictionaries({name: st.none() | TEXTS for name in ("kept", "dropped", "said")}))
def test_words_stand_only_under_text(texts: dict[str, str | None]) -> None:
    marked = {name: None if text is None else f"<{text}>" for name, text in texts.items()}
    secret = "<a secret>"
    commands = (
        GenerateReply(1, (Message("user", secret),)),
        SynthesizeClause(1, 0, secret),
        SetDeadline("state", 1, 500),
        StopPlayout(1),
    )
    record = step_record(step(UtteranceAssessed(2, secret, 80, 300, True), commands=commands, **marked))
    words = {key.removeprefix("text."): value for key, value in record.items() if key.startswith("text.")}
    assert words == {"text": secret} | {name: text for name, text in marked.items() if text is not None}
    rest = {key: value for key, value in record.items() if not key.startswith("text.")}
    assert not [text for text in strings_in(rest) if "<" in text]
    assert record["commands"] == [
        {"type": "generate_reply", "reply": 1, "messages": 1, "backchannels": 0},
        {"type": "synthesize_clause", "reply": 1, "clause": 0},
        {"type": "set_deadline", "slot": "state", "deadline": 1, "after_ms": 500},
        {"type": "stop_playout", "reply": 1},
    ]


def test_a_verdict_is_there_only_where_one_was_drawn() -> None:
    assert "verdict" not in step_record(step(SpeechSustained(1, 160)))
    assert step_record(step(SpeechSustained(1, 160), verdict="dismiss"))["verdict"] == "dismiss"


def test_snake() -> None:
    assert [snake(event.__name__) for event in EVENTS[:2]] == ["speech_started", "speech_sustained"]
    assert len({snake(event.__name__) for event in EVENTS}) == len(EVENTS)


SETTINGS = st.builds(
    DialogueSettings,
    min_voiced_ms=COUNTS,
    min_confidence_pct=st.integers(0, 100),
    backchannels=st.lists(TEXTS, max_size=3).map(tuple),
    not_understood=TEXTS,
)
HISTORIES = st.lists(
    st.builds(Message, st.sampled_from(["user", "assistant"]), TEXTS, st.booleans()), max_size=3
).map(tuple)


@unhurried
@given(settings=SETTINGS, history=HISTORIES)
def test_round_trip_of_the_head(settings: DialogueSettings, history: tuple[Message, ...]) -> None:
    record = as_read(header(settings, history, 16_000, {"llm": "scripted"}))
    assert settings_of(record) == settings
    assert history_of(record) == history
    assert (record["event"], record["format"], record["rate_hz"]) == ("session", FORMAT, 16_000)
    assert ("text.history" in record) == bool(history)


CHUNK = step_record(step(ChunkSynthesized(1, 0, 0, 800, ((0, 3, 0, 400),), True, False)))
ASSESSED = step_record(step(UtteranceAssessed(2, "stop", 80, 300, True)))


def damaged(record: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return record | {"on": record["on"] | changes}


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"on": None},
        {"on": "speech_started"},
        {"on": [1, 2]},
        {"on": {}},
        {"on": {"type": []}},
        {"on": {"type": "speech_startled", "utterance": 1}},
        {"on": {"type": "speech_started"}},
        {"on": {"type": "speech_started", "utterance": 1, "reply": 1}},
        {"on": {"type": "speech_started", "utterance": "1"}},
        {"on": {"type": "speech_started", "utterance": 1.0}},
        {"on": {"type": "speech_started", "utterance": True}},
        {"on": {"type": "speech_started", "utterance": None}},
        {key: value for key, value in ASSESSED.items() if key != "text.text"},
        ASSESSED | {"text.text": 7},
        damaged(ASSESSED, ended=1),
        damaged(CHUNK, words=3),
        damaged(CHUNK, words=[3]),
        damaged(CHUNK, words=[[1, 2, 3]]),
        damaged(CHUNK, words=[[1, 2, 3, "4"]]),
    ],
    ids=lambda record: json.dumps(record.get("on"))[:60],
)
def test_damaged_steps(record: dict[str, Any]) -> None:
    with pytest.raises(JournalError, match="known event"):
        event_of(record)


@pytest.mark.parametrize(
    "settings",
    [
        None,
        7,
        [],
        {"nonsense": 1},
        {"min_voiced_ms": "160"},
        {"min_voiced_ms": True},
        {"min_voiced_ms": -1},
        {"min_confidence_pct": 101},
        {"stall_ms": 0},
        {"backchannels": "yes"},
        {"backchannels": [1]},
    ],
)
def test_damaged_settings(settings: Any) -> None:
    with pytest.raises(JournalError, match="settings"):
        settings_of({"settings": settings})
    with pytest.raises(JournalError):
        settings_of({})


@pytest.mark.parametrize(
    "history",
    [7, [7], [{"role": "user"}], [{"role": "robot", "text": "hi"}], [{"role": "user", "text": 7}], [{"no": 1}]],
)
def test_damaged_history(history: Any) -> None:
    with pytest.raises(JournalError, match="history"):
        history_of({"text.history": history})


def test_default_settings_are_written_out() -> None:
    assert header(DialogueSettings(), (), 16_000, {})["settings"] == asdict(DialogueSettings())


def test_a_verdict_is_written_with_all_it_was_drawn_from() -> None:
    evidence = Evidence(Voice(480, 91, 70, 66, 40), silent=True, usual_level_db=70, so_far="no_words", text="secret")
    event = UtteranceAssessed(2, "secret", 80, 480, True)
    record = step_record(step(event, verdict="dismiss", evidence=evidence, usual_level_db=71))
    assert record["evidence"] == {
        "voiced_ms": 480,
        "steady_pct": 91,
        "tonal_pct": 70,
        "level_db": 66,
        "over_floor_db": 40,
        "silent": True,
        "suspicious": False,
        "usual_level_db": 70,
        "so_far": "no_words",
    }
    assert record["usual_level_db"] == 71
    assert event_of(as_read(record)) == event
