"""The recorded sounds of a scenario: the user's, and where the scripted voice has one, the assistant's.

``user.wav`` is the user, and ``user.toml`` tells where each take lies in it.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.audio.wav_source import read_audio
from engine.config import read_toml
from engine.replay.scenario import UserEntry, VoiceEntry
from engine.replay.timeline import Region
from models.ports import Samples
from models.scripted import ScriptedSynthesizer, SpokenWord
from states.errors import ConfigError, ScenarioError

_TAKE = ("clip", "gain_db", "noise", "snr_db")
_PLACE = ("text", "words", "first_sample", "end_sample", "onset_sample", "speech_end_sample")


def regions(folder: Path, entries: tuple[UserEntry, ...]) -> list[Region]:
    """The region of ``user.wav`` that each entry says, in their order.

    An entry without a clip says the whole recording. Raises ``ScenarioError`` for a take that is not there,
    ``AudioFileError`` for a bad recording.
    """
    if not entries:
        return []
    sound = read_audio(folder / "user.wav")
    takes: list[dict[str, Any]] = []
    if (folder / "user.toml").is_file():
        try:
            takes = read_toml(folder / "user.toml").get("take", [])
        except ConfigError as error:
            raise ScenarioError(str(error)) from error
    return [_region(entry, sound, takes, folder) for entry in entries]


def scripted_voice(folder: Path, voice: VoiceEntry) -> ScriptedSynthesizer:
    """The scripted synthesiser of a scenario. Raises ``AudioFileError`` for a clip that cannot be read."""
    given = asdict(voice)
    clip = given.pop("clip")
    speech = read_audio(folder.resolve().parent / "clips" / f"{clip}.flac") if clip else None
    return ScriptedSynthesizer(**given, speech=speech)


def _region(entry: UserEntry, sound: Samples, takes: list[dict[str, Any]], folder: Path) -> Region:
    if not entry.clip:
        return Region(sound, (), 0, len(sound))
    wanted = tuple(getattr(entry, name) for name in _TAKE)
    for take in takes:
        missing = [name for name in (*_TAKE, *_PLACE) if name not in take]
        if missing:
            raise ScenarioError(f"{folder / 'user.toml'}: a take has no {missing[0]}; compose it anew")
        if tuple(take[name] for name in _TAKE) == wanted:
            first = take["first_sample"]
            words = tuple(
                SpokenWord(text, begin - first, end - first)
                for text, (begin, end) in zip(take["text"].split(), take["words"], strict=True)
            )
            samples = sound[first : take["end_sample"]]
            return Region(samples, words, take["onset_sample"] - first, take["speech_end_sample"] - first)
    raise ScenarioError(
        f"{folder / 'user.toml'}: no take of clip {entry.clip!r} as asked for; compose it with: "
        f"python scenarios/compose.py {folder}"
    )
