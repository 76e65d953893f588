"""Sentences: nothing lost, nothing split that belongs together, and an early first clause."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.stages.sentences import FIRST_WORDS_MAX, WORDS_MAX, clauses


def split(text: str, size: int = 3, **limits: int) -> list[str]:
    """Clauses of a text that comes in tokens of some characters, spaces in front, as models send them."""
    tokens = re.findall(rf"\s*\S{{1,{size}}}|\s+", text)
    assert "".join(tokens) == text
    return [clause for clause in clauses(iter(tokens), **limits) if clause is not None]


def words(text: str) -> int:
    return sum(re.search(r"[^\W_]", run) is not None for run in text.split())


@pytest.mark.parametrize(
    "expected",
    [
        ["Yes. ", "I can help you with that, and much more. ", "Ask me anything!"],
        ["Sure, no problem, ", "I will do it."],
        ["Well, that is fine."],
        ['"Hello," she said. ', '"How are you?" he asked. ', "(Really.) ", "Yes!"],
        ["Wait... what? ", "Oh no."],
        ["Well . . . ", "I think so."],
        ["1. Take the bread.\n", "2. Butter it.\n", "- Eat\n"],
        ["First line\n", "second line"],
        ["She is the best - ", "really - at this."],
        ["你好。", "世界很大，我们一起走吧！", "好的"],
        ["So do I. ", "Let us go."],
    ],
)
def test_clauses(expected: list[str]) -> None:
    for size in (1, 3, 100):
        assert split("".join(expected), size) == expected


@pytest.mark.parametrize(
    "unit",
    [
        "Dr. Smith",
        "Mr. and Mrs. Jones",
        "J. R. R. Tolkien",
        "3.14 metres",
        "10:30 tomorrow",
        "apples, e.g. Cox",
        "the U.S. Army",
        "St. Louis",
        "No. 5",
        "Fig. 3",
        "https://example.com/a.b?c=d.e",
        "is2s.dev",
        "5 p.m. London",
        "a Ph.D. Thesis",
        "approx. five",
        "Yahoo! is",
        "version 1.2.3",
    ],
)
def test_what_is_never_split(unit: str) -> None:
    text = f"Yes. This one is about {unit} and so on. Then comes more."
    assert [clause for clause in split(text) if unit in clause]


def test_no_is_a_sentence_before_words_and_an_abbreviation_before_numbers() -> None:
    assert split("No. I live at No. 5 now.") == ["No. ", "I live at No. 5 now."]


def test_the_first_clause_is_short_and_stops_where_it_does_not_jar() -> None:
    assert split("I would really like to help you with that if I may") == [
        "I would really like to help you ",
        "with that if I may",
    ]
    assert split("One two three four five six seven Dr. Smith said")[0] == "One two three four five six seven "
    assert split("of the of the of the of the of the")[0] == "of the of the of the of the "


def test_later_clauses_run_to_the_sentence_or_to_a_comma_when_long() -> None:
    expected = [
        "Yes. ",
        "It is, as you say, red. ",
        "But it has one two three four five six seven eight nine, ",
        "and more, and more.",
    ]
    assert split("".join(expected)) == expected


def test_text_without_punctuation_is_cut() -> None:
    found = split("word " * 100)
    assert [words(clause) for clause in found] == [FIRST_WORDS_MAX, WORDS_MAX, WORDS_MAX, WORDS_MAX, 2]
    assert [words(clause) for clause in split("word " * 10, first_words_max=2, words_max=3)] == [2, 3, 3, 2]


def test_a_clause_comes_with_the_first_letter_after_it() -> None:
    tokens = ["Hi", " there", ".", " ", '"', "H", "ow", " are", " you", "?"]
    assert list(clauses(iter(tokens))) == [
        None,
        None,
        None,
        None,
        None,
        "Hi there. ",
        None,
        None,
        None,
        None,
        ('"How are you?'),
    ]


def test_a_token_may_complete_several_clauses() -> None:
    assert list(clauses(iter(["One. Two. Three. Fo", "ur."]))) == ["One. ", "Two. ", "Three. ", None, "Four."]


def test_each_token_gives_the_caller_a_say() -> None:
    taken = []

    def tokens() -> Iterator[str]:
        for token in ("Yes", ".", " And", " so", " on"):
            taken.append(token)
            yield token

    found = clauses(tokens())
    assert next(found) is None
    assert taken == ["Yes"]
    assert next(found) is None
    assert next(found) == "Yes. "
    assert taken == ["Yes", ".", " And"]


@pytest.mark.parametrize("text", ["...", "🙂 🙂", " \n"])
def test_a_stream_without_a_word_is_one_clause(text: str) -> None:
    assert split(text) == [text]


def test_wordless_pieces_join_their_neighbours() -> None:
    assert split("... Hm. 🙂 Fine. 🙂") == ["... Hm. ", "🙂 Fine. 🙂"]


def test_nothing_gives_nothing() -> None:
    assert list(clauses(iter([]))) == []
    assert list(clauses(iter(["", ""]))) == [None, None]


@pytest.mark.parametrize("limits", [{"first_words_max": 0}, {"words_max": 0}])
def test_limits_must_leave_a_word(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        next(clauses(iter(["a"]), **limits))


WORDS = [
    "Dr.",
    "No.",
    "e.g.",
    "U.S.",
    "3.14",
    "10:30",
    "I.",
    "1.",
    "the",
    "A",
    "word",
    "Word",
    "x",
    ".net",
    "é",
    "世界",
]
PIECES = st.one_of(
    st.sampled_from([" ", "  ", "\n", ". ", ", ", "! ", " - ", "—", "...", "🙂"]),
    st.sampled_from(list("?…。，\"()-:;_'")),
    st.sampled_from(WORDS),
)
TOKENS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=80)


@settings(deadline=None)
@given(tokens=TOKENS, first=st.integers(1, 10), most=st.integers(1, 12))
def test_nothing_is_lost_and_every_clause_has_words(tokens: list[str], first: int, most: int) -> None:
    got = list(clauses(iter(tokens), first_words_max=first, words_max=most))
    found = [clause for clause in got if clause is not None]
    assert "".join(found) == "".join(tokens)
    assert len(got) >= len(tokens)
    assert all(words(clause) for clause in found) or (len(found) == 1 and not words(found[0]))
    if found:
        assert words(found[0]) <= first
        assert all(words(clause) <= most for clause in found[1:])


@settings(deadline=None)
@given(tokens=TOKENS)
def test_how_the_text_is_cut_into_tokens_does_not_matter(tokens: list[str]) -> None:
    text = "".join(tokens)
    whole = [clause for clause in clauses(iter([text])) if clause is not None]
    single = [clause for clause in clauses(iter(text)) if clause is not None]
    assert whole == single
