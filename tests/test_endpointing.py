"""Endpointing: the life of an utterance, from made-up probabilities and from real recordings."""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.speech.endpointer import FRAME_MS, KEPT_SPANS, Endpointer, EndpointSettings
from models.ports import FRAME_SAMPLES, MIC_HZ
from states.events import (
    Event,
    SpeechContinued,
    SpeechDropped,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSustained,
)

SETTINGS = EndpointSettings()
LETTERS = {
    SpeechStarted: "s",
    SpeechSustained: "S",
    SpeechContinued: "C",
    SpeechPaused: "p",
    SpeechResumed: "r",
    SpeechEnded: "E",
    SpeechDropped: "D",
}
LIFE = re.compile(r"s(D|(pr)*(S(C|pr)*)?p?E)")
"""The formula of the module's docstring."""

VOICE, SOFT, SILENCE = 0.9, 0.4, 0.1


def probabilities(text: str) -> list[float]:
    """ "v3 s20" is three voiced frames, then twenty silent ones; "m" is between the thresholds."""
    kinds = {"v": VOICE, "m": SOFT, "s": SILENCE}
    return [kinds[part[0]] for part in text.split() for _ in range(int(part[1:]))]


def feed(endpointer: Endpointer, values: Iterable[float], first_frame: int = 0) -> list[tuple[int, Event]]:
    """Events with the number of the frame that brought them."""
    return [
        (frame, event)
        for frame, value in enumerate(values, first_frame)
        for event in endpointer.process(frame * FRAME_SAMPLES, value)
    ]


def life(text: str, settings: EndpointSettings = SETTINGS) -> list[tuple[int, Event]]:
    return feed(Endpointer(settings), probabilities(text))


def test_a_sentence() -> None:
    assert life("s3 v20 s30") == [
        (3, SpeechStarted(1)),
        (7, SpeechSustained(1, 160)),
        (17, SpeechContinued(1, 480)),
        (29, SpeechPaused(1, 640, 224)),  # 7 silent frames: 200 ms rounded up
        (42, SpeechEnded(1, 640)),  # 20 silent frames
    ]


def test_a_short_yes_pauses_without_being_sustained() -> None:
    assert life("v4 s20") == [
        (0, SpeechStarted(1)),
        (10, SpeechPaused(1, 128, 224)),
        (23, SpeechEnded(1, 128)),
    ]


def test_a_click_is_dropped_when_it_would_pause() -> None:
    assert life("v2 s30 v4 s20") == [
        (0, SpeechStarted(1)),
        (8, SpeechDropped(1, 64)),
        (32, SpeechStarted(2, 960)),
        (42, SpeechPaused(2, 128, 224)),
        (55, SpeechEnded(2, 128)),
    ]


def test_going_on_after_a_pause_adds_up() -> None:
    assert life("v4 s10 v1 s6 v20 s20") == [
        (0, SpeechStarted(1)),
        (10, SpeechPaused(1, 128, 224)),
        (14, SpeechResumed(1, 320)),
        (14, SpeechSustained(1, 160)),
        (30, SpeechContinued(1, 480)),
        (40, SpeechContinued(1, 800)),
        (47, SpeechPaused(1, 800, 224)),
        (60, SpeechEnded(1, 800)),
    ]


def test_between_the_thresholds_nothing_changes() -> None:
    assert life("m9 v3 m2 s20") == [  # no onset by it, but speech goes on by it
        (9, SpeechStarted(1)),
        (13, SpeechSustained(1, 160)),
        (20, SpeechPaused(1, 160, 224)),
        (33, SpeechEnded(1, 160)),
    ]
    assert [event for _, event in life("v5 s1 m19 m9")][-1] == SpeechEnded(1, 160)  # and silence goes on by it


def test_too_long_an_utterance_is_cut_and_the_next_starts_at_once() -> None:
    events = life("v70 s20", EndpointSettings(max_utterance_ms=2_000))
    assert (62, SpeechEnded(1, 63 * FRAME_MS)) in events
    assert (63, SpeechStarted(2)) in events
    assert events[-1] == (89, SpeechEnded(2, 7 * FRAME_MS))


def test_flush_ends_or_drops_what_is_open() -> None:
    endpointer = Endpointer(SETTINGS)
    assert endpointer.flush() == []
    feed(endpointer, probabilities("v2"))
    assert endpointer.flush() == [SpeechDropped(1, 64)]
    feed(endpointer, probabilities("v3"), 2)
    assert endpointer.open
    assert endpointer.flush() == [SpeechEnded(2, 96)]
    assert not endpointer.open
    assert endpointer.flush() == []


def test_a_probability_that_is_no_number_is_silence() -> None:
    nan = float("nan")
    assert [LETTERS[type(e)] for _, e in feed(Endpointer(SETTINGS), [nan, *[VOICE] * 5, *[nan] * 20])] == list("sSpE")


