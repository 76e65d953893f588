"""Measurements of a session: what took how long, on the clock it ran on.

Kept apart from the journal, which must be the same bytes for the same conversation. Where ``clock`` is ``virtual``
the figures are evidence about logic, never about speed.
"""

import json
from array import array
from collections.abc import Callable, Collection, Iterable
from typing import Any, TextIO

from engine.audio.ledger import Rendered
from engine.line_file import LineFile
from states.commands import TranscribeUtterance
from states.events import (
    ClauseGenerated,
    PlayoutStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    UtteranceTranscribed,
)
from states.step import Step

KEPT_STEPS = 65_536
"""Steps whose times are kept for the sums: the last hours of conversation, in 1 MB taken at the start."""

KEPT_ONSETS = 64
"""A verdict is about the latest utterance or the one before it."""


class Metrics:
    """Writes ``metrics.jsonl``: a line for each reply's first sound and each verdict, and sums at the end.

    The first sound's marks: the user's ``speech_end``, the words ``asked`` for and known (``words``), the turn
    ``taken``, the ``first_clause`` written. What was prepared in a pause comes before ``taken``.

    Called in the loop's thread, which on a real clock never waits for the disk. Where writing fails, ``warn`` is told
    once and the session goes on without.
    """

    def __init__(self, file: TextIO, clock: str, warn: Callable[[str], None]) -> None:
        self._lines = LineFile(file, "the metrics end here", warn, live=clock != "virtual")
        self._count = 0
        self._waited_us = array("q", bytes(8 * KEPT_STEPS))
        self._took_us = array("q", bytes(8 * KEPT_STEPS))
        self._marks: dict[str, int] = {}
        self._onsets: dict[int, int] = {}
        self._voiced_us = self._quiet_us = 0  # latest onset, and end of the latest speech
        self._write({"event": "session", "clock": clock})

    def __call__(self, step: Step, waited_us: int, took_us: int) -> None:
        """Take note of a step."""
        place = self._count % KEPT_STEPS  # that of the oldest
        self._waited_us[place], self._took_us[place] = waited_us, took_us
        self._count += 1
        now, event = step.now_us, step.event
        match event:
            case SpeechStarted(utterance) | SpeechResumed(utterance):
                self._onsets[utterance] = self._voiced_us = now
                self._onsets.pop(utterance - KEPT_ONSETS, None)
            case SpeechPaused(silent_ms=silent_ms):
                self._quiet_us = now - silent_ms * 1000
            case SpeechEnded() if step.outcome != "stale" and self._quiet_us < self._voiced_us:
                self._quiet_us = now
            case UtteranceTranscribed() if step.outcome != "stale":
                self._marks["words"] = now
            case ClauseGenerated(clause=0) if step.outcome != "stale":
                self._marks["first_clause"] = now
            case PlayoutStarted(reply) if step.outcome == "moved":
                parts = {f"{name}_us": at for name, at in self._marks.items()}
                self._write({"event": "first_sound", "reply": reply, "t_us": now, **parts})
            case _:
                pass
        if any(isinstance(command, TranscribeUtterance) for command in step.commands):
            self._marks = {"speech_end": self._quiet_us, "asked": now}
        if step.said is not None:
            self._marks["taken"] = now
        if step.verdict in ("interrupt", "dismiss"):
            since_us = now - self._onsets.get(step.utterance, now)
            self._write(
                {"event": "verdict", "verdict": step.verdict, "reason": step.reason, "after_onset_us": since_us}
            )

    def rendered(self, stretches: Iterable[Rendered]) -> None:
        """Note what went out of the loudspeaker."""
        for s in stretches:
            self._write(
                {
                    "event": "rendered",
                    "out_sample": s.out_sample,
                    "reply": s.reply,
                    "reply_first_sample": s.reply_first_sample,
                    "samples": s.samples,
                    "gain_pct": [s.gain_start_pct, s.gain_end_pct],
                }
            )

    def card(self, **figures: int | float) -> None:
        """Note how the sound card fared, all streams of the session together."""
        self._write({"event": "card", **figures})

    def close(self, **counters: int | float) -> None:
        """Write the sums and close the file."""
        kept = min(self._count, KEPT_STEPS)
        self._write(
            {
                "event": "steps",
                "count": self._count,
                "mailbox_us": _spread(self._waited_us[:kept]),
                "handling_us": _spread(self._took_us[:kept]),
            }
        )
        self._write({"event": "counters", **counters})
        self._lines.close()

    def _write(self, record: dict[str, Any]) -> None:
        self._lines.write(json.dumps(record, separators=(",", ":")) + "\n")


def _spread(values: Collection[int]) -> dict[str, int]:
    """Median, 95th percentile (nearest rank) and maximum."""
    if not values:
        return {}
    ordered = sorted(values)
    return {
        "p50": ordered[(len(ordered) - 1) // 2],
        "p95": ordered[-(-95 * len(ordered) // 100) - 1],
        "max": ordered[-1],
    }
