"""A recorded session made into a scenario folder, to be edited and kept."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import tomli_w

from engine.cassette.session import as_scenario, microphone
from engine.config import Config
from engine.earlier import earlier_of
from engine.inspect.reader import read_log
from engine.replay.runner import Replay, replay
from engine.replay.scenario import Scenario, load
from models.cassette import FULL_SCALE
from models.ports import MIC_HZ
from states.errors import ScenarioError
from states.state import State

_REVIEW = """
# TO BE REVIEWED BY A PERSON: what follows is what happened, and not yet what should happen. Change each line to what
# a user would want; where the engine did something else, the replay then fails until the engine is mended.
"""


def new_scenario(session: Path, folder: Path) -> Replay:
    """Make ``folder`` of a session recorded with ``--record``; return the replay that its golden log was taken from.

    Nothing is left behind where it fails. Raises ``ScenarioError`` where ``folder`` is there already, and
    ``IS2SError`` where the session cannot be read.
    """
    if folder.exists():
        raise ScenarioError(f"{folder} is there already; choose another --output")
    if earlier_of(read_log(session).head).history:
        raise ScenarioError(f"{session}: goes on from another session, whose words a scenario cannot begin with")
    source, sound = as_scenario(session), microphone(session)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".is2s-", dir=folder.parent) as temporary:
        made = Path(temporary) / folder.name
        made.mkdir()
        levels = np.rint(sound * FULL_SCALE).astype(np.int16)
        soundfile.write(made / "user.wav", levels, MIC_HZ, subtype="PCM_16")
        shutil.copytree(session / "cassette", made / "cassette")
        # Twice: only its own replay tells what there is to expect, as a live session's times are not the same.
        (made / "scenario.toml").write_text(_toml(source, None, session), encoding="utf-8", newline="\n")
        result = replay(load(made))
        (made / "scenario.toml").write_text(_toml(source, result, session), encoding="utf-8", newline="\n")
        (made / "expected.jsonl").write_text(result.journal, encoding="utf-8", newline="\n")
        made.rename(folder)
    return result


def _toml(source: Scenario, result: Replay | None, session: Path) -> str:
    said = next((m.text for m in result.history if m.role == "user"), "nothing") if result is not None else ""
    table: dict[str, Any] = {
        "title": f"Recorded in session {session.resolve().name}: {' '.join(said.split())}",
        "covers": [],
        "flat": True,
        "models": asdict(source.file.models),
    }
    if changed := _changed(source.config):
        table["settings"] = changed
    if source.file.key:
        table["key"] = [{"press": entry.press, "at_ms": entry.at_ms} for entry in source.file.key]
    text = tomli_w.dumps(table)
    return text if result is None else text + _REVIEW + tomli_w.dumps({"expect": _expect(result)})


def _changed(config: Config) -> dict[str, Any]:
    """The settings that are not the default, by section; models and their options are the cassette's."""
    mine, usual = asdict(config), asdict(Config())
    found: dict[str, Any] = {}
    for section, values in mine.items():
        if section in ("models", "options", "echo"):  # a simulated echo is on the recording already
            continue
        other: Mapping[str, Any] = usual[section]
        if differing := {key: _listed(value) for key, value in values.items() if value != other[key]}:
            found[section] = differing
    return found


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _expect(result: Replay) -> dict[str, Any]:
    moved = [step.dest for step in result.steps if step.outcome == "moved"]
    return {
        "path": [state.value for state in moved],
        "barge_ins": moved.count(State.INTERRUPTED),
        "dismissed": [step.reason for step in result.steps if step.verdict == "dismiss"],
        "history": [[message.role, message.text] for message in result.history],
    }
