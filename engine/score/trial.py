"""A trial: one labelled event on a microphone's timeline, and the conditions under which it is heard."""

from dataclasses import dataclass

import numpy as np

from engine.score.acoustics import SPEECH_LEVEL_DB, at_level, convolved, mixed, reverberant
from engine.score.classes import EventClass, event_class
from engine.score.clip import Clip, LabelledWord
from engine.score.made_noises import steady
from models.ports import MIC_HZ, Samples

TAIL_MS = {"yield": 3500, "hold": 3000, "turn": 4000, "nothing": 0}
"""How long a trial goes on after its event."""

_ACROSS_A_ROOM = {"far_talker": (-14.0, 450, 0.1), "tv": (-12.0, 350, 0.2), "aside": (-4.0, 0, 0.5)}
"""Classes whose sound comes from elsewhere: gain in dB, the room's RT60 in ms, the share of the direct sound."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """``snr_db`` against ``background``, None: quiet. ``rt60_ms`` of the user's room. ``echo_db``: level of our own
    voice in the microphone, None: a headset. ``room``: samples of a recorded response in place of ``rt60_ms``."""

    snr_db: int | None = None
    background: str = "hiss"
    rt60_ms: int = 0
    echo_db: int | None = None
    room: Samples | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """``at``: sample of the timeline at which the clip is placed."""

    name: str
    kind: str
    clip: Clip
    conditions: Conditions
    at: int
    seed: int
    length: int

    @property
    def event(self) -> EventClass:
        """Its class."""
        return event_class(self.kind)

    @property
    def onset(self) -> int:
        """First audible sample of the event."""
        return self.at + self.clip.onset

    @property
    def end(self) -> int:
        """Sample after its last audible one; a room's tail is not counted."""
        return self.at + self.clip.end

    @property
    def take_over(self) -> int:
        """Where the floor is taken: the onset but for a "yeah, but"."""
        return self.onset if self.clip.take_over < 0 else self.at + self.clip.take_over

    @property
    def words(self) -> tuple[LabelledWord, ...]:
        """Its words on the timeline."""
        return tuple(LabelledWord(w.text, w.first_sample + self.at, w.end_sample + self.at) for w in self.clip.words)


def microphone(trial: Trial) -> Samples:
    """The trial's ``input.wav``: event and background, without our own echo, which only a run can add."""
    timeline = np.zeros(trial.length, dtype=np.float32)
    conditions = trial.conditions
    rng = np.random.default_rng([trial.seed, 1])
    if trial.kind != "room_noise":
        gain_db, rt60_ms, direct = _ACROSS_A_ROOM.get(trial.kind, (0.0, 0, 0.5))
        sound = trial.clip.samples
        if trial.kind in _ACROSS_A_ROOM and trial.clip.origin == "recorded":
            rt60_ms = max(rt60_ms, 0)
        if conditions.room is not None and not rt60_ms:
            sound = convolved(sound, conditions.room)
        else:
            sound = reverberant(sound, rt60_ms or conditions.rt60_ms, trial.seed, direct)
        mixed(timeline, sound, trial.at, gain_db)
        if conditions.snr_db is not None:
            level_db = SPEECH_LEVEL_DB - conditions.snr_db
            mixed(timeline, at_level(steady(conditions.background, trial.length, rng), level_db), 0)
    else:
        level_db = SPEECH_LEVEL_DB - (conditions.snr_db if conditions.snr_db is not None else 30)
        mixed(timeline, at_level(np.resize(trial.clip.samples, trial.length), level_db), 0)
    return np.clip(timeline, -1.0, 1.0)


def seconds(samples: int) -> float:
    """Samples at ``MIC_HZ`` as seconds."""
    return samples / MIC_HZ
