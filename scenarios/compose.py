"""Composes what the user says in a scenario: ``user.wav`` and its labels, from ``scenario.toml`` and the clip bank.

The idea: truth by construction. The bank's clips are labelled to the sample, so whatever is laid out from them is
labelled too, and no one ever marks an onset by ear. A *take* is one clip at one gain over one noise; ``user.wav``
holds each distinct take once, in order of first use, 100 ms of digital silence between two. WHEN a take is heard is
not decided here: the replay places its region on the microphone's timeline at run time. Only where the scenario says
``flat = true`` does each take lie at its ``at_ms``: that recording can be played as it is, by other means too.

Run as ``python scenarios/compose.py [--check] [FOLDER ...]``; without folders, all scenarios. The result is the same
to the byte on every run and machine: all sound is 16 bit integers times a gain rounded to 2^-16, so nothing depends
on the order of a sum or on a vector unit, and a noise starts where its and the clip's names say (CRC-32).
A scenario without ``[[user]]`` entries is left alone: its ``user.wav``, if any, was recorded.
Exit status: 0 done, 1 ``--check`` found a file that differs, 2 a scenario or the bank is wrong.
"""

import argparse
import difflib
import io
import math
import re
import sys
import wave
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import tomli_w

from states.errors import IS2SError, ScenarioError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Pcm = npt.NDArray[np.int16]
"""Mono 16 bit samples at ``RATE_HZ``, shape (n,)."""

SCENARIOS = Path(__file__).resolve().parent
BANK = SCENARIOS / "clips"
RATE_HZ = 16_000
GAP_SAMPLES = 1600
NOISE_RAMP_SAMPLES = 80
"""A noise swells and fades over 5 ms at the ends of its take, so that it does not click."""

HEADING = b"# Written by scenarios/compose.py from scenario.toml; do not edit.\n\n"


@dataclass(frozen=True, slots=True)
class Clip:
    """The labels of one clip; all positions are samples of the clip, ends exclusive.

    ``text`` is what a perfect recogniser hears, with one span of ``words`` for each of its words.
    A silent clip has onset and end at 0.
    """

    name: str
    kind: str
    text: str
    voice: str
    onset_sample: int
    end_sample: int
    words: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Take:
    """One way of saying one clip; no noise where ``noise`` is "". ``snr_db`` is 0 then and means nothing."""

    clip: str
    gain_db: float = 0.0
    noise: str = ""
    snr_db: float = 0.0


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises ``ScenarioError`` where it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read: {error}") from error


def toml_bytes(heading: bytes, tables: Mapping[str, Any]) -> bytes:
    """A TOML file; pairs of numbers stand on one line, where tomli_w would give each bracket its own."""
    return heading + re.sub(r"\[\s+(-?\d+),\s+(-?\d+),\s+\]", r"[\1, \2]", tomli_w.dumps(tables)).encode()


def load_bank(folder: Path = BANK) -> dict[str, Clip]:
    """The labels of all clips by name. Raises ``ScenarioError`` where ``clips.toml`` is missing or incomplete."""
    path = folder / "clips.toml"
    bank = {}
    for name, entry in read_toml(path).items():
        try:
            words = tuple((first, end) for first, end in entry["words"])
            place = entry["onset_sample"], entry["end_sample"]
            bank[name] = Clip(name, entry["kind"], entry["text"], entry["voice"], *place, words)
        except (KeyError, TypeError, ValueError) as error:
            raise ScenarioError(f"{path}: {name}: missing or malformed label: {error!r}") from error
    return bank


