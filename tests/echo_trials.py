"""Trials for the echo benchmark: the assistant's voice through a room, a user over it, and what is detected.

Material nobody tuned on: other recordings and other rooms than those by which the cancellers' constants were chosen.
Where the recordings are not there, the project's own clips take their place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from engine.audio.echo_path import EchoingSource, EchoPath
from engine.audio.wav_source import WavSource, read_audio
from engine.speech.endpointer import Endpointer, EndpointSettings
from models.ports import FRAME_SAMPLES, MIC_HZ, EchoCanceller, Samples
from models.vad_silero import SileroVad
from states.events import SpeechStarted, SpeechSustained
from tests.shared_data import SHARED

CLIPS = Path(__file__).resolve().parents[1] / "scenarios" / "clips"
SPEECH_DB = -23.0
"""Level of all speech, where it is speech."""
SPEECH = 0.5
FIRST_USER_S = 8
WAIT_FRAMES = MIC_HZ // FRAME_SAMPLES
"""A barge-in must be noticed within a second."""


@dataclass(frozen=True)
class Condition:
    """A room, a clock that is so much too fast, and how far the user's level is above the echo's."""

    name: str
    path: EchoPath
    drift_ppm: int = 0
    ratios_db: tuple[int, ...] = (0, -10)


@dataclass
class Tally:
    """What came of the trials of a condition; sums, to be added up over conditions."""

    seconds: float = 0.0
    false_frames: int = 0
    onsets: int = 0
    sustained: int = 0
    users: dict[int, int] = field(default_factory=dict)
    noticed: dict[int, int] = field(default_factory=dict)
    kept: dict[int, list[float]] = field(default_factory=dict)
    later_ms: list[float] = field(default_factory=list)
    attenuation_db: tuple[float, ...] = ()
    converged_s: float = float("nan")


def levelled(sound: Samples) -> Samples:
    """The sound with its speech at ``SPEECH_DB``; pauses do not count."""
    power = np.square(sound[: len(sound) // 320 * 320].reshape(-1, 320)).mean(axis=1)
    active = float(power[power > power.max() * 1e-3].mean())
    return np.asarray(sound * np.sqrt(10 ** (SPEECH_DB / 10) / active), np.float32)


def _sounds(patterns: Sequence[str], clips: Sequence[str]) -> list[Path]:
    found = [path for pattern in patterns for path in sorted(SHARED.glob(pattern))]
    return found or [CLIPS / f"{name}.flac" for name in clips]


@cache
def assistant(seconds: int) -> Samples:
    """Speech with pauses of half a second, many voices in a row, whole frames."""
    patterns = ("speech/vosk/test.wav", "speech/speechbrain_single/*.wav", "conversation/vap_phrases/*.wav")
    files = _sounds(patterns, ("passage_long", "news_rp", "weather_long"))
    parts: list[Samples] = []
    while sum(map(len, parts)) < seconds * MIC_HZ:
        for path in files:
            parts += [levelled(read_audio(path)), np.zeros(MIC_HZ // 2, np.float32)]
    return np.concatenate(parts)[: seconds * MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES]


@cache
def users() -> list[Samples]:
    """What users say, each from its first voiced frame on and at most three seconds."""
    patterns = ("speech/barista/wav/*.wav", "wakeword/picovoice/[ajs]*/*", "conversation/tau2/*.wav")
    clips = ("no_tuesday", "stop_what_number", "what_thing_m3", "thats_wrong", "go_on", "yes_i_know", "repeat_that")
    files = _sounds(patterns, clips)
    found: list[Samples] = []
    for path in files[20:] if len(files) > 40 else files:  # the first twenty were tuned on
        sound = levelled(read_audio(path))
        voiced = np.flatnonzero(np.array(probabilities(sound)) >= SPEECH)
        if len(voiced) >= 6:
            found.append(sound[max(0, voiced[0] * FRAME_SAMPLES - 800) :][: 3 * MIC_HZ])
    return found


def probabilities(sound: Samples) -> list[float]:
    """Silero's word on each frame."""
    vad = SileroVad()
    frames = range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
    return [vad.probability(np.ascontiguousarray(sound[at : at + FRAME_SAMPLES])) for at in frames]


