"""Settings: what is wrong is said in one line that names the place, and what is right comes back as it was."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cli.settings import assigned, table_of
from engine.config import Config, as_toml, build, check_keys, merged, parse_toml, read_toml
from engine.replay.scenario import ScenarioFile
from states.errors import ConfigError
from tests.engine.unhurried import unhurried


def refused(table: dict[str, Any]) -> str:
    """The message for a bad table; always one line that names the place it came from."""
    with pytest.raises(ConfigError) as caught:
        build(table, where="my.toml")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("my.toml: ")
    return message


# Keys.


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"modles": {}}, "my.toml: unknown key 'modles'; did you mean 'models'?"),
        ({"models": {"sst": "x"}}, "my.toml: models: unknown key 'sst'; did you mean 'stt'?"),
        ({"dialogue": {"stal_ms": 1}}, "my.toml: dialogue: unknown key 'stal_ms'; did you mean 'stall_ms'?"),
        (
            {"endpointing": {"silence": 1}},
            "my.toml: endpointing: unknown key 'silence'; did you mean 'silence_ms'?",
        ),
        ({"playout": {"xyz": 1}}, "my.toml: playout: unknown key 'xyz'; known are duck_db, fade_ms"),
        ({"": 1}, "my.toml: unknown key ''; known are "),
    ],
)
def test_unknown_keys(table: dict[str, Any], message: str) -> None:
    assert refused(table).startswith(message)


def test_unknown_keys_in_lists_of_tables() -> None:
    table = {"title": "t", "user": [{"clip": "a"}, {"clip": "b", "after": {"rply": 1}}]}
    with pytest.raises(ConfigError) as caught:
        check_keys(ScenarioFile, table, "s.toml")
    assert str(caught.value) == "s.toml: user 2: after: unknown key 'rply'; did you mean 'reply'?"


def test_options_of_backends_are_their_own() -> None:
    options = {"espeak": {"voice": "en-us", "deep": {"er": [1, 2]}}}
    assert build({"options": options}).options == options


# Values.


@pytest.mark.parametrize(
    "table",
    [
        {"dialogue": {"stall_ms": "300"}},
        {"dialogue": {"stall_ms": "soon"}},
        {"dialogue": {"stall_ms": True}},
        {"dialogue": {"stall_ms": 1.5}},
        {"dialogue": {"stall_ms": {"x": 1}}},
        {"dialogue": {"backchannels": "yes"}},
        {"dialogue": {"backchannels": [1]}},
        {"dialogue": {"not_understood": 5}},
        {"models": {"tts": 5}},
        {"models": 5},
        {"options": {"espeak": 5}},
        {"options": []},
        {"playout": {"duck_db": "quiet"}},
        {"endpointing": {"onset_threshold": False}},
    ],
    ids=str,
)
def test_wrong_types(table: dict[str, Any]) -> None:
    (section, inner), *_ = table.items()
    place = f"{section}.{next(iter(inner))}" if isinstance(inner, dict) else section
    assert refused(table).startswith(f"my.toml: {place}")


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("dialogue", "stall_ms", 0),
        ("dialogue", "stall_ms", -1),
        ("dialogue", "min_confidence_pct", 101),
        ("endpointing", "silence_ms", 0),
        ("endpointing", "onset_threshold", 1.5),
        ("endpointing", "offset_threshold", 0.9),
        ("endpointing", "onset_threshold", float("nan")),
        ("playout", "fade_ms", 9),
        ("playout", "fade_ms", 31),
        ("playout", "duck_db", 1),
        ("playout", "duck_db", -61),
        ("playout", "duck_db", float("nan")),
        ("generation", "max_pieces", 0),
        ("generation", "ahead_ms", -1),
        ("latency", "synthesis_ms", -1),
        ("session", "tail_ms", -1),
        ("session", "max_s", 0),
    ],
)
def test_out_of_range(section: str, key: str, value: float) -> None:
    message = refused({section: {key: value}})
    assert message.startswith(f"my.toml: {section}: ")
    assert key.partition("_")[0] in message


def test_an_integer_will_do_for_a_float() -> None:
    assert build({"playout": {"duck_db": -6}}).playout.duck_db == -6.0


def test_nothing_given_is_the_default() -> None:
    assert build({}) == Config()


# Files.


@pytest.mark.parametrize("text", ["a = ", "[models", "a = 1\na = 2", "\x00", "models.vad = yes"])
def test_malformed_toml(tmp_path: Path, text: str) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"my\.toml: not valid TOML") as caught:
        read_toml(path)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: No such file"):
        read_toml(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        read_toml(tmp_path)
    (tmp_path / "latin.toml").write_bytes('name = "größer"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.toml: not valid TOML"):
        read_toml(tmp_path / "latin.toml")


# What overrides what.


def test_file_then_set_then_flags(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text(
        '[models]\nvad = "file"\nstt = "file"\nllm = "file"\n[endpointing]\nsilence_ms = 700\npause_ms = 150\n',
        encoding="utf-8",
    )
    table = table_of(path, ["models.stt=set", "models.llm=set", "endpointing.silence_ms=800"], llm="flag", tts=None)
    config = build(table)
    assert (config.models.vad, config.models.stt, config.models.llm, config.models.tts) == (
        "file",
        "set",
        "flag",
        "auto",
    )
    assert (config.endpointing.silence_ms, config.endpointing.pause_ms) == (800, 150)


def test_the_last_assignment_holds() -> None:
    assert table_of(None, ["session.max_s=1", "session.max_s=2"]) == {"session": {"max_s": 2}}
    assert table_of(None, []) == {}


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("a.b=1", {"a": {"b": 1}}),
        (" a.b = 1.5 ", {"a": {"b": 1.5}}),
        ("a.b=true", {"a": {"b": True}}),
        ("a.b=espeak", {"a": {"b": "espeak"}}),
        ('a.b="espeak"', {"a": {"b": "espeak"}}),
        ("a.b=x=y", {"a": {"b": "x=y"}}),
        ("a.b=", {"a": {"b": ""}}),
        ("a.b=[1, 2]", {"a": {"b": [1, 2]}}),
        ("a.b={c = 1}", {"a": {"b": {"c": 1}}}),
        ("a.b=Sorry, what?", {"a": {"b": "Sorry, what?"}}),
    ],
)
def test_assignments(text: str, table: dict[str, Any]) -> None:
    assert assigned(text) == table


@pytest.mark.parametrize("text", ["", "a.b", "=1", "  =1"])
def test_bad_assignments(text: str) -> None:
    with pytest.raises(ConfigError, match=r"write it as section\.key=value"):
        assigned(text)


def test_an_assignment_below_a_value_is_refused() -> None:
    assert refused(table_of(None, ["dialogue.stall_ms.x=3"])).startswith("my.toml: dialogue.stall_ms")


TABLES = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@unhurried
@given(a=st.dictionaries(st.sampled_from("abc"), TABLES), b=st.dictionaries(st.sampled_from("abc"), TABLES))
def test_merging(a: dict[str, Any], b: dict[str, Any]) -> None:
    before = repr((a, b))
    found = merged(a, b)
    assert repr((a, b)) == before
    assert merged(a, {}) == a
    assert merged({}, b) == b
    assert merged(found, b) == found
    assert set(found) == set(a) | set(b)
    for key, value in b.items():
        if not isinstance(value, dict):
            assert found[key] == value


# The settings in effect.

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
TABLE_OF_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "models": st.fixed_dictionaries({}, optional={"vad": WORDS, "tts": WORDS}),
        "options": st.dictionaries(WORDS, st.dictionaries(WORDS, WORDS | st.integers(-9, 9) | st.booleans())),
        "dialogue": st.fixed_dictionaries(
            {}, optional={"not_understood": WORDS, "stall_ms": st.integers(1, 10**9), "fillers": st.lists(WORDS)}
        ),
        "playout": st.fixed_dictionaries({}, optional={"duck_db": st.floats(-60, 0), "fade_ms": st.integers(10, 30)}),
    },
)


@settings(max_examples=30, deadline=None)  # each makes its validators anew
@given(table=TABLE_OF_SETTINGS)
def test_written_settings_give_the_same(table: dict[str, Any]) -> None:
    config = build(table)
    again = build(parse_toml(as_toml(config)))
    assert again == config
    assert as_toml(again) == as_toml(config)


def test_every_value_is_written_out() -> None:
    table = parse_toml(as_toml(Config()))
    assert set(table) == set(Config.__dataclass_fields__)
    assert table["dialogue"]["stall_ms"] == Config().dialogue.stall_ms
