"""What a recording of the room says about a conversation, and how far it bears out what the engine believed."""

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.inspect.reader import read_log
from tests.rig.match import WINDOW, Match, matches
from tests.rig.recording import HZ, Recording, Track
from tests.rig.tones import LEVEL, REPLY_WORD_MS

RMS = LEVEL / 3**0.5
"""Of the assistant's noise, which is uniform."""

STEP = HZ // 500
SPAN = HZ // 200
"""Levels are taken over 5 ms, every 2 ms."""

DUCKED_DB = -12.0
SILENT_DB = -50.0
WORD = REPLY_WORD_MS * HZ // 1000


@dataclass(slots=True)
class Evidence:
    """All that was found."""

    heard_errors_ms: list[float] = field(default_factory=list)
    words_claimed: int = 0
    words_over_claimed: int = 0
    duck_ms: list[float] = field(default_factory=list)
    silence_ms: list[float] = field(default_factory=list)
    hold_ms: list[float] = field(default_factory=list)
    void: int = 0
    coughs: int = 0
    resumed: int = 0
    lost_samples: list[int] = field(default_factory=list)
    last_pct: list[float] = field(default_factory=list)
    barge_ins: int = 0
    first_words: int = 0
    under_runs: int = 0
    over_runs: int = 0


class Room:
    """The recording, with the replies found in it."""

    def __init__(self, recording: Recording, session: Path) -> None:
        self.loudspeaker, self.mouth = recording.tracks()
        self.recording = recording
        self.watched = json.loads((session / "watched.json").read_text())
        self.metrics = [json.loads(line) for line in (session / "metrics.jsonl").read_text().splitlines()]
        self.rendered = [line for line in self.metrics if line["event"] == "rendered"]
        self.log = read_log(session).lines
        with np.load(session / "replies.npz") as sound:
            self.replies: dict[int, Track] = {int(reply): sound[reply] for reply in sound.files}
        numbers = sorted(self.replies)
        self.matches = matches(self.loudspeaker, *(self.replies[number] for number in numbers))
        self.found: dict[int, list[Match]] = {number: [] for number in numbers}
        for match in self.matches:
            self.found[numbers[match.sound]].append(match)

    def level_db(self, at: int) -> float:
        """Of the loudspeaker over 5 ms, against a reply at full level."""
        part = self.loudspeaker[at : at + SPAN]
        return float(20 * np.log10(max(np.sqrt(np.mean(part**2)), 1e-9) / RMS)) if len(part) else SILENT_DB * 2

    def below(self, first: int, end: int, db: float) -> int | None:
        """Where the loudspeaker falls below a level, for 10 ms at least."""
        for at in range(first, end, STEP):
            if self.level_db(at) < db and self.level_db(at + SPAN) < db:
                return at
        return None

    def true_heard(self, reply: int, place: float) -> float | None:
        """Samples of a reply that had sounded by a place of the recording; None where nothing near tells.

        Goes on from what was found before the place, and not beyond what is found after it: between them the sound
        may have broken off.
        """
        found = self.found.get(reply, [])
        number = bisect_right(found, place, key=lambda match: match.recorded)
        before = found[number - 1] if number else None
        after = found[number] if number < len(found) else None
        near = [match for match in (before, after) if match and abs(match.recorded - place) < HZ]
        outs = [self._rendered_at(reply, match.said) for match in near]
        if not near or None in outs:
            return None
        played = [place - match.recorded + out for match, out in zip(near, outs, strict=True) if out is not None]
        if len(near) == 2 and outs[1] is not None:
            played = [min(played[0], outs[1])]
        stretches = [line for line in self.rendered if line["reply"] == reply]
        return float(sum(np.clip(played[0] - line["out_sample"], 0, line["samples"]) for line in stretches))

    def _rendered_at(self, reply: int, said: int) -> int | None:
        for line in self.rendered:
            ahead = said - line["reply_first_sample"]
            if line["reply"] == reply and 0 <= ahead < line["samples"]:
                return int(line["out_sample"] + ahead)
        return None


