"""The scenario file: what is said to the assistant, what the models answer, and what must come of it.

``scenarios/README.md`` is the specification. This module reads a folder into values and refuses what it does not
know, with the file, the key and what is accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from engine.audio.echo_path import EchoPath
from engine.config import Config, build, check_keys, read_toml
from states.errors import ConfigError, ScenarioError
from states.state import State


@dataclass(frozen=True, slots=True)
class After:
    """A moment in the conversation; exactly one of ``reply``, ``state`` and ``user`` names it.

    ``reply``: its first sample, or with ``word`` the start of that word (from 1), or with ``end`` its end.
    ``state``: the ``nth`` time that it is entered. ``user``: the end of that entry (from 1). ``plus_ms`` later.
    """

    reply: int = 0
    word: int = 0
    end: bool = False
    state: str = ""
    nth: int = 1
    user: int = 0
    plus_ms: int = 0


@dataclass(frozen=True, slots=True)
class UserEntry:
    """Something the microphone hears.

    ``heard`` and all after it are what a scripted recogniser makes of it: ``models.scripted.Take``.
    """

    clip: str = ""
    gain_db: float = 0.0
    noise: str = ""
    snr_db: float = 0.0
    at_ms: int | None = None
    after: After | None = None
    heard: str | None = None
    confidence_pct: int = -1
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    final_pct: int = -1
    error: str = ""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """Something at the keyboard, or a turn that is typed.

    ``stop`` is the hard stop, ``quit`` ends the session, ``mute`` and ``unmute`` switch the microphone.
    """

    press: Literal["stop", "quit", "mute", "unmute"] = "stop"
    typed: str = ""
    at_ms: int | None = None
    after: After | None = None


@dataclass(frozen=True, slots=True)
class AnswerEntry:
    """What the scripted language model says; see ``models.scripted.ScriptedAnswer``."""

    text: str
    on: str = ""
    error: str = ""
    fail_after_words: int | None = None
    stall_after_words: int | None = None
    endless: bool = False
    tool: str = ""
    tool_result: str = "done"


@dataclass(frozen=True, slots=True)
class VoiceEntry:
    """How the scripted synthesiser speaks; see ``models.scripted.ScriptedSynthesizer``.

    ``clip``: a sound of ``clips/`` beside the scenario's folder, spoken in place of tones.
    """

    word_ms: int = 300
    fail_on: str = ""
    mute_on: str = ""
    estimated: bool = False
    clip: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Which backend plays each role."""

    vad: str = "silero"
    stt: str = "scripted"
    llm: str = "scripted"
    tts: str = "scripted"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a person demands of the replay, beside the golden log. What is left out is not looked at.

    ``path``: the states entered, in order. ``barge_ins``: how often a reply was interrupted. ``dismissed``: reasons
    why speech during a reply did not interrupt, in order. ``reasons``: these must occur among all reasons.
    ``history``: pairs of role and words. ``tolerance_words``: how many words an assistant's message may differ by.
    """

    path: tuple[str, ...] | None = None
    barge_ins: int | None = None
    dismissed: tuple[str, ...] | None = None
    reasons: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] | None = None
    tolerance_words: int = 0


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """``scenario.toml`` as written. ``golden``: the log is promised to the byte.

    ``flat``: ``user.wav`` is the whole microphone, each take at its ``at_ms``, and can be played as it is.
    """

    title: str
    covers: tuple[str, ...] = ()
    golden: bool = True
    flat: bool = False
    models: Roles = field(default_factory=Roles)
    settings: dict[str, Any] = field(default_factory=dict)
    echo: EchoPath | None = None
    voice: VoiceEntry = field(default_factory=VoiceEntry)
    user: tuple[UserEntry, ...] = ()
    assistant: tuple[AnswerEntry, ...] = ()
    key: tuple[KeyEntry, ...] = ()
    expect: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario folder, read and checked."""

    folder: Path
    file: ScenarioFile
    config: Config

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def golden_path(self) -> Path:
        """Where the golden log lies."""
        return self.folder / "expected.jsonl"


def find(paths: list[Path]) -> list[Path]:
    """Every folder to replay among these paths and directly below them, sorted: scenarios and recorded sessions.

    Raises ``ScenarioError`` for a path without any.
    """
    found: list[Path] = []
    for path in paths:
        here = (
            [path] if _can_be_replayed(path) else sorted(inner for inner in path.glob("*") if _can_be_replayed(inner))
        )
        if not here and (path / "transitions.jsonl").is_file():
            raise ScenarioError(f"{path}: this session has no cassette; keep one with: is2s run --record")
        if not here:
            raise ScenarioError(f"{path}: no scenario here; a scenario is a folder with a scenario.toml")
        found += here
    return found


def _can_be_replayed(folder: Path) -> bool:
    return (folder / "scenario.toml").is_file() or (folder / "cassette" / "head.json").is_file()


def load(folder: Path, settings: Mapping[str, Any] | None = None) -> Scenario:
    """Read a scenario. ``settings`` override those in the file. Raises ``ScenarioError``."""
    from pydantic import TypeAdapter, ValidationError

    from engine.config import merged

    where = f"{folder / 'scenario.toml'}"
    try:
        table = read_toml(folder / "scenario.toml")
        check_keys(ScenarioFile, table, where)
        file = TypeAdapter(ScenarioFile).validate_python(table)
        config = build(merged(file.settings, settings or {}), where=f"{where}: settings")
    except ConfigError as error:
        raise ScenarioError(str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ScenarioError(f"{where}: {place}: {first['msg']}") from error
    if not file.user and (folder / "user.wav").is_file():
        file = replace(file, user=(UserEntry(at_ms=0),))  # recorded by somebody: heard as it is, from the start
    for number, entry in enumerate(file.user, 1):
        _check_moment(entry.at_ms, entry.after, f"{where}: user {number}")
    for number, key in enumerate(file.key, 1):
        _check_moment(key.at_ms, key.after, f"{where}: key {number}")
    return Scenario(folder, file, config)


def _check_moment(at_ms: int | None, after: After | None, where: str) -> None:
    if (at_ms is None) == (after is None):
        raise ScenarioError(f"{where}: give either at_ms or after")
    if at_ms is not None and at_ms < 0:
        raise ScenarioError(f"{where}: at_ms must not be negative")
    if after is None:
        return
    named = [name for name in ("reply", "state", "user") if getattr(after, name)]
    if len(named) != 1:
        raise ScenarioError(f"{where}: after must name exactly one of reply, state and user")
    if (after.word or after.end) and not after.reply:
        raise ScenarioError(f"{where}: after.word and after.end need a reply")
    if after.state and after.state not in (known := [state.value for state in State]):
        raise ScenarioError(f"{where}: after.state {after.state!r} is none of {', '.join(known)}")
    if after.nth < 1 or min(after.reply, after.word, after.user) < 0:
        raise ScenarioError(f"{where}: after counts replies, words, entries and times from 1")