def marks(found: Sequence[float]) -> tuple[list[int], list[int]]:
    """Frames at which the endpointer of a live session says that speech started, and that it is sustained."""
    endpointer, started, sustained = Endpointer(EndpointSettings()), [], []
    for number, probability in enumerate(found):
        kinds = [type(event) for event in endpointer.process(number * FRAME_SAMPLES, probability)]
        started += [number] * kinds.count(SpeechStarted)
        sustained += [number] * kinds.count(SpeechSustained)
    return started, sustained


def echo_of(condition: Condition, far: Samples) -> Samples:
    """What the microphone hears of the loudspeaker, the room's noise with it."""
    source = EchoingSource(WavSource(np.zeros(0, np.float32)), condition.path)
    played = drifting(far, condition.drift_ppm) if condition.drift_ppm else far
    blocks = []
    for at in range(0, len(played), FRAME_SAMPLES):
        source.hear(played[at : at + FRAME_SAMPLES])
        blocks.append(source.read(FRAME_SAMPLES))
    return np.concatenate(blocks)


def drifting(sound: Samples, ppm: int) -> Samples:
    """The sound by a clock that is so much too fast; interpolated at four times the rate."""
    finer = soxr.resample(sound, MIC_HZ, 4 * MIC_HZ, quality="VHQ")
    place = np.minimum(np.arange(len(sound)) * (1 + ppm * 1e-6) * 4, len(finer) - 1)
    return np.interp(place, np.arange(len(finer)), finer).astype(np.float32)


def cleaned(canceller: EchoCanceller | None, mic: Samples, far: Samples) -> Samples:
    """The microphone after the canceller, a frame at a time as in a live session."""
    if canceller is None:
        return mic
    frames = range(0, len(mic), FRAME_SAMPLES)
    return np.concatenate([canceller.process(mic[a : a + FRAME_SAMPLES], far[a : a + FRAME_SAMPLES]) for a in frames])


def level_db(sound: Samples) -> float:
    """Mean level against full scale."""
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


def try_condition(make: Callable[[], EchoCanceller | None], condition: Condition, seconds: int, seed: int) -> Tally:
    """The assistant alone, and then with a user over it at each ratio."""
    far = assistant(seconds)
    return try_echo(make, far, echo_of(condition, far), condition.ratios_db, seed)


def try_echo(
    make: Callable[[], EchoCanceller | None], far: Samples, echo: Samples, ratios_db: Sequence[int], seed: int
) -> Tally:
    """The same with what the canceller is told of the loudspeaker, and its echo; whole frames, as many of each."""
    seconds = len(far) // MIC_HZ
    tally = Tally()
    left = cleaned(make(), echo, far)
    found = probabilities(left)
    started, sustained = marks(found)
    tally.seconds = seconds
    tally.false_frames = sum(p >= SPEECH for p in found)
    tally.onsets, tally.sustained = len(started), len(sustained)
    spans = ((0, 1), (0, 3), (5, seconds))
    tally.attenuation_db = tuple(
        level_db(echo[a * MIC_HZ : b * MIC_HZ]) - level_db(left[a * MIC_HZ : b * MIC_HZ]) for a, b in spans
    )
    tally.converged_s = converged(echo, left)
    power = np.square(echo[FIRST_USER_S * MIC_HZ :], dtype=np.float64)
    echo_db = 10 * np.log10(power[power > power.max() * 1e-3].mean())
    for ratio_db in ratios_db:
        near, starts = user_over(len(far), 10 ** ((echo_db + ratio_db - SPEECH_DB) / 20), seed)
        both = cleaned(make(), np.clip(echo + near, -1, 1), far)
        _score(tally, ratio_db, starts, probabilities(near), probabilities(both))
    return tally


