"""A corpus as folders for other engines: ``input.wav`` and ``labels.toml``, to which they add their ``output.wav``.

A trial in which the assistant must be speaking begins with a spoken request, and some time to begin to answer it.
"""

from pathlib import Path

import numpy as np
import soundfile
import tomli_w

from engine.score.acoustics import mixed
from engine.score.classes import ScoreError
from engine.score.corpus import Corpus
from engine.score.labels import LABELS
from engine.score.trial import Trial, microphone
from models.ports import MIC_HZ, Samples

LEAD_MS = 500
ANSWER_MS = 3000
"""Between the request's end and the trial's own timeline: the slowest engine measured needs 1.5 s to speak."""


def export(corpus: Corpus, folder: Path) -> int:
    """Write a folder a trial; returns how many. Raises ``ScoreError`` where ``folder`` holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScoreError(f"{folder}: is not empty")
    for trial in corpus.trials:
        own = folder / trial.name
        own.mkdir(parents=True)
        sound, moved = _with_opening(trial, corpus)
        soundfile.write(own / "input.wav", sound, MIC_HZ, subtype="PCM_16")
        (own / LABELS).write_text(tomli_w.dumps({"event": [_label(trial, moved, len(sound))]}), encoding="utf-8")
    return len(corpus.trials)


def _with_opening(trial: Trial, corpus: Corpus) -> tuple[Samples, int]:
    """The trial's input after a request, and how much later everything in it is."""
    sound = microphone(trial)
    if trial.event.expected not in ("yield", "hold"):
        return sound, 0
    opening = corpus.opening.samples
    moved = len(opening) + (LEAD_MS + ANSWER_MS) * MIC_HZ // 1000
    timeline = np.concatenate((np.zeros(moved, dtype=np.float32), sound))
    mixed(timeline, opening, LEAD_MS * MIC_HZ // 1000)
    return timeline, moved


def _label(trial: Trial, moved: int, length: int) -> dict[str, str | int]:
    whole = trial.event.expected == "nothing"
    return {
        "class": trial.kind,
        "text": trial.clip.text,
        "origin": trial.clip.origin,
        "onset_sample": 0 if whole else trial.onset + moved,
        "take_over_sample": 0 if whole else trial.take_over + moved,
        "end_sample": length if whole else trial.end + moved,
    }
