"""What of a reply was heard: never a word too many, for any split into clauses, chunks and words."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.events import ChunkSynthesized, WordSpan
from states.reply import Reply


@dataclass(frozen=True)
class Spoken:
    """A reply as made, and the places of its words in all: (first character, end character, first and end sample)."""

    reply: Reply
    words: tuple[tuple[int, int, int, int], ...]


LETTERS = "abcXYZ019éßñ한字й"
SIGNS = (".", ",", "!?", " …", "”", ")", "’", " —", "'s", "")


@st.composite
def clauses(draw: st.DrawFn) -> tuple[str, list[WordSpan]]:
    """A clause and its word spans; some spans take in two words, as synthesisers do with "of the"."""
    text, spans, at = draw(st.sampled_from(["", " ", "“", " ("])), [], draw(st.integers(0, 50))
    for _ in range(draw(st.integers(0, 4))):
        word = draw(st.text(LETTERS, min_size=1, max_size=5))
        if draw(st.booleans()):
            word += " " + draw(st.text(LETTERS, min_size=1, max_size=3))  # a clitic merged into the span
        samples = draw(st.integers(0, 30))
        spans.append((len(text), len(text) + len(word), at, at + samples))
        text += word + draw(st.sampled_from(SIGNS)) + " "
        at += samples + draw(st.integers(0, 5))
    return text, spans


@st.composite
def replies(draw: st.DrawFn) -> Spoken:
    """A reply grown by chunks of any size, perhaps with its last clause still growing."""
    reply, words = Reply(1), []
    parts = draw(st.lists(clauses(), max_size=4))
    for number, (text, spans) in enumerate(parts):
        offset = len(reply.text)
        reply.add_clause(text)
        first = reply.samples
        total = max((span[3] for span in spans), default=0) + draw(st.integers(0, 10))
        cuts = sorted({0, total, *draw(st.lists(st.integers(0, total), max_size=3))})
        stop = len(cuts) - 1 if number + 1 < len(parts) else draw(st.integers(0, len(cuts) - 1))
        for i in range(stop):
            start, end = cuts[i], cuts[i + 1]
            told = tuple(s for s in spans if start <= s[2] < end)
            final = end == total
            reply.add_chunk(ChunkSynthesized(1, number, first + start, end - start, told, final, False))
            words += [(offset + a, offset + b, first + s, first + e) for a, b, s, e in told]
    return Spoken(reply, tuple(words))


@given(replies(), st.integers(0, 400))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_heard_text_is_a_prefix_and_claims_no_word_of_which_less_than_half_was_heard(
    spoken: Spoken, heard: int
) -> None:
    kept = spoken.reply.spoken_text(heard)
    assert spoken.reply.text.startswith(kept)
    assert kept == kept.rstrip()
    reached = min(heard, spoken.reply.samples)
    for first_char, _, first, end in spoken.words:
        if end > first and 2 * (reached - first) < end - first:
            assert len(kept) <= first_char, f"claims {spoken.reply.text[first_char:]!r} at {heard}"


@given(replies(), st.integers(0, 400))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_every_word_of_which_half_was_heard_is_claimed(spoken: Spoken, heard: int) -> None:
    kept = spoken.reply.spoken_text(heard)
    reached = min(heard, spoken.reply.samples)
    for _, end_char, first, end in spoken.words:
        if end > first and 2 * (reached - first) >= end - first:
            assert len(kept) >= end_char


@given(replies(), st.integers(0, 300), st.integers(0, 300))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_more_heard_is_never_less_claimed(spoken: Spoken, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert spoken.reply.spoken_text(more).startswith(spoken.reply.spoken_text(less))


@given(replies())
@settings(derandomize=True, max_examples=100, deadline=None)
def test_no_word_is_cut_in_two(spoken: Spoken) -> None:
    text = spoken.reply.text
    for heard in range(0, spoken.reply.samples + 2):
        kept = spoken.reply.spoken_text(heard)
        assert not (kept[-1:].isalnum() and text[len(kept) :][:1].isalnum())


def of(text: str, *spans: WordSpan, final: bool = True, samples: int | None = None) -> Reply:
    """A reply of one clause."""
    reply = Reply(1)
    reply.add_clause(text)
    size = samples if samples is not None else max((span[3] for span in spans), default=0)
    reply.add_chunk(ChunkSynthesized(1, 0, 0, size, spans, final, False))
    return reply


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        (0, ""),
        (49, ""),
        (50, "Hello,"),
        (100, "Hello,"),
        (150, "Hello,"),
        (151, "Hello, world!"),
        (999, "Hello, world!"),
    ],
)
def test_half_of_a_word_counts(heard: int, kept: str) -> None:
    assert of("Hello, world!", (0, 5, 0, 100), (7, 12, 100, 201)).spoken_text(heard) == kept


def test_a_span_of_several_words_counts_as_one() -> None:
    reply = of("End of the road.", (0, 3, 0, 10), (4, 10, 10, 20), (11, 15, 20, 30))
    assert reply.spoken_text(14) == "End"
    assert reply.spoken_text(15) == "End of the"


def test_the_signs_after_a_clause_count_with_its_last_sample() -> None:
    reply = of("Well … (sighs)", (0, 4, 0, 10), samples=30)
    assert reply.spoken_text(29) == "Well"
    assert reply.spoken_text(30) == "Well … (sighs)"


def test_without_word_times_a_clause_counts_whole_or_not_at_all() -> None:
    reply = of("No times.", samples=30)
    assert reply.spoken_text(29) == ""
    assert reply.spoken_text(30) == "No times."


def test_a_clause_still_growing_has_no_end() -> None:
    reply = of("No times.", samples=30, final=False)
    assert reply.spoken_text(30) == ""


def test_a_lost_chunk_leaves_a_gap_without_words() -> None:
    reply = Reply(1)
    reply.add_clause("Here. ")
    reply.add_clause("There.")
    reply.add_chunk(ChunkSynthesized(1, 0, 0, 10, ((0, 4, 0, 10),), True, False))
    reply.add_chunk(ChunkSynthesized(1, 1, 30, 10, ((0, 5, 0, 10),), True, False))
    assert [reply.spoken_text(heard) for heard in (10, 20, 34, 35, 40)] == [
        "Here.",
        "Here.",
        "Here.",
        "Here. There.",
        "Here. There.",
    ]


def test_combining_marks_stay_with_their_word() -> None:
    text = "Cafe\u0301 noir"
    assert of(text, (0, 4, 0, 10), (6, 10, 10, 20)).spoken_text(10) == "Cafe\u0301"


def test_signs_that_lead_into_the_next_word_are_not_claimed_before_it() -> None:
    reply = of("Twenty-one.", (0, 6, 0, 10), (7, 10, 10, 20))
    assert reply.spoken_text(10) == "Twenty"
    assert reply.spoken_text(20) == "Twenty-one."


def test_a_span_beyond_its_clause_claims_nothing_of_the_next() -> None:
    reply = of("One.", (0, 9, 0, 10))
    reply.add_clause(" Two.")
    assert reply.spoken_text(10) == "One."


def test_words_whose_sound_is_not_made_yet_are_not_claimed() -> None:
    reply = of("One two.", (0, 3, 0, 10), (4, 7, 10, 20), final=False, samples=10)
    assert reply.spoken_text(99) == "One"


def test_an_empty_reply_was_heard_in_full() -> None:
    reply = Reply(1)
    assert reply.spoken_text(100) == "" == reply.text
    assert not reply.is_finished(0)
    reply.generated = True
    assert reply.is_finished(0)


def test_a_reply_is_finished_once_written_spoken_and_heard() -> None:
    reply = of("One.", (0, 3, 0, 10))
    assert not reply.is_finished(10)
    reply.generated = True
    assert not reply.is_finished(9)
    assert reply.is_finished(10)


def test_a_clause_that_cannot_be_spoken_ends_the_reply_before_it() -> None:
    reply = of("One.", (0, 3, 0, 10))
    reply.add_clause(" Two.")
    reply.add_clause(" Three.")
    reply.end_before(1)
    assert reply.generated
    assert reply.is_finished(10)
    assert reply.spoken_text(99) == "One."
    assert reply.text == "One. Two. Three."


def test_of_a_clause_broken_off_only_the_words_that_sounded_count() -> None:
    reply = of("One two three.", (0, 3, 0, 10), (4, 7, 10, 20), final=False)
    reply.end_before(0)
    assert reply.is_finished(20)
    assert reply.spoken_text(20) == "One two"
    assert reply.text == "One two three."


def test_nothing_is_left_where_the_first_clause_cannot_be_spoken() -> None:
    reply = Reply(1)
    reply.add_clause("One.")
    reply.end_before(0)
    assert reply.is_finished(0)
    assert reply.spoken_text(10) == ""


def test_one_guessed_place_makes_a_reply_estimated() -> None:
    reply = of("One.", (0, 3, 0, 10))
    assert not reply.estimated
    reply.add_clause(" Two.")
    reply.add_chunk(ChunkSynthesized(1, 1, 10, 10, (), True, True))
    assert reply.estimated