def read_clip(name: str, folder: Path = BANK) -> Pcm:
    """The sound of a clip. Raises ``ScenarioError`` where it is missing or not 16 kHz mono."""
    path = folder / f"{name}.flac"
    try:
        samples, rate_hz = soundfile.read(path, dtype="int16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise ScenarioError(f"{path}: cannot be read: {error}") from error
    if rate_hz != RATE_HZ or samples.ndim != 1:
        raise ScenarioError(f"{path}: must be mono at {RATE_HZ} Hz")
    return np.asarray(samples, dtype=np.int16)


def take_of(entry: Mapping[str, Any], where: str, bank: Mapping[str, Clip]) -> Take:
    """The take that a ``[[user]]`` entry asks for; other keys of the entry are left to the replay.

    ``where`` begins the message of any ``ScenarioError``.
    """
    take = Take(
        clip=_clip_name(entry, "clip", where, bank),
        gain_db=_decibels(entry, "gain_db", where, -60, 20),
        noise=_clip_name(entry, "noise", where, bank) if "noise" in entry else "",
        snr_db=_decibels(entry, "snr_db", where, -30, 60),
    )
    if ("noise" in entry) != ("snr_db" in entry):
        raise ScenarioError(f"{where}: noise and snr_db go together; give both or neither")
    for name in (take.clip, take.noise) if take.noise else ():
        if bank[name].kind == "silence":
            raise ScenarioError(f"{where}: {name!r} is silence, so an snr_db with it means nothing")
    return take


def _clip_name(entry: Mapping[str, Any], key: str, where: str, bank: Mapping[str, Clip]) -> str:
    name = entry.get(key)
    if not isinstance(name, str):
        raise ScenarioError(f"{where}.{key}: must be the name of a clip in scenarios/clips")
    if name not in bank:
        near = difflib.get_close_matches(name, bank, n=1, cutoff=0.0)
        raise ScenarioError(f"{where}.{key}: there is no clip {name!r}; the nearest is {near[0] if near else None!r}")
    return name


def _decibels(entry: Mapping[str, Any], key: str, where: str, low: int, high: int) -> float:
    value = entry.get(key, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ScenarioError(f"{where}.{key}: must be a number of decibels from {low} to {high}, not {value!r}")
    return float(value)


def _power(samples: Pcm) -> float:
    # Integers, so that the sum does not depend on its order.
    return int(np.sum(samples.astype(np.int64) ** 2)) / len(samples)


def _exact(gain: float) -> float:
    """``gain`` rounded to 2^-16: a product with 16 bit samples is then exact in float64."""
    return round(gain * 65536) / 65536


def mix(take: Take, bank: Mapping[str, Clip], folder: Path = BANK) -> Pcm:
    """The sound of a take, as long as its clip.

    The noise is looped under the whole of it, ``snr_db`` below the clip's mean power between onset and end.
    Raises ``ScenarioError`` where it would clip: nothing here turns a signal down in silence.
    """
    samples = read_clip(take.clip, folder)
    mixed = samples * _exact(10 ** (take.gain_db / 20))
    if take.noise:
        clip, source = bank[take.clip], bank[take.noise]
        loop = read_clip(take.noise, folder)[source.onset_sample : source.end_sample]
        ratio_db = 10 * math.log10(_power(samples[clip.onset_sample : clip.end_sample]) / _power(loop))
        gain = _exact(10 ** ((take.gain_db + ratio_db - take.snr_db) / 20))
        offset = zlib.crc32(f"{take.clip}/{take.noise}".encode()) % len(loop)
        under = np.take(loop, np.arange(offset, offset + len(samples)), mode="wrap") * gain
        edge = np.minimum(np.arange(len(samples)), np.arange(len(samples))[::-1]) / NOISE_RAMP_SAMPLES
        mixed = mixed + under * np.minimum(edge, 1.0)
    rounded: npt.NDArray[np.float64] = np.rint(mixed)
    peak = int(np.max(np.abs(rounded), initial=0))
    if peak > 32767:
        excess_db = math.ceil(20 * math.log10(peak / 32767))
        raise ScenarioError(f"{take.clip!r} with these levels clips; lower gain_db by {excess_db}")
    pcm: Pcm = rounded.astype(np.int16)
    return pcm


def compose(folder: Path, bank: Mapping[str, Clip], clips: Path = BANK) -> dict[str, bytes]:
    """The files that belong beside ``folder/scenario.toml``: name to content; none without ``[[user]]`` entries.

    Reads files, writes none. Raises ``ScenarioError`` naming file and key.
    """
    path = folder / "scenario.toml"
    table = read_toml(path)
    entries = table.get("user", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ScenarioError(f"{path}: user: must be an array of tables, [[user]]")
    wheres = [f"{path}: user[{place}]" for place in range(len(entries))]
    # A dict keeps the order of first use.
    takes = {take_of(entry, where, bank): where for entry, where in zip(entries, wheres, strict=True)}
    if not takes:
        return {}
    starts = _flat_starts(entries, len(takes), path) if table.get("flat", False) else {}
    pieces: list[Pcm] = []
    labels: list[dict[str, Any]] = []
    first = 0
    for number, (take, where) in enumerate(takes.items()):
        if starts:
            if starts[number] < first:
                raise ScenarioError(f"{where}: at_ms: begins before the take before it has ended")
            pieces.append(np.zeros(starts[number] - first, np.int16))
            first = starts[number]
        try:
            sound = mix(take, bank, clips)
        except ScenarioError as error:
            raise ScenarioError(f"{where}: {error}") from error
        pieces += [sound, np.zeros(GAP_SAMPLES, np.int16)]
        labels.append(_labels(take, bank[take.clip], first, len(sound)))
        first += len(sound) + GAP_SAMPLES
    return {
        "user.wav": _wav(np.concatenate(pieces[:-1])),
        "user.toml": toml_bytes(HEADING, {"take": labels}),
    }


def _flat_starts(entries: Sequence[Mapping[str, Any]], takes: int, path: Path) -> dict[int, int]:
    """Where each take lies in a flat recording, which is the whole microphone and can be played as it is."""
    if takes != len(entries) or not all(isinstance(entry.get("at_ms"), int) for entry in entries):
        raise ScenarioError(f"{path}: flat: every [[user]] entry needs an at_ms, and a clip of its own")
    return {number: entry["at_ms"] * RATE_HZ // 1000 for number, entry in enumerate(entries)}


def _labels(take: Take, clip: Clip, first: int, samples: int) -> dict[str, Any]:
    """A ``[[take]]`` entry; every position counts from the start of ``user.wav``."""
    return {
        "clip": take.clip,
        "gain_db": take.gain_db,
        "noise": take.noise,
        "snr_db": take.snr_db,
        "kind": clip.kind,
        "text": clip.text,
        "first_sample": first,
        "end_sample": first + samples,
        "onset_sample": first + clip.onset_sample,
        "speech_end_sample": first + clip.end_sample,
        "words": [[first + start, first + end] for start, end in clip.words],
    }


def _wav(samples: Pcm) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Compose or check; prints one line for each file written or different. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Compose user.wav and user.toml of scenarios from the clip bank.")
    parser.add_argument("folders", nargs="*", type=Path, help="scenario folders; default: all")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file would change")
    options = parser.parse_args(arguments)
    folders = options.folders or sorted(path.parent for path in SCENARIOS.glob("*/scenario.toml"))
    differing = []
    try:
        bank = load_bank()
        for folder in folders:
            for name, content in compose(folder, bank).items():
                path = folder / name
                if path.is_file() and path.read_bytes() == content:
                    continue
                differing.append(path)
                if not options.check:
                    path.write_bytes(content)
    except IS2SError as error:
        print(f"compose: {error}", file=sys.stderr)
        return 2
    for path in differing:
        print(f"{'differs' if options.check else 'wrote'} {path}")
    return 1 if options.check and differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
