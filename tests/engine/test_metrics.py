"""Metrics: what took how long, apart from the journal, and sums that can be worked out by hand."""

import errno
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.ledger import Rendered
from engine.metrics import KEPT_ONSETS, KEPT_STEPS, Metrics
from states.commands import TranscribeUtterance
from states.events import (
    ClauseGenerated,
    DeadlineExpired,
    Event,
    PlayoutStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    UtteranceTranscribed,
)
from states.state import State
from states.step import Outcome, Step
from tests.engine.unhurried import unhurried

FULL = Path("/dev/full")


class Kept(io.StringIO):
    """A file that can still be read when it is closed."""

    text = ""

    def close(self) -> None:
        self.text = self.getvalue()
        super().close()


def fail(_: str) -> None:
    pytest.fail("nothing to warn of")


def step(now_us: int, event: Event, outcome: Outcome = "moved", **more: Any) -> Step:
    utterance = getattr(event, "utterance", 0)
    return Step(1, now_us, event, State.IDLE, State.IDLE, outcome, "why not", 0, utterance, 0, 0, **more)


def lines(file: Kept) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.text.splitlines()]


def measured(*steps: Step) -> list[dict[str, Any]]:
    """What a session of these steps leaves, without its first line and its sums."""
    file = Kept()
    metrics = Metrics(file, "virtual", fail)
    for one in steps:
        metrics(one, 0, 0)
    metrics.close()
    return lines(file)[1:-2]


def test_first_and_last_lines() -> None:
    file = Kept()
    metrics = Metrics(file, "monotonic", fail)
    metrics.close(dropped_samples=512, refused_samples=0)
    assert lines(file) == [
        {"event": "session", "clock": "monotonic"},
        {"event": "steps", "count": 0, "mailbox_us": {}, "handling_us": {}},
        {"event": "counters", "dropped_samples": 512, "refused_samples": 0},
    ]


def test_the_way_to_the_first_sound() -> None:
    found = measured(
        step(100_000, SpeechStarted(1)),
        step(900_000, SpeechPaused(1, 500, 200), commands=(TranscribeUtterance(1, 1, 500),)),
        step(1_060_000, SpeechEnded(1, 500)),
        step(1_200_000, UtteranceTranscribed(1, "hi", 80, 500)),
        step(1_300_000, DeadlineExpired(1), said="hi"),
        step(1_500_000, ClauseGenerated(1, 0, "a")),
        step(1_550_000, ClauseGenerated(1, 1, "b"), "stayed"),
        step(1_600_000, PlayoutStarted(1)),
    )
    assert found == [
        {
            "event": "first_sound",
            "reply": 1,
            "t_us": 1_600_000,
            "speech_end_us": 700_000,
            "asked_us": 900_000,
            "words_us": 1_200_000,
            "taken_us": 1_300_000,
            "first_clause_us": 1_500_000,
        }
    ]


def test_late_events_do_not_count() -> None:
    found = measured(
        step(800, SpeechStarted(1)),
        step(900, SpeechEnded(1, 500), commands=(TranscribeUtterance(1, 1, 500),)),
        step(1200, UtteranceTranscribed(1, "hi", 80, 500)),
        step(1300, UtteranceTranscribed(1, "hi", 80, 500), "stale"),
        step(1400, ClauseGenerated(1, 0, "a"), "stale"),
        step(1500, PlayoutStarted(1), "stale"),
        step(1600, PlayoutStarted(2)),
    )
    marks = {"speech_end_us": 900, "asked_us": 900, "words_us": 1200}
    assert found == [{"event": "first_sound", "reply": 2, "t_us": 1600, **marks}]


def test_verdicts_are_measured_from_the_onset() -> None:
    found = measured(
        step(1000, SpeechStarted(4)),
        step(1250, SpeechPaused(4, 90), verdict="dismiss"),
        step(2000, SpeechResumed(4)),
        step(2600, SpeechPaused(4, 90), verdict="undecided"),
        step(2700, SpeechPaused(4, 90), verdict="interrupt"),
    )
    assert [(line["verdict"], line["after_onset_us"]) for line in found] == [("dismiss", 250), ("interrupt", 700)]
    assert {line["reason"] for line in found} == {"why not"}


def test_what_was_rendered() -> None:
    file = Kept()
    metrics = Metrics(file, "virtual", fail)
    metrics.rendered([Rendered(512, 1, 0, 320, 100, 18), Rendered(832, 1, 320, 100, 18, 18)])
    metrics.close()
    assert lines(file)[1:3] == [
        {"event": "rendered", "out_sample": 512, "reply": 1, "reply_first_sample": 0, "samples": 320,
         "gain_pct": [100, 18]},
        {"event": "rendered", "out_sample": 832, "reply": 1, "reply_first_sample": 320, "samples": 100,
         "gain_pct": [18, 18]},
    ]  # fmt: skip


def sums(waits: list[int]) -> dict[str, Any]:
    file = Kept()
    metrics = Metrics(file, "virtual", fail)
    for wait in waits:
        metrics(step(0, SpeechStarted(1)), wait, 2 * wait)
    metrics.close()
    return lines(file)[-2]


def test_sums_by_hand() -> None:
    assert sums([7]) == {
        "event": "steps",
        "count": 1,
        "mailbox_us": {"p50": 7, "p95": 7, "max": 7},
        "handling_us": {"p50": 14, "p95": 14, "max": 14},
    }
    assert sums(list(range(20, 0, -1)))["mailbox_us"] == {"p50": 10, "p95": 19, "max": 20}
    assert sums(list(range(1, 102)))["mailbox_us"] == {"p50": 51, "p95": 96, "max": 101}


@unhurried
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_percentiles_are_values_with_so_many_below(waits: list[int]) -> None:
    found = sums(waits)["mailbox_us"]
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        assert found[name] in waits
        assert sum(wait <= found[name] for wait in waits) >= share * len(waits)
        assert sum(wait < found[name] for wait in waits) < share * len(waits)
    assert found["max"] == max(waits)


def test_memory_is_bounded_and_the_count_is_not() -> None:
    found = sums([5] * (KEPT_STEPS + 10))
    assert found["count"] == KEPT_STEPS + 10
    assert found["mailbox_us"] == {"p50": 5, "p95": 5, "max": 5}
    assert sums([9] * 10 + [5] * KEPT_STEPS)["mailbox_us"]["max"] == 5, "the oldest give way"


def test_onsets_are_forgotten() -> None:
    """An hour of talk has hundreds; a verdict is about the last."""
    onsets = [step(number, SpeechStarted(number)) for number in range(1, KEPT_ONSETS + 2)]
    first, last = measured(
        *onsets,
        step(1000, SpeechEnded(1, 200), verdict="dismiss"),
        step(1000, SpeechEnded(KEPT_ONSETS + 1, 200), verdict="dismiss"),
    )
    assert first["after_onset_us"] == 0, "no longer known"
    assert last["after_onset_us"] == 1000 - KEPT_ONSETS - 1


def test_a_full_disk_is_told_once() -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    warnings: list[str] = []
    metrics = Metrics(Full(), "virtual", warnings.append)
    metrics(step(1, SpeechStarted(1)), 0, 0)
    metrics.close()
    assert warnings == ["the metrics end here: No space left on device"]


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full on this system")
def test_the_full_device() -> None:
    warnings: list[str] = []
    metrics = Metrics(FULL.open("w", encoding="utf-8"), "virtual", warnings.append)
    metrics(step(1, SpeechStarted(1)), 0, 0)
    metrics.close()
    assert warnings == ["the metrics end here: No space left on device"]