def converged(echo: Samples, left: Samples) -> float:
    """Seconds of audible echo until a quarter of a second of it is down by 20 dB and the next two are, too."""
    step = MIC_HZ // 4
    levels = [(level_db(echo[a : a + step]), level_db(left[a : a + step])) for a in range(0, len(echo) - step, step)]
    down = [before - after >= 20 for before, after in levels if before > SPEECH_DB - 30]
    for number in range(len(down) - 2):
        if all(down[number : number + 3]):
            return number / 4
    return float("nan")


def user_over(length: int, gain: float, seed: int) -> tuple[Samples, list[int]]:
    """A user's track of that length, 3 to 5 s between two utterances, and the frame in which each begins."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(users()))
    near, starts, at = np.zeros(length, np.float32), [], FIRST_USER_S * MIC_HZ
    while at < length - 5 * MIC_HZ:
        sound = users()[order[len(starts) % len(order)]]
        at = at // FRAME_SAMPLES * FRAME_SAMPLES
        near[at : at + len(sound)] = gain * sound
        starts.append(at // FRAME_SAMPLES)
        at += len(sound) + int(rng.uniform(3, 5) * MIC_HZ)
    return near, starts


def _score(tally: Tally, ratio_db: int, starts: list[int], alone: list[float], both: list[float]) -> None:
    """Hold what was detected against what would have been, had the user been alone."""
    tally.users[ratio_db], tally.noticed[ratio_db], tally.kept[ratio_db] = 0, 0, []
    for start in starts:
        window = slice(start, start + WAIT_FRAMES + 16)
        _, truly = marks(alone[window])
        if not truly:
            continue
        tally.users[ratio_db] += 1
        _, seen = marks(both[window])
        if seen and seen[0] <= truly[0] + WAIT_FRAMES - 5:  # a second from the onset, 160 ms of which are the rule
            tally.noticed[ratio_db] += 1
            tally.later_ms.append((seen[0] - truly[0]) * FRAME_SAMPLES * 1000 / MIC_HZ)
        voiced = [(p, q) for p, q in zip(alone[window], both[window], strict=True) if p >= SPEECH]
        tally.kept[ratio_db].append(sum(q >= SPEECH for _, q in voiced) / len(voiced))


def first_replies(make: Callable[[], EchoCanceller | None], path: EchoPath, count: int) -> tuple[int, int, int]:
    """Of so many first replies of a session, in which the room is not known yet: how many interrupt themselves
    within three seconds, how many users are noticed who speak 0.5 s into it as loud as its echo, and how many did."""
    far_all = assistant(120)
    rng = np.random.default_rng(3)
    own = noticed = asked = 0
    for trial in range(count):
        first = int(rng.integers(0, len(far_all) - 4 * MIC_HZ)) // FRAME_SAMPLES * FRAME_SAMPLES
        far = far_all[first : first + 3 * MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES]
        here = replace(path, seed=path.seed + trial, delay_ms=int(rng.integers(20, 400)))
        echo = echo_of(Condition("", here), far)
        own += bool(marks(probabilities(cleaned(make(), echo, far)))[1])
        gain = 10 ** ((level_db(echo) + 3 - SPEECH_DB) / 20)  # about a half of speech is pauses
        near = np.zeros_like(far)
        start = (MIC_HZ // 2 + here.delay_ms * 16) // FRAME_SAMPLES
        sound = users()[int(rng.integers(len(users())))][: len(near) - start * FRAME_SAMPLES]
        near[start * FRAME_SAMPLES :][: len(sound)] = gain * sound
        both = cleaned(make(), np.clip(echo + near, -1, 1), far)
        tally = Tally()
        _score(tally, 0, [start], probabilities(near), probabilities(both))
        asked, noticed = asked + tally.users[0], noticed + tally.noticed[0]
    return own, noticed, asked
