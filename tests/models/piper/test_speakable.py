"""What is said for what is written, and that every spoken word knows its written one."""

import re
import string
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.speakable import Spoken, SpokenWord, speakable, written_spans

SAID = {
    # abbreviations
    "Dr. Smith lives on Baker St. near Mt. Etna.": "Doctor Smith lives on Baker Street near Mount Etna.",
    "St. Paul and Mr. and Mrs. Jones": "Saint Paul and Mister and Missus Jones",
    "Use e.g. a cat, i.e. an animal, etc.": "Use for example a cat, that is an animal, et cetera.",
    "(e.g., milk)": "for example, milk",
    "At 4:15 p.m. Then go.": "At 4 15 pee em, Then go.",
    "In the U.S. Army, J. R. Tolkien": "In the US Army, J R Tolkien",
    "I. Then II.": "I. Then II.",
    "No. 5 and no. Then": "number 5 and no. Then",
    "Ph.D. students vs. others": "P H D students versus others",
    # times, dates, numbers
    "10:05, 7:00, 14:00 or 9am": "10 oh 5, 7 o'clock, 14 hundred or 9 ay em",
    "at 7:30pm or 8 pm": "at 7 30 pee em or 8 pee em",
    "On 2024-05-01 or in 1999, in 1905": "On May 1st, 20 24 or in 19 99, in 19 oh 5",
    "the 1990s and '90s, after 90s": "the 19 nineties and nineties, after 90 seconds",
    "It costs $5.20, £1, €4.5m or $0.05.": "It costs 5 dollars 20, 1 pound, 4.5 million euros or 5 cents.",
    "5-10 km, 1 kg, 3GB, 20°C, 50%": "5 to 10 kilometres, 1 kilogram, 3 gigabytes, 20 degrees Celsius, 50 percent",
    "1/2 cup or 3/4, 7/9": "1 half cup or 3 quarters, 7 over 9",
    "1,000,000 or 3.14 or 21st": "1,000,000 or 3.14 or 21st",
    "2 + 2 = 4, 5 - 3 = 2, 2*3, -5": "2 plus 2 equals 4, 5 minus 3 equals 2, 2 times 3, minus 5",
    "Call 555-1234 now": "Call 5 5 5, 1 2 3 4 now",
    "v1.2.3 is #1, ~5 left": "version 1 point 2 point 3 is number 1, about 5 left",
    # addresses and names
    "Mail john.doe@example.com!": "Mail john dot doe at example dot com!",
    "See https://www.example.com/docs/install?x=1#y.": "See example dot com slash docs slash install.",
    "See https://example.com/a/b/c/d?e=f": "See example dot com",
    "Node.js, main.py, C++ and C#": "Node dot js, main dot py, C plus plus and C sharp",
    "snake_case and/or he/she": "snake case and or he or she",
    "/usr/bin": "slash usr slash bin",
    # markdown
    "**Note:** this is *very* __important__.": "Note: this is very important.",
    "# Title\n\n- milk\n- two eggs\n1. Bread": "Title. milk, two eggs, 1, Bread",
    "- [x] done\n- [ ] to do": "done, to do",
    "> quoted text": "quoted text",
    "See [the docs](https://example.com/a?b=c) and ![a cat](cat.png).": "See the docs and a cat.",
    '```python\nprint("hi")\nx = y_1 + 1\n```': "print hi x equals y 1 plus 1",
    "Run `ls -l` and `x`.": "Run ls l and x.",
    "| a | b |\n|---|---|\n| c | d |": "a, b, c, d",
    "<b>bold</b> &amp; R&D": "bold and R and D",
    "[[həlˈoʊ]] there": "həlˈoʊ there",
    # emoji and signs
    "Great 😀👍🏽 job! ❤️": "Great job!",
    "hello :-) there <3": "hello there",
    "wait... what? no...": "wait, what? no.",
    "word—word – and — so": "word, word, and, so",
    "“Yes,” she said. ‘No’ (really)": "Yes, she said. No really",
    "What?! Really!!!": "What? Really!",
    "a < b & c": "a less than b and c",
    "well...I mean it.Then go": "well, I mean it. Then go",
    "don’t rock 'n' roll, cats' o'clock": "don't rock n roll, cats o'clock",
    "one\ntwo lines": "one two lines",
}


@pytest.mark.parametrize("text", SAID)
def test_examples(text: str) -> None:
    assert speakable(text).text == SAID[text]


@pytest.mark.parametrize(
    "text", ["", " \n", "...", "!", "—", "😀", "- ", "---", "***", "```", "|---|", ":-)", "\0\u200b"]
)
def test_nothing_to_say(text: str) -> None:
    assert speakable(text) == Spoken(())


def test_spoken_words_know_their_written_characters() -> None:
    text = "- **Dr.** Smith — at 10:05 😀 ok"
    found = [(word.text, text[word.first : word.end]) for word in speakable(text).words]
    assert found == [
        ("Doctor", "- **Dr.**"),
        ("Smith,", "Smith —"),
        ("at", "at"),
        ("10 oh 5", "10:05 😀"),
        ("ok", "ok"),
    ]


def test_spans_of_spoken_text_come_back_to_the_written() -> None:
    spoken = Spoken((SpokenWord("for example", 0, 4), SpokenWord("this", 5, 9), SpokenWord("one.", 10, 14)))
    spans = [(0, 3, 0, 100), (4, 11, 120, 300), (17, 21, 400, 500)]
    assert written_spans(spoken, spans) == ((0, 4, 0, 300), (10, 14, 400, 500))
    assert written_spans(Spoken(()), []) == ()


def test_without_english_nothing_is_spelt_out() -> None:
    assert speakable("**Dr.** Müller & 5 € – 3,5!", english=False).text == "Dr. Müller, 5, 3,5!"
    assert speakable("日本語。テスト", english=False).text == "日本語. テスト"


ANYTHING = st.text(max_size=60)
WRITTEN = st.text(
    st.sampled_from(string.ascii_letters + "0123456789 .,:;!?-_*`#[]()<>/\\@&%$'\"|~+=—😀\n"), max_size=60
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(ANYTHING, WRITTEN), st.booleans())
def test_the_mapping_is_total_and_monotone(text: str, english: bool) -> None:
    words = speakable(text, english=english).words
    place = 0
    for word in words:
        assert word.text.strip() == word.text
        assert any(character.isalnum() for character in word.text)
        assert place <= word.first < word.end <= len(text)
        assert not text[place : word.first].strip(), "no written word is left out"
        assert not text[word.first].isspace()
        assert not text[word.end - 1].isspace()
        place = word.end
    assert not words or not text[place:].strip()


@settings(max_examples=300, deadline=None)
@given(st.one_of(ANYTHING, WRITTEN))
def test_what_is_said_has_no_signs(text: str) -> None:
    assert not re.search(r"[\[\]{}<>|*`#_\\\"\0\n]", speakable(text).text)


PLAIN_WORD = st.from_regex(r"[a-zA-Z0-9]+('[a-z]+)?[.,!?;:]?", fullmatch=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN_WORD, min_size=1, max_size=12))
def test_every_plain_word_is_spoken_by_itself(written: list[str]) -> None:
    text = " ".join(written)
    words = speakable(text).words
    assert [text[word.first : word.end] for word in words] == written
    assert all(one.end < other.first for one, other in pairwise(words))
