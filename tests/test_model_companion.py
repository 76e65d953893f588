"""The companion as a table of dialogues: what was heard so far, and the answer. And its arithmetic of words."""

import itertools
from collections.abc import Iterable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.companion_grammar import BACKCHANNELS, COMPANION_GRAMMAR, STOP_WORDS
from models.companion_memory import remainder
from models.companion_numbers import in_words, numbers_in
from models.companion_requests import last_request
from models.companion_stories import STORIES
from models.jsgf import accepts, sentence_pattern
from models.llm_companion import HELP, NOT_UNDERSTOOD, NOTHING_SAID, Companion
from states.history import History, Message

FIVE_PAST_FOUR = datetime(2024, 5, 1, 16, 5)
companion = Companion(now=lambda: FIVE_PAST_FOUR)

ELEVEN = "One, two, three, four, five, six, seven, eight, nine, ten, eleven,"
KEEPER = "Once upon a time there was a lighthouse keeper who was afraid of the dark. Every evening he"
KEEPER_GOES_ON = "climbed the stairs with his eyes shut, lit the great lamp, and only then dared to look."
HELLO = "Hello. Say help to hear what I can do."

DIALOGUES: list[tuple[list[str], str]] = [
    # Words of user and assistant in turn, then the answer; "…" stands for any ending.
    ([], HELLO),
    (["hello"], HELLO),
    (["count to five"], "One, two, three, four, five."),
    (["Count to 5, please."], "One, two, three, four, five."),
    (["count up to twenty two"], "One, two, three,…"),
    (["count from five to eight"], "Five, six, seven, eight."),
    (["count to five hundred"], "I count from one to one hundred."),
    (["count"], "To what number shall I count?"),
    (["count to ten please and thank you"], "One, two, three,…"),
    (["count to twenty", ELEVEN, "what was the last number you said"], "The last number I said was eleven."),
    (["count to twenty", ELEVEN, "Stop! What was the last number you said?"], "The last number I said was eleven."),
    (["count to twenty", ELEVEN, "stop"], "Okay."),
    (["count to twenty", ELEVEN, "stop counting"], "Okay."),
    (["count to twenty", ELEVEN, "go on"], "twelve, thirteen, fourteen, fifteen, sixteen, seventeen,…"),
    (["count to twenty", ELEVEN, "don't stop"], "twelve, thirteen,…"),
    (["count to twenty", ELEVEN], "twelve, thirteen,…"),
    (["count to twelve", ELEVEN, "stop", "Okay.", "go on counting"], "Twelve."),
    (["count to five", "One, two, three, four, five.", "go on"], "Six, seven, eight,…"),
    (["count to twenty", ELEVEN, "what was the last number you said", "The last number I said was", "go on"],
     "eleven."),
    (["count to twenty stop what was the last number you said"], "I have not said a number yet."),
    (["count to twenty stop"], "Okay."),
    (["count to twenty stop what did I ask"], "You said: count to twenty"),
    (["count to twenty", ELEVEN, "what did I ask"], "You said: count to twenty"),
    (["what did I say"], "You have not said anything before that."),
    (["count to twenty", ELEVEN, "shorter"], "I counted to eleven."),
    (["count to twenty", "One, two,", "repeat that"], "One, two,"),
    (["say that again"], NOTHING_SAID),
    (["tell me a story"], STORIES[0]),
    (["tell me a story", KEEPER, "tell me another story"], STORIES[1]),
    (["tell me a story", "Once upon a", "no, wait, another one"], STORIES[1]),
    (["tell me a story", KEEPER, "go on"], KEEPER_GOES_ON + "…"),
    (["tell me a story", KEEPER], KEEPER_GOES_ON + "…"),
    (["tell me a story", KEEPER, "what time is it", "It is four oh five in the afternoon.", "continue"],
     KEEPER_GOES_ON + "…"),
    (["tell me a story", KEEPER, "go on", "climbed the stairs", "what is two times two", "Two times two is four.",
      "go on"], "with his eyes shut,…"),
    (["tell me a story", STORIES[0], "go on"], "That was the end of the story."),
    (["tell me a story", KEEPER, "shorter"],
     "In short: Once upon a time there was a lighthouse keeper who was afraid of the dark."),
    (["tell me a story", KEEPER, "what was the last thing you said"], "I said: Every evening he"),
    (["what did you say"], NOTHING_SAID),
    (["what is seven plus five"], "Seven plus five is twelve."),
    (["What's 12 - 30?"], "Twelve minus thirty is minus eighteen."),
    (["what is twenty one times two"], "Twenty-one times two is forty-two."),
    (["tell me what one hundred and five minus five is"], "One hundred and five minus five is one hundred."),
    (["what time is it"], "It is four oh five in the afternoon."),
    (["help"], HELP),
    (["what can you do", "I can count to a number,"], "tell you a story, and…"),
    (["are you a language model"], "I am a small companion made of a few rules. I am not a language model."),
    (["thank you very much"], "You are welcome."),
    (["goodbye"], "Goodbye."),
    (["yes"], "Good."),
    (["no"], "All right."),
    (["go on"], "There is nothing to go on with."),
    (["hello", HELLO], "That was all."),
    (["banana"], NOT_UNDERSTOOD),
    (["what is the capital of France"], NOT_UNDERSTOOD),
    (["hello", HELLO, "the weather is nice today"], NOT_UNDERSTOOD),
]  # fmt: skip


def conversation(texts: Iterable[str]) -> list[Message]:
    roles = itertools.cycle(("user", "assistant"))
    return [
        Message("user" if role == "user" else "assistant", text) for role, text in zip(roles, texts, strict=False)
    ]


