"""Human recordings for a corpus, described by a manifest.

The manifest is TOML (``clips.toml`` in the folder, or any file; paths in it are relative to the folder)::

    [[clip]]
    path = "lights/03c4.wav"
    class = "command"             # one of engine/score/classes.py
    speaker = "03c4"              # all clips of a speaker are in one split
    text = "turn on the lights"   # empty for noises
    origin = "recorded"           # or "made": not every file is a person's
    split = "dev"                 # optional; else by the speaker's name
    first_ms = 0                  # optional: the part of the file that is taken
    end_ms = 2400

    [[room]]
    path = "rir/hall.wav"         # a measured impulse response

Words lie in proportion to their letters between onset and end, and are marked as estimated.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.audio.wav_source import read_audio
from engine.config import read_toml
from engine.score.classes import ScoreError, event_class
from engine.score.clip import Clip, LabelledWord, audible_span, levelled
from engine.score.made_noises import LEVELS_DB, ROOM_DB
from engine.score.made_speech import SPEECH_DB
from engine.score.phrases import PHRASES, SPLITS, Split
from models.ports import MIC_HZ, Samples

MANIFEST = "clips.toml"
LONGEST_S = 6
"""So much of a recording is taken at most, from its first sound."""
_ROOM_S = 1.0
_MARGIN = MIC_HZ // 50
_KEYS = {"path", "class", "speaker", "text", "origin", "split", "first_ms", "end_ms"}


@dataclass(frozen=True, slots=True)
class Recordings:
    """``clips`` by split, and rooms, each the taps of its response at power 1."""

    clips: dict[Split, tuple[Clip, ...]]
    rooms: tuple[Samples, ...] = ()


def read_recordings(folder: Path, manifest: Path | None = None) -> Recordings:
    """Read what the manifest names. Raises ``ScoreError`` for what is missing or wrong, naming entry and key."""
    if not folder.is_dir():
        raise ScoreError(f"{folder}: there is no such folder of recordings")
    where = manifest if manifest is not None else folder / MANIFEST
    if not where.is_file():
        raise ScoreError(f"{where}: there is no such manifest; name one with --manifest")
    table = read_toml(where)
    if unknown := set(table) - {"clip", "room"}:
        raise ScoreError(f"{where}: unknown key {sorted(unknown)[0]!r}; known are clip, room")
    clips: dict[Split, list[Clip]] = {split: [] for split in SPLITS}
    speakers: dict[str, Split] = {}
    for number, entry in enumerate(table.get("clip", []), 1):
        place = f"{where}: clip {number}"
        split = _split(entry, place)
        clip = _clip(folder, entry, place)
        if speakers.setdefault(clip.speaker, split) != split:
            raise ScoreError(f"{place}: speaker {clip.speaker!r} is in both splits")
        clips[split].append(clip)
    rooms = tuple(_room(folder / entry["path"]) for entry in table.get("room", []))
    return Recordings({split: tuple(found) for split, found in clips.items()}, rooms)


def _split(entry: Mapping[str, Any], place: str) -> Split:
    if unknown := set(entry) - _KEYS:
        raise ScoreError(f"{place}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(_KEYS))}")
    if missing := {"path", "class", "speaker"} - set(entry):
        raise ScoreError(f"{place}: has no {sorted(missing)[0]}")
    named = entry.get("split")
    if named is None:
        return SPLITS[zlib.crc32(str(entry["speaker"]).encode()) % 2]
    for split in SPLITS:
        if named == split:
            return split
    raise ScoreError(f"{place}: split must be dev or test, not {named!r}")


def _clip(folder: Path, entry: Mapping[str, Any], place: str) -> Clip:
    kind, text = str(entry["class"]), str(entry.get("text", ""))
    try:
        event = event_class(kind)
    except ScoreError as error:
        raise ScoreError(f"{place}: {error}") from error
    if kind in PHRASES["dev"] and not text:
        raise ScoreError(f"{place}: class {kind!r} needs a text")
    sound = read_audio(folder / entry["path"])[_samples(entry.get("first_ms", 0)) :]
    sound = sound[: _samples(entry["end_ms"]) - _samples(entry.get("first_ms", 0))] if "end_ms" in entry else sound
    if event.expected != "nothing":
        first, _ = audible_span(sound)
        sound = sound[max(0, first - _MARGIN) :][: LONGEST_S * MIC_HZ]
    sound = levelled(sound, SPEECH_DB if text else LEVELS_DB.get(kind, ROOM_DB))
    onset, end = audible_span(sound)
    if end == onset:
        raise ScoreError(f"{folder / entry['path']}: is silent")
    origin: Literal["made", "recorded"] = "made" if entry.get("origin") == "made" else "recorded"
    words = _spread(text, onset, end)
    return Clip(str(entry["path"]), kind, str(entry["speaker"]), origin, sound, onset, end, text, words, bool(words))


def _samples(ms: float) -> int:
    return int(ms * MIC_HZ / 1000)


def _spread(text: str, onset: int, end: int) -> tuple[LabelledWord, ...]:
    """Words in proportion to their letters, and one letter more for what is between them."""
    words = text.split()
    edges = np.cumsum([0, *(len(word) + 1 for word in words)])
    places = onset + edges * (end - onset) // max(1, int(edges[-1]))
    return tuple(LabelledWord(word, int(a), int(b)) for word, a, b in zip(words, places, places[1:], strict=False))


def _room(path: Path) -> Samples:
    taps = read_audio(path)
    taps = taps[int(np.argmax(np.abs(taps))) :][: int(_ROOM_S * MIC_HZ)]
    return (taps / float(np.sqrt(np.sum(np.square(taps, dtype=np.float64))))).astype(np.float32)
