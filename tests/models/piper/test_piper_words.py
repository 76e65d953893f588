"""Where Piper's words lie: each has the sound of its own phonemes, also in merged groups."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.piper_alignment import group_words, phoneme_edges, shared
from models.tts_piper import PiperSynthesizer

PLACES = {
    "I am here for a while.": "aɪ ɐm hˈɪɹ fɚɹ ə wˈaɪl",
    "the middle of a storm": "ðə mˈɪdəl əv ə stˈɔːɹm",
    "what is this one": "wˌʌt ɪz ðˈɪs wˌʌn",
    "I do not know; it is so!": "aɪ duː nˌɑːt nˈoʊ ɪɾ ɪz sˈoʊ",
    "of the to be in the": "ʌv ðə tə biʲ ɪn ðə",
    "It is 10 30 and 3.5 percent.": "ɪɾ ɪz tˈɛn θˈɜːɾi ænd θɹˈiː-pɔɪnt-fˈaɪv pɚsˈɛnt",
    "A state-of-the-art bus stop": "ɐ stˈeɪɾʌvðɪʲˈɑːɹt bˈʌs stˈɑːp",
    "he said no really, and left": "hiː sˈɛd nˈoʊ ɹˈiəli ænd lˈɛft",
    "Stop! Go on? Yes. He did": "stˈɑːp ɡˌoʊ ˈɔn jˈɛs hiː dˈɪd",
    "I have been there, I would have gone": "aɪ hɐv bɪn ðˈɛɹ aɪ wʊd hɐv ɡˈɔn",
    "1,000 apples cost 5 dollars 20": "wˈʌn-θˈaʊzənd ˈæpəlz kˈɔst fˈaɪv dˈɑːlɚz twˈɛnti",
}


def phonemes(text: str) -> list[list[str]]:
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer().phonemize("en-us", text)


@pytest.mark.parametrize("text", PLACES)
def test_each_word_gets_its_phonemes(text: str) -> None:
    pytest.importorskip("piper")
    words = text.split()
    sentences = phonemes(text)
    alone = [[symbol for row in phonemes(word) for symbol in [*row, " "]] for word in words]
    groups = group_words(sentences, alone)
    assert [(g.first_word, g.end_word) for g in groups] == [(i, i + 1) for i in range(len(words))]
    said = ["".join(sentences[g.sentence][g.first : g.end]).replace(" ", "-") for g in groups]
    assert " ".join(said) == PLACES[text]


def test_words_that_melt_share_the_sound() -> None:
    groups = group_words([list("ab cd")], [list("ab"), [], list("cd")])
    assert [(g.first_word, g.end_word, g.first, g.end) for g in groups] == [(0, 2, 0, 2), (2, 3, 3, 5)]
    groups = group_words([list("ab")], [[], list("ab")])
    assert [(g.first_word, g.end_word) for g in groups] == [(0, 2)]
    groups = group_words([list("ab")], [["."], ["."]])
    assert [(g.first_word, g.end_word, g.first, g.end) for g in groups] == [(0, 2, 0, 2)]
    assert shared(10, 40, [1, 2]) == [(10, 20), (20, 40)]


def test_nothing_that_sounds_gives_no_groups() -> None:
    assert group_words([], [list("a")]) == ()
    assert group_words([["."]], [list("a")]) == ()
    assert group_words([list("a")], []) == ()


SYMBOLS = st.sampled_from([*"aeiouptksmnz", "ˈ", "ː", " ", ",", "."])
ROWS = st.lists(SYMBOLS, max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4), st.lists(ROWS, min_size=1, max_size=8))
def test_groups_take_all_words_in_order(sentences: list[list[str]], words: list[list[str]]) -> None:
    groups = group_words(sentences, words)
    if not any(symbol.isalpha() and symbol not in "ˈː" for row in sentences for symbol in row):
        assert groups == ()
        return
    edges = [0, *(group.end_word for group in groups)]
    assert [(g.first_word, g.end_word) for g in groups] == list(pairwise(edges))
    assert edges[-1] == len(words)
    for group in groups:
        assert 0 <= group.first < group.end <= len(sentences[group.sentence])
    for one, other in pairwise(groups):
        assert (one.sentence, one.end) <= (other.sentence, other.first)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(0, 50_000))
def test_guessed_edges_stay_within_the_sound(row: list[str], samples: int) -> None:
    edges, guessed = phoneme_edges(row, [], None, {}, samples)
    assert guessed
    assert len(edges) == len(row) + 1
    assert edges == sorted(edges)
    assert edges[-1] == samples


def test_lengths_that_do_not_add_up_are_not_believed() -> None:
    id_map = {"^": [1], "$": [2], "_": [0], "a": [5]}
    ids, lengths = [1, 0, 5, 0, 2], np.array([10, 1, 20, 2, 30])
    assert phoneme_edges(["a"], ids, lengths, id_map, 63) == ([11, 33], False)
    assert phoneme_edges(["a"], ids, lengths, id_map, 64)[1]
    assert phoneme_edges(["a"], ids, lengths[:4], id_map, 63)[1]
    assert phoneme_edges(["a", "Ω"], ids, lengths, id_map, 63) == ([11, 33, 33], False), "unknown to the voice"


def test_small_voice_sounds_where_the_words_are(piper: PiperSynthesizer) -> None:
    text = "Go, stop; then come: so it is."
    (chunk,) = (chunk for chunk in piper.synthesize(text) if len(chunk.samples))
    assert not chunk.estimated
    assert [text[first:end] for first, end, _, _ in chunk.words] == text.split()
    loud = np.abs(chunk.samples)
    for _, _, first, end in chunk.words:
        assert loud[first:end].mean() > 0.5
    for (_, comma, _, end), (_, _, first, _) in pairwise(chunk.words):
        if text[comma - 1] in ",;:":
            assert loud[end:first].max() == 0.0


LONG = "Well, I am here for a while. Dr. Smith had 3.5 pears at 10:30, and of the people in the storm he was first!"


def test_stand_in_gives_exact_lengths(stand_in: PiperSynthesizer) -> None:
    chunks = [chunk for chunk in stand_in.synthesize(LONG) if len(chunk.samples)]
    assert len(chunks) == 2, "Dr. ends no sentence"
    assert not any(chunk.estimated for chunk in chunks)
    spans = [span for chunk in chunks for span in chunk.words]
    assert [LONG[first:end] for first, end, _, _ in spans] == LONG.split()
    assert all(stop - start > stand_in.rate_hz * 0.03 for _, _, start, stop in spans)
    assert all(one[3] <= other[2] for one, other in pairwise(spans))


def test_stand_in_is_louder_in_words_than_between(stand_in: PiperSynthesizer) -> None:
    chunks = [chunk for chunk in stand_in.synthesize(LONG) if len(chunk.samples)]
    power = np.concatenate([chunk.samples for chunk in chunks]) ** 2
    spans = [span for chunk in chunks for span in chunk.words]
    in_words = np.sqrt(np.mean(np.concatenate([power[start:stop] for _, _, start, stop in spans])))
    checked = 0
    for (_, end, _, stop), (_, _, start, _) in pairwise(spans):
        if LONG[end - 1] in ",." and start > stop:
            checked += 1
            middle = power[stop + (start - stop) // 4 : start - (start - stop) // 4]
            assert np.sqrt(np.mean(middle)) < in_words / 3
    assert checked == 3, "after Well, while and 10:30; Dr. is no pause"
