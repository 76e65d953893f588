"""What a session in a room with an echo did, held against when the user spoke."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.rig.recording import HZ, Recording, Track

SOON_S = 1.0
"""A barge-in must be noticed within a second."""

THEIRS_S = 5.0
"""What the engine does within this time of a user's onset may be their doing: speech, endpoint and verdict."""

FADED = HZ // 25
"""Zeros of the loudspeaker for so long, 40 ms, are silence and no pause of the voice."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A barge-in: how loud against the echo, and where in what is played to the mouth."""

    ratio_db: int
    at: int


@dataclass(slots=True)
class Found:
    """``spoken_s``: how long replies sounded while no user had spoken for ``THEIRS_S``; counts are of that time."""

    spoken_s: float = 0.0
    onsets: int = 0
    sustained: int = 0
    interrupted_itself: int = 0
    needless_s: float = 0.0
    asked: dict[int, int] = field(default_factory=dict)
    noticed: dict[int, int] = field(default_factory=dict)
    understood: dict[int, int] = field(default_factory=dict)
    duck_ms: list[float] = field(default_factory=list)
    silence_ms: list[float] = field(default_factory=list)
    walls_moved: int = 0
    under_runs: int = 0
    over_runs: int = 0
    leaps: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    at: int
    event: str
    source: str
    reason: str
    verdict: str


def gather(recording: Recording, session: Path, cuts: list[Cut], *, first_at: int) -> Found:
    """``first_at``: where the first sound is in what was played to the mouth."""
    loudspeaker, mouth = recording.tracks()
    origin = int(np.argmax(np.abs(mouth) > 0.02)) - first_at
    watched = json.loads((session / "watched.json").read_text())
    steps = [_step(step, watched["start_ns"], recording) for step in watched["steps"]]
    metrics = [json.loads(line) for line in (session / "metrics.jsonl").read_text().splitlines()]
    card = next(line for line in metrics if line["event"] == "card")
    found = Found(under_runs=card["under_runs"], over_runs=card["over_runs"], leaps=card["leaps"])
    theirs = np.zeros(len(loudspeaker), bool)
    for cut in (Cut(0, first_at), *cuts):
        theirs[max(0, origin + cut.at) : origin + cut.at + int(THEIRS_S * HZ)] = True
    found.walls_moved = _moves(loudspeaker, recording.walls())
    _alone(steps, loudspeaker, theirs, found)
    for cut in cuts:
        _barge_in(steps, loudspeaker, origin + cut.at, cut.ratio_db, found)
    return found


def _moves(loudspeaker: Track, walls: Track) -> int:
    """How often the walls' own delay changed by more than 1 ms: a busy machine is late with them, too."""
    lags = []
    for at in range(0, len(walls) - 2 * HZ, HZ):
        sent, back = loudspeaker[at : at + HZ], walls[at : at + 2 * HZ]
        if np.sqrt(np.mean(sent**2)) > 0.02:
            size = 4 * HZ
            product = np.fft.irfft(np.fft.rfft(back, size) * np.conj(np.fft.rfft(sent, size)), size)
            lags.append(int(np.argmax(product[:HZ])))
    return sum(abs(later - sooner) > HZ // 1000 for later, sooner in zip(lags[1:], lags, strict=False))


def _step(step: dict[str, Any], start_ns: int, recording: Recording) -> _Step:
    at = int(recording.place(start_ns + step["now_us"] * 1000))
    return _Step(at, step["event"], step["source"], step["reason"], step["verdict"])


def _alone(steps: list[_Step], loudspeaker: Track, theirs: npt.NDArray[np.bool_], found: Found) -> None:
    """Count what the engine took for a user while there was none."""
    sounding = np.convolve(np.abs(loudspeaker[:: HZ // 100]) > 0, np.ones(50), "same") > 0  # pauses of 0.5 s count
    alone = np.repeat(sounding, HZ // 100)[: len(theirs)] & ~theirs
    found.spoken_s = float(np.count_nonzero(alone)) / HZ
    ducked_at: int | None = None
    for step in steps:
        inside = 0 <= step.at < len(theirs) and not theirs[step.at]
        speaking = step.source == "speaking" and inside
        found.onsets += speaking and step.event == "SpeechStarted"
        found.sustained += speaking and step.event == "SpeechSustained"
        found.interrupted_itself += speaking and "interrupt" in step.verdict
        if step.reason in ("onset", "onset_after_pause") and step.source == "speaking" and ducked_at is None:
            ducked_at = step.at
        elif ducked_at is not None and step.event in ENDS:
            span = theirs[max(0, ducked_at) : max(0, step.at)]
            found.needless_s += float(np.count_nonzero(~span)) / HZ
            ducked_at = None


ENDS = ("SpeechDropped", "UtteranceAssessed", "UtteranceTranscribed", "DeadlineExpired", "TranscriptionFailed")
"""With one of these a doubt is over, and the reply is as loud as before, or ended."""


def _barge_in(steps: list[_Step], loudspeaker: Track, onset: int, ratio_db: int, found: Found) -> None:
    for counts in (found.asked, found.noticed, found.understood):
        counts.setdefault(ratio_db, 0)
    found.asked[ratio_db] += 1
    later = [step for step in steps if onset <= step.at < onset + THEIRS_S * HZ]
    ducked = next((step.at for step in later if step.reason in ("onset", "onset_after_pause")), None)
    soon = [step for step in later if step.event == "SpeechSustained" and step.at < onset + SOON_S * HZ]
    found.noticed[ratio_db] += bool(soon)
    found.understood[ratio_db] += any("interrupt" in step.verdict for step in later)
    if ducked is not None and ducked < onset + SOON_S * HZ:
        found.duck_ms.append((ducked - onset) * 1000 / HZ)
    if soon:
        part = np.flatnonzero(loudspeaker[onset : onset + 3 * HZ])
        gaps = np.flatnonzero(np.diff(np.concatenate((part, [4 * HZ]))) > FADED)
        if len(gaps):
            found.silence_ms.append(float(part[gaps[0]]) * 1000 / HZ)
