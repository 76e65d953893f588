"""A recorded session as something that can be replayed: its microphone, its keys, its settings and its cassette."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from engine.config import build, merged, read_toml
from engine.inspect.reader import Log, read_log
from engine.replay.scenario import KeyEntry, Roles, Scenario, ScenarioFile, UserEntry
from models.cassette import FULL_SCALE
from models.cassette_reading import Cassette, read_cassette
from models.ports import MIC_HZ, Samples
from states.errors import AudioFileError

CASSETTE = Roles("cassette", "cassette", "cassette", "cassette")
"""Every role is played from the cassette."""


def microphone(folder: Path) -> Samples:
    """What the session's microphone heard: the left channel of ``conversation.wav``, shape (n,), 16 bit.

    Without the quiet after the end of the input, which the replay adds as the session did. Raises ``AudioFileError``
    where there is no such sound, ``BackendError`` where there is no cassette.
    """
    path = folder / "conversation.wav"
    try:
        levels, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioFileError(f"{path}: cannot be read or is damaged: {error}") from error
    if rate_hz != MIC_HZ or not len(levels):
        raise AudioFileError(f"{path}: is no recording of a session: {len(levels)} samples at {rate_hz} Hz")
    length = read_cassette(folder / "cassette").source_samples
    heard: Samples = (levels[:length, 0] / np.float32(FULL_SCALE)).astype(np.float32)
    return heard


def as_scenario(folder: Path, settings: Mapping[str, Any] | None = None) -> Scenario:
    """A session folder as a scenario in memory; ``settings`` override its own.

    Raises ``BackendError`` for a bad cassette, ``ConfigError`` for settings, ``JournalError`` and ``AudioFileError``.
    """
    cassette = read_cassette(folder / "cassette")
    own = read_toml(folder / "config.toml")
    config = build(merged(own, settings or {}), where=str(folder / "config.toml"))
    keys = keys_of(read_log(folder), cassette, soundfile_samples(folder))
    file = ScenarioFile(
        title=f"session {folder.resolve().name}",
        golden=cassette.clock == "virtual",
        models=CASSETTE,
        settings=own,
        user=(UserEntry(at_ms=0),),
        key=keys,
    )
    return Scenario(folder, file, config)


def soundfile_samples(folder: Path) -> int:
    """Length of the session's recording. Raises ``AudioFileError``."""
    path = folder / "conversation.wav"
    try:
        return int(soundfile.info(path).frames)
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioFileError(f"{path}: cannot be read or is damaged: {error}") from error


def keys_of(log: Log, cassette: Cassette, recorded_samples: int) -> tuple[KeyEntry, ...]:
    """The keys that were pressed, the turns that were typed, and the end where the user left before the input did.

    A key is pressed with the block that holds its moment; a millisecond earlier keeps a moment at a block's very end
    in that block.
    """
    keys: list[KeyEntry] = []
    for line in log.lines:
        at_ms = max(0, line["t_us"] // 1000 - 1)
        match line["on"]["type"]:
            case "stop_requested":
                keys.append(KeyEntry("stop", at_ms=at_ms))
            case "microphone_muted":
                keys.append(KeyEntry("mute", at_ms=at_ms))
            case "microphone_unmuted":
                keys.append(KeyEntry("unmute", at_ms=at_ms))
            case "turn_typed":
                keys.append(KeyEntry(typed=line["text.text"], at_ms=at_ms))
            case _:
                pass
    if cassette.source_samples is None or recorded_samples < cassette.source_samples:
        keys.append(KeyEntry("quit", at_ms=max(0, recorded_samples * 1000 // MIC_HZ - 1)))
    return tuple(keys)


def is_session(folder: Path) -> bool:
    """Whether this is the folder of a session, and not that of a scenario."""
    return (folder / "transitions.jsonl").is_file() and not (folder / "scenario.toml").is_file()
