"""What hours of talk say: growth by least squares, drift, and how every onset during a reply ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from engine.codec import Record
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from models.ports import MIC_HZ
from tests.rig.soak_run import Look, Run

WARM_S = 120
PIECE = 2 * MIC_HZ
ALIKE = 0.7


def slope(times: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Of the line by least squares, and its standard error; NaN where there are too few points."""
    if len(times) < 3:
        return float("nan"), float("nan")
    (rate, _), covariance = np.polyfit(times, values, 1, cov=True) if len(times) > 3 else _three(times, values)
    return float(rate), float(covariance[0][0] ** 0.5)


def _three(times: Sequence[float], values: Sequence[float]) -> tuple[Any, Any]:
    """Three points leave one degree of freedom, which ``polyfit`` declines to divide by."""
    line = np.polyfit(times, values, 1)
    rest = np.asarray(values) - np.polyval(line, times)
    return line, [[float(rest @ rest) / float(np.var(times) * len(times))]]


def memory(looks: Sequence[Look]) -> dict[str, float]:
    """MB an hour after the warm-up: of the process's own memory, and of all that is resident."""
    warm = [look for look in looks if look.at_s >= WARM_S]
    hours = [look.at_s / 3600 for look in warm]
    rate, error = slope(hours, [look.own_kb / 1024 for look in warm])
    whole, _ = slope(hours, [look.rss_kb / 1024 for look in warm])
    return {
        "looks": len(warm),
        "mb_per_hour": rate,
        "standard_error": error,
        "rss_mb_per_hour": whole,
        "rss_mb": looks[-1].rss_kb / 1024,
    }


def onsets(lines: Iterable[Record]) -> Counter[str]:
    """How each onset during a reply ended: by a verdict and its reason, or in what other way.

    ``open`` for one that nothing ended.
    """
    ends: Counter[str] = Counter()
    waiting: list[int] = []
    for line in lines:
        end = _end(line, waiting) if waiting else ""
        if end:
            ends[end] += len(waiting)
            waiting.clear()
        if line["on"]["type"] == "speech_started" and line["source"] == "speaking" and line["reason"] == "onset":
            waiting.append(line["utterance"])
    ends["open"] += len(waiting)
    return +ends


def _end(line: Record, waiting: list[int]) -> str:
    """What this line says of them; empty: nothing."""
    if line.get("verdict", "undecided") != "undecided":
        return f"{line['verdict']}: {line['reason']}"
    if line["on"]["type"] == "speech_dropped" and line["on"]["utterance"] == waiting[-1]:
        return f"dropped: {line['reason']}"
    return f"moved: {line['reason']}" if line["outcome"] == "moved" else ""


def places(path: Path) -> dict[str, float]:
    """The believed position against the rendered one, and the microphone's samples against the session's clock."""
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    behind = [line["behind"] * 1000 / MIC_HZ for line in found]
    hours = [line["now_us"] / 3.6e9 for line in found]
    ahead_ms = [line["taken"] * 1000 / MIC_HZ - line["now_us"] / 1000 for line in found]
    rate, error = slope(hours, behind)
    clock, clock_error = slope(hours, ahead_ms)
    return {
        "behind_ms_p50": float(np.median(behind)),
        "behind_ms_max": max(behind),
        "behind_ms_per_hour": rate,
        "behind_error": error,
        "microphone_against_clock_ppm": clock / 3.6,
        "microphone_error_ppm": clock_error / 3.6,
    }


def echo_delays(wav: Path) -> dict[str, float]:
    """How long after the loudspeaker's track its echo is in the microphone's, by correlation, along the recording.

    Less than nothing where the card's times are believed wrong that way: the room has no way for sound to go.
    Pieces in which the user or a break is louder than the echo are passed over, and so is the warm-up.
    """
    delays: list[float] = []
    at_h: list[float] = []
    with soundfile.SoundFile(wav) as file:
        for first in range(min(WARM_S * MIC_HZ, file.frames // 2), file.frames - PIECE, PIECE):
            file.seek(first)
            mic, speaker = file.read(PIECE, dtype="float32").T
            energy = float(np.sum(mic**2) * np.sum(speaker**2)) ** 0.5
            spectrum = np.fft.rfft(mic, 2 * PIECE) * np.conj(np.fft.rfft(speaker, 2 * PIECE))
            product = np.fft.irfft(spectrum)
            place = int(np.argmax(product))
            if energy > 0.001 * PIECE and product[place] > ALIKE * energy:
                delays.append((place - 2 * PIECE * (place > PIECE)) * 1000 / MIC_HZ)
                at_h.append(first / MIC_HZ / 3600)
    if not delays:
        return {"pieces": 0}
    rate, error = slope(at_h, delays)
    return {
        "pieces": len(delays),
        "delay_ms_min": min(delays),
        "delay_ms_p50": float(np.median(delays)),
        "delay_ms_max": max(delays),
        "changes": sum(abs(one - other) > 1 for one, other in pairwise(delays)),
        "delay_ms_per_hour": rate,
        "delay_error": error,
    }


def report(run: Run) -> dict[str, Any]:
    """All that is known of a run, as plain values."""
    log = read_log(run.session)
    checked = verify(log)
    metrics = [json.loads(line) for line in (run.session / "metrics.jsonl").read_text().splitlines()]
    seconds = log.lines[-1]["t_us"] / 1e6
    first = next((look for look in run.looks if look.at_s >= WARM_S), run.looks[0])
    last_before_stop = next(line for line in reversed(log.lines) if line["on"]["type"] != "session_stopped")
    return {
        "seconds": round(seconds),
        "rounds": run.rounds,
        "load_mean": float(np.mean([look.load for look in run.looks])),
        "load_max": max(look.load for look in run.looks),
        "looks": [asdict(look) for look in run.looks],
        "memory": memory(run.looks),
        "threads": [first.threads, run.looks[-1].threads],
        "files": [first.files, run.looks[-1].files],
        "left": json.loads(run.said[-1]),
        "drift": places(run.session / "places.jsonl"),
        "echo": echo_delays(run.session / "conversation.wav"),
        "onsets": dict(onsets(log.lines)),
        "state_before_stop": last_before_stop["dest"],
        "times_idle": sum(line["dest"] == "idle" and line["outcome"] == "moved" for line in log.lines),
        "card": next(line for line in metrics if line["event"] == "card"),
        "counters": next(line for line in metrics if line["event"] == "counters"),
        "steps": next(line for line in metrics if line["event"] == "steps"),
        "mismatch": checked.mismatch,
        "lines": checked.lines,
        "mb_per_hour_on_disk": {
            path.name: round(path.stat().st_size / 1e6 * 3600 / seconds, 2) for path in run.session.iterdir()
        },
    }
