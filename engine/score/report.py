"""Results of runs and of other engines' sound, as they are shown, written and compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.score.classes import ScoreError
from engine.score.corpus import Corpus
from engine.score.gate import calibrate
from engine.score.labels import read_session
from engine.score.recognisers import Listening
from engine.score.scoring import Scored, Told, score_all, untold
from engine.score.summary import FORMAT, summarise
from engine.score.wavs import score_sessions

MODES = ("V", "C", "G")
"""V: virtual clock, evidence about logic and never about speed. C: real models, wall clock. G: the same on a GPU."""

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setup:
    """A configuration to be scored, and what it is called in the results."""

    label: str
    table: Mapping[str, Any]


def score_setup(setup: Setup, corpus: Corpus, listening: Listening, *, jobs: int, told: Told = untold) -> Result:
    """Run and score every trial with this configuration."""
    scored = score_all(corpus, setup.table, listening, jobs=jobs, told=told)
    hears = {"kind": listening.kind, "wer_pct": listening.wer_pct, "oracle": listening.oracle}
    head = {"label": setup.label, "mode": "V", "split": corpus.split, "seed": corpus.seed, "corpus": corpus.digest}
    gate = calibrate(corpus.story.samples)
    errors = {"cuts": gate.cuts, "median": gate.median_samples, "p95": gate.p95_samples, "worst": gate.worst_samples}
    return _result({**head, "settings": dict(setup.table), "recogniser": hears, "gate_error_samples": errors}, scored)


def score_folders(folders: Sequence[Path], label: str, mode: str) -> Result:
    """Score what another engine said: folders as in ``labels.py``. Raises ``ScoreError`` and ``AudioFileError``."""
    scored = score_sessions([read_session(folder) for folder in folders])
    hears = {"kind": "the engine's own", "wer_pct": 0, "oracle": False}
    names = ",".join(sorted(folder.name for folder in folders))
    head = {"label": label, "mode": mode, "split": "-", "seed": 0, "corpus": names, "settings": {}}
    return _result({**head, "recogniser": hears}, scored)


def _result(head: Result, scored: Sequence[Scored]) -> Result:
    trials = [each.as_record() for each in scored]
    return {"format": FORMAT, **head, "n": len(scored), **summarise(scored), "trials": trials}


def write(results: Sequence[Result], path: Path, *, trials: bool = True) -> None:
    """Write results as JSON, sorted, without the single trials where told. Raises ``ScoreError``."""
    kept = [{key: value for key, value in result.items() if trials or key != "trials"} for result in results]
    try:
        text = json.dumps({"results": kept}, indent=1, ensure_ascii=False, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ScoreError(f"{path}: cannot be written: {error.strerror}") from error
