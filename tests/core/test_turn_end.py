"""How finished words are, and the silence that is waited for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.turn_end import Finish, TurnEndSettings, how_finished, silence_that_ends

TABLE = [
    ("so last week I went to", "open"),
    ("I would like to book a table for", "open"),
    ("and then", "open"),
    ("my name is", "open"),
    ("because", "open"),
    ("turn on the", "open"),
    ("I was thinking, um", "open"),
    ("I was thinking...", "open"),
    ("First of all,", "open"),
    ("what is", "open"),
    ("my number is five five", "dictation"),
    ("it is spelled b r", "dictation"),
    ("0 7 9", "dictation"),
    ("what time is it", "complete"),
    ("What time is it?", "complete"),
    ("what is it about", "complete"),
    ("Tell me a story.", "complete"),
    ("yes", "complete"),
    ("yes please", "complete"),
    ("hello", "complete"),
    ("Turn it on.", "complete"),
    ("Yes, I do.", "complete"),
    ("tell me a story", "unknown"),
    ("on Tuesday", "unknown"),
    ("ten", "unknown"),
    ("um", "unknown"),
    ("turn it on", "unknown"),
    ("", "unknown"),
    ("?!", "unknown"),
]


@pytest.mark.parametrize(("text", "finish"), TABLE)
def test_how_finished(text: str, finish: str) -> None:
    assert how_finished(text)[0].value == finish


@pytest.mark.parametrize(
    ("text", "final_pct", "own", "expected"),
    [
        ("What time is it?", -1, (), (400, "sentence")),
        ("tell me a story", -1, (), (640, "words")),
        ("tell me a story", 80, (), (400, "sounds_final")),
        ("tell me a story", 79, (), (640, "words")),
        ("Tell me a story.", 20, (), (640, "sounds_going_on")),
        ("Tell me a story.", 21, (), (400, "sentence")),
        ("I went to", 99, (), (2000, "open_word")),
        ("five five", -1, (), (1200, "dictation")),
        ("What time is it?", -1, (900, 900), (400, "sentence")),
        ("What time is it?", -1, (900, 700, 300), (840, "own_pauses")),
        ("What time is it?", -1, (5000, 6000, 300), (2000, "own_pauses")),
        ("I went to", -1, (5000, 6000, 300), (2000, "open_word")),
    ],
)
def test_the_silence(text: str, final_pct: int, own: tuple[int, ...], expected: tuple[int, str]) -> None:
    assert silence_that_ends(text, final_pct, own, TurnEndSettings()) == expected


PAUSES = st.lists(st.integers(1, 20_000), max_size=8)


@given(st.text(), st.integers(-1, 100), PAUSES, st.integers(1, 20_000))
def test_more_pauses_never_shorten_it_and_it_stays_within_bounds(
    text: str, final_pct: int, pauses: list[int], more: int
) -> None:
    settings = TurnEndSettings()
    wait_ms, why = silence_that_ends(text, final_pct, tuple(pauses), settings)
    assert settings.complete_ms <= wait_ms <= settings.open_ms
    assert why
    assert silence_that_ends(text, final_pct, (*pauses, more), settings)[0] >= wait_ms


@given(st.text())
def test_signs_and_case_alone_never_make_words_open_or_less_so(text: str) -> None:
    plain = how_finished(text.rstrip(" .!?,;:-–—…"))[0]
    signed = how_finished(text.rstrip(" .!?,;:-–—…") + ".")[0]
    assert (plain is Finish.OPEN) == (signed is Finish.OPEN)


@pytest.mark.parametrize(
    "wrong",
    [{"complete_ms": 700}, {"open_ms": 500}, {"dictation_ms": 300}, {"going_on_pct": 90}, {"margin_pct": -1}],
)
def test_settings_that_contradict_each_other_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must"):
        TurnEndSettings(**wrong)