@pytest.mark.parametrize(("texts", "expected"), DIALOGUES, ids=lambda value: str(value)[-60:])
def test_dialogue(texts: list[str], expected: str) -> None:
    answer = "".join(companion.stream(conversation(texts)))
    if expected.endswith("…"):
        assert answer.startswith(expected[:-1])
        assert len(answer) > len(expected)
    else:
        assert answer == expected


@pytest.mark.parametrize("request_", ["count to thirty", "tell me a story", "help"])
def test_cut_anywhere_and_told_to_go_on_loses_and_repeats_nothing(request_: str) -> None:
    whole = companion.answer([Message("user", request_)]).split()
    for cut in range(1, len(whole)):
        heard = " ".join(whole[:cut])
        for ending in ([Message("assistant", heard, cut=True)],
                       [Message("assistant", heard, cut=True), Message("user", "go on")]):  # fmt: skip
            assert companion.answer([Message("user", request_), *ending]).split() == whole[cut:]


def test_interrupted_twice_the_story_still_goes_on_in_order() -> None:
    history = History([Message("user", "tell me a story")])
    told: list[str] = []
    while (answer := companion.answer(history.messages)) != "That was the end of the story.":
        heard = answer.split()[:9]
        told += heard
        history.add(Message("assistant", " ".join(heard), cut=True))
        history.add(Message("user", "go on"))
    assert " ".join(told) == STORIES[0]


def test_pieces_are_words_with_the_space_that_follows() -> None:
    pieces = list(companion.stream([Message("user", "count to three")]))
    assert pieces == ["One, ", "two, ", "three."]
    stream = companion.stream([Message("user", "tell me a story")])
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # it is a generator


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), st.sampled_from([d[0][-1] for d in DIALOGUES if d[0]])), max_size=6))
def test_any_history_is_answered_purely(texts: list[str]) -> None:
    messages = conversation(texts)
    first = list(companion.stream(messages))
    assert first
    assert all(piece.strip() and " " not in piece.rstrip() for piece in first)
    assert list(companion.stream(tuple(messages))) == first


def samples_of_grammar() -> list[str]:
    """Sentences of the companion's grammar: every command, with a few numbers in the places for numbers."""
    numbers = ["zero", "one", "twelve", "forty two", "ninety", "one hundred", "a hundred", "hundred"]
    plain = [
        "go on", "go on counting", "continue", "keep going", "shorter", "make it shorter", "repeat", "repeat that",
        "say that again", "tell me a story", "tell me another story", "what was the last number you said",
        "what was the last thing you said", "what did you say", "what did i say", "what did i ask",
        "what time is it", "help", "what can you do", "hello", "thank you", "goodbye", "yes", "no",
    ]  # fmt: skip
    counts = [f"count {up}to {number}" for number in numbers for up in ("", "up ")]
    sums = [f"what is {a} {sign} {b}" for a in numbers for b in numbers[:4] for sign in ("plus", "minus", "times")]
    return [*plain, *counts, *sums]


def test_companion_and_grammar_agree() -> None:
    pattern = sentence_pattern(COMPANION_GRAMMAR)
    sentences = samples_of_grammar()
    for sentence in (*sentences, *STOP_WORDS, *BACKCHANNELS, *(f"stop {sentence}" for sentence in sentences)):
        assert accepts(pattern, sentence), sentence
        assert last_request(sentence) is not None, sentence
        assert companion.answer([Message("user", sentence)]) != NOT_UNDERSTOOD, sentence
    # No phrase of the grammar is forgotten above: each of its words occurs in a tested sentence.
    tested = set(" ".join((*sentences, *STOP_WORDS, *BACKCHANNELS)).split())
    bare = COMPANION_GRAMMAR.split("public", 1)[1]
    words = {w for line in bare.splitlines() for w in line.partition("=")[2].strip(";").split() if w.isalpha()}
    digits_and_tens = {in_words(n) for n in (*range(20), *range(20, 100, 10))}
    assert words - tested - digits_and_tens == set()


@given(st.integers(0, 999))
def test_numbers_are_read_as_they_are_said(number: int) -> None:
    assert numbers_in(in_words(number)) == [number]
    assert numbers_in(in_words(number).replace("-", " ")) == [number]
    assert numbers_in(f"the {number}.") == [number]


def test_numbers_in_a_row() -> None:
    assert numbers_in("one, two, three") == [1, 2, 3]
    assert numbers_in("twenty one two hundred and five 7 and forty-two, one hundred, a hundred twenty") == [
        21, 205, 7, 42, 100, 120,
    ]  # fmt: skip
    assert numbers_in("someone often atones") == []
    assert [in_words(n) for n in (-7, 1000, 1042, 9801, 1_000_000)] == [
        "minus seven", "one thousand", "one thousand and forty-two", "nine thousand eight hundred and one", "1000000",
    ]  # fmt: skip


def test_remainder_is_by_words() -> None:
    assert remainder("One, two, three.", "one two") == "three."
    assert remainder("One, two.", "One, two.") == ""
    assert remainder("One, two.", "two") == ""


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "twelve o'clock at night"),
        (9, 30, "nine thirty in the morning"),
        (12, 15, "twelve fifteen in the afternoon"),
        (23, 59, "eleven fifty-nine in the evening"),
    ],
)
def test_time_of_day(hour: int, minute: int, said: str) -> None:
    clock = Companion(now=lambda: datetime(2024, 5, 1, hour, minute))
    assert clock.answer([Message("user", "what time is it")]) == f"It is {said}."
