"""Sentences: from the language model's tokens to clauses worth speaking.

The first clause is short, so that sound starts early; later ones run to the end of a sentence, or to a comma
once they are long. Nothing is lost or added: the clauses, joined, are the tokens, joined. Spaces stay at the
end of the clause before them.

A place where one may cut lies after white space (or after a full-width mark, which needs none), and it is only
judged once the next word has begun: that is what tells the end of a sentence from "3.14", from the middle of a
URL or from a token not yet complete, and it makes sure that what follows has a word in it.

The rules know English abbreviations. They prefer a clause too long to one cut in the wrong place: after "U.S."
or "p.m." a new sentence is never seen.
"""

import re
from collections.abc import Iterator
from enum import IntEnum

FIRST_WORDS_MAX = 8
"""Words of the first clause: 2 to 3 s of speech, which even a slow synthesiser has ready in half a second."""

WORDS_MAX = 30
"""Words of any clause: some 10 s of speech; more makes a synthesiser late and an interruption expensive."""

_SOFT_WORDS_FIRST = 2  # a comma ends the first clause from here on: "Well," alone sounds chopped
_SOFT_WORDS = 12  # and a later one from here on
_BACK_OFF_WORDS = 3  # how far to step back from a word that should not come last


class _Cut(IntEnum):
    """What kind of place for a cut it is."""

    WORD = 0
    SOFT = 1
    SENTENCE = 2


_WORD = re.compile(r"[^\W_]")
_GAP = re.compile(r"\s")
_CLOSING = "\"'”’»)]}*_`"
_OPENING = "\"'“‘«([{*_`#"
_FULL_WIDTH = "。！？，、；："
_PLACE = re.compile(rf"\s+(?=\S)|(?<=[{_FULL_WIDTH}])(?=[^\s{_FULL_WIDTH}{re.escape(_CLOSING)}])")
_NEWS = re.compile(rf"[\s{_FULL_WIDTH}]")
_NEVER_FIRST = frozenset(".?!,;:…%)]}”»" + _FULL_WIDTH)  # what cannot begin a clause
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.)*[^\W\d_]\.")  # U.S.  J.  p.m.  Ph.D.


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ABBREVIATIONS = _set(
    """mr. mrs. ms. dr. prof. st. rev. hon. gen. col. sgt. capt. lt. maj. gov. sen. rep. pres. jr. sr. messrs.
    mt. ft. vs. etc. e.g. i.e. cf. ca. approx. dept. est. inc. ltd. co. corp. bros.
    jan. feb. aug. sept. oct. nov. dec."""
)
_BEFORE_NUMBERS = _set("no. nos. fig. vol. p. pp. ch. sec. art. eq. mar. apr. jun. jul. sep.")
_NEVER_LAST = _set(
    """a an the and or but nor if as of to in on at by for from with into than my your his its our their
    i he she we they is are was were be been am has have had will would can could should may might must very every"""
)


def clauses(
    tokens: Iterator[str], *, first_words_max: int = FIRST_WORDS_MAX, words_max: int = WORDS_MAX
) -> Iterator[str | None]:
    """Yield each clause as soon as it is known to be complete, and None for each token that completes none.

    So the caller gets a say at least once a token, and may stop there; it then closes ``tokens`` itself.
    Blocks and raises as ``tokens`` does. Every clause has a word in it, except where the whole stream has none:
    then that is the one clause. A word is what stands between white space and has a letter or digit.
    """
    if first_words_max < 1 or words_max < 1:
        raise ValueError(f"a clause has at least one word, not {first_words_max} or {words_max}")
    text, words, soft_words = "", first_words_max, _SOFT_WORDS_FIRST
    for token in tokens:
        # Places are judged when a word begins; in the middle of one, or without one, there is nothing new.
        news = _WORD.search(token) and (_NEWS.search(token) or not text[-1:].isalnum())
        text += token
        complete = False
        while news and (end := _find_cut(text, words, soft_words)):
            yield text[:end]
            text, words, soft_words, complete = text[end:], words_max, _SOFT_WORDS, True
        if not complete:
            yield None
    if text:
        yield text


def _find_cut(text: str, words_max: int, soft_words: int) -> int:
    """Where the clause at the start of ``text`` ends; 0 where that is not known yet."""
    words = run_start = 0
    ends: list[tuple[int, bool]] = []  # every place so far, and whether a cut there would not jar
    for place in _PLACE.finditer(text):
        run, end = text[run_start : place.start()], place.end()
        run_start = end
        words += _WORD.search(run) is not None
        if not words:
            continue
        next_word = _WORD.search(text, end)
        if next_word is None:
            return 0
        fits = text[end] not in _NEVER_FIRST
        if fits:
            kind = _judge(run, place.group(), next_word.group(), words)
            if kind is _Cut.SENTENCE or (kind is _Cut.SOFT and words >= soft_words):
                return end
        ends.append((end, fits and _may_come_last(run)))
        if words == words_max and not _GAP.search(text, end, next_word.start()):
            good = (end for end, good in reversed(ends[-_BACK_OFF_WORDS - 1 :]) if good)
            return next(good, end)
    return 0


def _judge(run: str, space: str, next_letter: str, words: int) -> _Cut:
    """What kind of place comes after ``run``, the clause's last of so many words, and before ``next_letter``."""
    if "\n" in space:
        return _Cut.SENTENCE
    bare = run.rstrip(_CLOSING)
    last = bare[-1:]
    if last in _FULL_WIDTH:
        return _Cut.SENTENCE if last in "。！？" else _Cut.SOFT
    if last in ".!?":
        if last == "." and (_is_abbreviation(bare, next_letter) or _is_list_number(bare, words)):
            return _Cut.WORD
        goes_on = next_letter.islower() or bare.endswith("..")
        return _Cut.SOFT if goes_on else _Cut.SENTENCE
    if last in ",;:…—–" or bare.strip("-") == "" or bare.endswith("--"):
        return _Cut.WORD if _is_abbreviation(bare[:-1], next_letter) else _Cut.SOFT  # "e.g., a cat"
    return _Cut.WORD


def _is_abbreviation(bare: str, next_letter: str) -> bool:
    """Whether the period at the end belongs to the word. "I." is taken for a sentence's end, not an initial."""
    word = bare.lstrip(_OPENING).lower()
    if word in _ABBREVIATIONS or (word in _BEFORE_NUMBERS and next_letter.isdigit()):
        return True
    return word != "i." and _INITIALS.fullmatch(word) is not None


def _is_list_number(bare: str, words: int) -> bool:
    return words == 1 and len(bare) <= 4 and bare[:-1].isdigit()


def _may_come_last(run: str) -> bool:
    return run.lower().strip(_OPENING) not in _NEVER_LAST and not _is_abbreviation(run, "0")