def test_span_has_preroll_and_a_tail() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, probabilities("s50 v10"))
    assert endpointer.span(1) == (50 * FRAME_SAMPLES - MIC_HZ // 2, 60 * FRAME_SAMPLES)
    feed(endpointer, probabilities("s5"), 60)
    assert endpointer.span(1)[1] == 65 * FRAME_SAMPLES
    feed(endpointer, probabilities("s15"), 65)
    assert endpointer.span(1)[1] == 60 * FRAME_SAMPLES + MIC_HZ // 5


def test_preroll_starts_neither_before_the_session_nor_in_the_speech_before() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, probabilities("s1 v2 s8 v5 s20"))
    assert endpointer.span(1)[0] == 0
    assert endpointer.span(2)[0] == 4 * FRAME_SAMPLES


def test_preroll_after_a_forced_end_is_none() -> None:
    endpointer = Endpointer(EndpointSettings(max_utterance_ms=960))
    feed(endpointer, probabilities("v60"))
    assert endpointer.span(1) == (0, 30 * FRAME_SAMPLES)
    assert endpointer.span(2)[0] == 30 * FRAME_SAMPLES


def test_old_spans_are_forgotten() -> None:
    endpointer = Endpointer(SETTINGS)
    feed(endpointer, probabilities("v4 s20 " * 100))
    endpointer.span(100 - KEPT_SPANS + 1)
    assert endpointer.oldest(3) == 100 - KEPT_SPANS + 1
    assert endpointer.oldest(99) == 99
    for unknown in (0, 100 - KEPT_SPANS, 101):
        with pytest.raises(KeyError):
            endpointer.span(unknown)


runs = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.34, 0.35, 0.4, 0.5, 0.9, 1.0]), st.integers(1, 40)), max_size=30
)
timings = st.builds(
    lambda least, more, pause, silence, limit: EndpointSettings(
        min_speech_ms=least,
        sustain_ms=least + more,
        pause_ms=pause,
        silence_ms=pause + silence,
        max_utterance_ms=pause + silence + limit,
    ),
    least=st.integers(1, 200),
    more=st.integers(0, 200),
    pause=st.integers(1, 300),
    silence=st.integers(1, 600),
    limit=st.integers(1, 3000),
)


@settings(deadline=None)
@given(runs=runs, settings=timings)
def test_every_life_follows_the_formula(runs: list[tuple[float, int]], settings: EndpointSettings) -> None:
    endpointer = Endpointer(settings)
    values = [value for value, count in runs for _ in range(count)]
    events = [event for _, event in feed(endpointer, values)] + endpointer.flush()
    lives: dict[int, list[Event]] = {}
    for event in events:
        utterance = event.utterance  # type: ignore[attr-defined]
        assert utterance == (len(lives) + 1 if isinstance(event, SpeechStarted) else len(lives))
        lives.setdefault(utterance, []).append(event)
    for own in lives.values():
        assert LIFE.fullmatch("".join(LETTERS[type(event)] for event in own))
        voiced = [event.voiced_ms for event in own if hasattr(event, "voiced_ms")]
        assert voiced == sorted(voiced)
        assert (voiced[-1] < settings.min_speech_ms) == isinstance(own[-1], SpeechDropped)


@settings(deadline=None)
@given(runs=runs, settings=timings)
def test_spans_lie_in_the_session_and_share_no_speech(
    runs: list[tuple[float, int]], settings: EndpointSettings
) -> None:
    endpointer = Endpointer(settings)
    values = [value for value, count in runs for _ in range(count)]
    onsets: dict[int, int] = {}
    voiced_end = 0
    ends: dict[int, int] = {}
    for frame, event in feed(endpointer, values):
        if isinstance(event, SpeechStarted):
            onsets[event.utterance] = frame * FRAME_SAMPLES
        if isinstance(event, SpeechEnded | SpeechDropped):
            ends[event.utterance] = (frame + 1) * FRAME_SAMPLES
    for utterance in sorted(onsets)[-KEPT_SPANS:]:
        first, end = endpointer.span(utterance)
        assert max(0, onsets[utterance] - MIC_HZ // 2) <= first <= onsets[utterance] < end
        assert end <= ends.get(utterance, len(values) * FRAME_SAMPLES)
        assert first >= voiced_end
        voiced_end = end - MIC_HZ // 5 if utterance in ends else end


@pytest.mark.parametrize(
    "wrong",
    [
        {"onset_threshold": 1.1},
        {"offset_threshold": 0.0},
        {"offset_threshold": 0.6},
        {"onset_threshold": float("nan")},
        {"pause_ms": 0},
        {"continue_ms": -1},
        {"pause_ms": 640},
        {"silence_ms": 60_000},
        {"min_speech_ms": 161},
        {"preroll_ms": -1},
    ],
)
def test_settings_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        EndpointSettings(**wrong)  # type: ignore[arg-type]