def gather(recording: Recording, session: Path, said: list[tuple[str, int]]) -> Evidence:
    """``said``: what the user did, and where in what was played to the mouth."""
    room, evidence = Room(recording, session), Evidence()
    origin = int(np.argmax(np.abs(room.mouth) > 0.02)) - said[0][1]
    card = next(line for line in room.metrics if line["event"] == "card")
    evidence.under_runs, evidence.over_runs = card["under_runs"], card["over_runs"]
    _positions(room, evidence)
    _claims(room, evidence)
    _holds(room, evidence)
    for kind, at in said[1:]:
        near = slice(max(0, origin + at - WINDOW), origin + at + HZ // 10)
        onset = near.start + int(np.argmax(np.abs(room.mouth[near]) > 0.02))
        if room.level_db(onset - SPAN) < DUCKED_DB:
            evidence.void += 1
        elif kind == "barge-in":
            _barge_in(room, onset, evidence)
        else:
            _cough(room, onset, evidence)
    evidence.barge_ins = sum(kind == "barge-in" for kind, _ in said)
    evidence.first_words = sum(_said(line) == "what now" for line in room.log)
    return evidence


def _said(line: dict[str, Any]) -> str:
    return str(line.get("text.said", ""))


def _positions(room: Room, evidence: Evidence) -> None:
    """Where the engine believed the loudspeaker to be at each step, and where it was."""
    for step in room.watched["steps"]:
        if step["source"] != "speaking" or not step["heard"]:
            continue
        place = room.recording.place(room.watched["start_ns"] + step["now_us"] * 1000)
        true = room.true_heard(step["reply"], place)
        if true is not None:
            evidence.heard_errors_ms.append((step["heard"] - true) * 1000 / HZ)


def _holds(room: Room, evidence: Evidence) -> None:
    """From the order to hold until the room is silent: what the card buffers, and the fade."""
    for step in room.watched["steps"]:
        place = int(room.recording.place(room.watched["start_ns"] + step["now_us"] * 1000))
        if step["reason"] == "verifying" and step["event"] == "SpeechSustained" and room.level_db(place) > SILENT_DB:
            silent = room.below(place, place + HZ, SILENT_DB)
            if silent is not None:
                evidence.hold_ms.append((silent - place) * 1000 / HZ)


def _claims(room: Room, evidence: Evidence) -> None:
    """Words in the history of which no sample sounded."""
    for line in room.log:
        kept = str(line.get("text.kept", "")).split()
        found = room.found.get(line.get("reply", 0), [])
        if kept and found:
            begun = -(-(max(match.said for match in found) + WINDOW) // WORD)
            evidence.words_claimed += len(kept)
            evidence.words_over_claimed += max(0, len(kept) - begun)


def _barge_in(room: Room, onset: int, evidence: Evidence) -> None:
    ducked = room.below(onset, onset + HZ, DUCKED_DB)
    silent = room.below(onset, onset + HZ, SILENT_DB)
    if ducked is not None:
        evidence.duck_ms.append((ducked - onset) * 1000 / HZ)
    if silent is not None:
        evidence.silence_ms.append((silent - onset) * 1000 / HZ)
        evidence.last_pct.append(_last_before(room, silent))


def _cough(room: Room, onset: int, evidence: Evidence) -> None:
    evidence.coughs += 1
    every, places = room.matches, [match.recorded for match in room.matches]
    silent = room.below(onset, onset + HZ, SILENT_DB)
    if silent is None:  # too short to be held: ducked at most
        evidence.resumed += room.level_db(onset + HZ) > DUCKED_DB
        return
    evidence.last_pct.append(_last_before(room, silent))
    before = every[bisect_right(places, silent - 2 * WINDOW) - 1]
    later = [match for match in every[bisect_right(places, silent) :] if match.gain > 0.9]
    if not later or later[0].recorded - silent > HZ or later[0].said < before.said:
        return
    evidence.resumed += 1
    sounding = np.count_nonzero(room.loudspeaker[before.recorded : later[0].recorded])
    zeros_of_fade = 1  # its last sample
    evidence.lost_samples.append(later[0].said - before.said - int(sounding) - zeros_of_fade)


def _last_before(room: Room, silent: int) -> float:
    """The last sample that is not silence, in percent of the reply's peak."""
    part = np.abs(room.loudspeaker[: silent + SPAN])
    last = int(np.flatnonzero(part > 1e-5)[-1]) if (part > 1e-5).any() else 0
    return float(part[last] * 100 / LEVEL)
