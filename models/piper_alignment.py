"""Where each word lies in a Piper voice's sound. Pure functions.

A voice says how long each phoneme is, and its phonemes do not count words as a reader does: "I am" is one group of
them, "10 30" two, "state-of-the-art" one. So each word is also phonemised alone, and the row of those phonemes is
aligned with the sentence's by least cost (Needleman and Wunsch, 1970). A word's sound is what its phonemes are
aligned with, also inside a group: "I am", said aɪɐm, is cut into aɪ and ɐm. Stress, length and punctuation take no
part; a phoneme that begins a group prefers one that begins a word, so that spaces count where they are.

Where no reading of a word's own is left in the sentence ("of the" is said ʌvðə, but some words melt wholly), it
shares its neighbour's sound in proportion to their phonemes.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

_VOWELS = frozenset("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵʉʊʌʏɶᵻ")
_STRESS = frozenset("ˈˌ")

_SKIP = 1.0  # a phoneme without a counterpart
_VOWEL_SWAP, _CONSONANT_SWAP = 0.4, 0.8  # words reduce their vowels rather than their consonants
_MISMATCH = 2.1  # a vowel for a consonant: never, two skips are cheaper
_APART = 0.25  # one begins a group or word and the other does not

_BAND = 24
"""How far the alignment may stray from the diagonal, in phonemes: some words' worth; keeps the work linear."""

_BOS, _EOS, _PAD = "^", "$", "_"

_GUESSED_PAUSE, _GUESSED_SPACE, _GUESSED_SOUND, _GUESSED_LIGHT = 6, 1, 3, 0
"""Relative lengths where a voice gives none: a comma pauses, a space hardly does, stress has no length."""


@dataclass(frozen=True, slots=True)
class Group:
    """Words ``first_word`` to ``end_word`` have phonemes ``first`` to ``end`` of a sentence; ends are exclusive.

    Nearly always one word; several where they cannot be told apart.
    """

    first_word: int
    end_word: int
    sentence: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class _Phoneme:
    """One that sounds. ``place`` counts within the joined row; ``starts``: it begins a group or word."""

    symbol: str
    place: int
    starts: bool
    word: int = 0


def group_words(sentences: Sequence[Sequence[str]], words: Sequence[Sequence[str]]) -> tuple[Group, ...]:
    """Divide the phonemes of the sentences among the words, given the phonemes of each word alone.

    All words in order, none overlapping, each group with at least one phoneme; empty where nothing sounds. A word
    whose sound crosses the end of a sentence ends there: that only happens to words with a period inside.
    Takes about 25 µs a phoneme.
    """
    flat = [symbol for row in sentences for symbol in [*row, " "]]
    ends = list(accumulate(len(row) + 1 for row in sentences))
    said = _sounding([flat])
    if not said or not words:
        return ()
    owners: dict[int, list[int]] = {}
    alone = _sounding(words)
    for i, j in _aligned(said, alone):
        owners.setdefault(alone[j].word, []).append(said[i].place)
    anchors = sorted(owners) or [0]
    cuts = [_cut(flat, owners[a][-1], owners[b][0]) for a, b in pairwise(anchors)]
    firsts = [_past_pause(flat, 0), *(start for _, start in cuts)]
    lasts = [*(end for end, _ in cuts), said[-1].place + 1]
    edges = [0, *anchors[1:], len(words)]
    groups: list[Group] = []
    for (first_word, end_word), first, last in zip(pairwise(edges), firsts, lasts, strict=True):
        sentence = next(number for number, end in enumerate(ends) if first < end)
        offset = ends[sentence - 1] if sentence else 0
        end = min(last, ends[sentence] - 1)
        groups.append(Group(first_word, end_word, sentence, first - offset, end - offset))
    return tuple(groups)


def phoneme_edges(
    phonemes: Sequence[str],
    ids: Sequence[int],
    id_samples: npt.NDArray[np.int64] | None,
    id_map: Mapping[str, Sequence[int]],
    samples: int,
) -> tuple[list[int], bool]:
    """Where each phoneme begins, in samples, with the end of the last; and whether that is a guess.

    ``id_samples``: the length of each id, as the voice gives it, else None. A phoneme takes the gap behind it along;
    one that the voice does not know has no length. It is a guess where the voice gives no lengths, or where they do
    not add up to ``samples``.
    """
    known = None if id_samples is None else _known_lengths(phonemes, ids, id_samples, id_map)
    if known is not None and sum(known) == samples:
        return list(accumulate(known))[: len(phonemes) + 1], False
    weights = [_GUESSED_SPACE, *(_guessed(symbol) for symbol in phonemes)]
    total = sum(weights)
    return [at * samples // total for at in accumulate(weights)], True


def shared(first: int, end: int, weights: Sequence[int]) -> list[tuple[int, int]]:
    """Divide samples ``first`` to ``end`` among several words in proportion to their weights."""
    total = sum(weights)
    places = [first, *(first + (end - first) * at // total for at in accumulate(weights))]
    return list(pairwise(places))


def _known_lengths(
    phonemes: Sequence[str],
    ids: Sequence[int],
    id_samples: npt.NDArray[np.int64],
    id_map: Mapping[str, Sequence[int]],
) -> list[int] | None:
    """Samples of the beginning mark, of each phoneme with the gap after it, and of the end mark."""
    pad = len(id_map.get(_PAD, ()))
    counts = [len(id_map.get(_BOS, ())) + pad]
    counts += [len(id_map[symbol]) + pad if symbol in id_map else 0 for symbol in phonemes]
    counts.append(len(id_map.get(_EOS, ())))
    if not sum(counts) == len(ids) == len(id_samples):
        return None
    places = [0, *accumulate(counts)]
    return [int(id_samples[first:end].sum()) for first, end in pairwise(places)]


def _guessed(symbol: str) -> int:
    if symbol == " ":
        return _GUESSED_SPACE
    if _is_pause(symbol):
        return _GUESSED_PAUSE
    return _GUESSED_LIGHT if _is_light(symbol) else _GUESSED_SOUND


def _is_pause(symbol: str) -> bool:
    return unicodedata.category(symbol[:1] or " ")[0] in "PZ"


def _is_light(symbol: str) -> bool:
    """Stress, length, accents: what says how another phoneme sounds."""
    return unicodedata.category(symbol[:1] or " ")[0] in "MS" or unicodedata.category(symbol[:1] or " ") == "Lm"


def _is_vowel(symbol: str) -> bool:
    return symbol[:1] in _VOWELS


def _sounding(rows: Sequence[Sequence[str]]) -> list[_Phoneme]:
    """The phonemes of all rows that are neither pauses nor light."""
    found: list[_Phoneme] = []
    place = 0
    for word, row in enumerate(rows):
        starts = True
        for symbol in row:
            if _is_pause(symbol):
                starts = True
            elif not _is_light(symbol):
                found.append(_Phoneme(symbol, place, starts, word))
                starts = False
            place += 1
    return found


def _aligned(said: Sequence[_Phoneme], alone: Sequence[_Phoneme]) -> list[tuple[int, int]]:
    """Pairs of indices that go together at least cost, rising in both."""
    rows, columns = len(said), len(alone)
    band = _BAND + abs(rows - columns) // 4
    worst = float("inf")
    above: dict[int, float] = {j: j * _SKIP for j in range(min(columns, band) + 1)}
    moves: list[dict[int, str]] = [dict.fromkeys(above, "left")]
    for i in range(1, rows + 1):
        centre = i * columns // rows
        here: dict[int, float] = {}
        move: dict[int, str] = {}
        for j in range(max(0, centre - band), min(columns, centre + band) + 1):
            pair = above.get(j - 1, worst) + _cost(said[i - 1], alone[j - 1]) if j else worst
            up, left = above.get(j, worst) + _SKIP, here.get(j - 1, worst) + _SKIP
            best = min(pair, up, left)
            here[j], move[j] = best, "pair" if best == pair else "up" if best == up else "left"
        above = here
        moves.append(move)
    pairs: list[tuple[int, int]] = []
    i, j = rows, columns
    while i and j:
        step = moves[i][j]
        if step == "pair":
            pairs.append((i - 1, j - 1))
        i, j = i - (step != "left"), j - (step != "up")
    return pairs[::-1]


def _cost(one: _Phoneme, other: _Phoneme) -> float:
    apart = _APART if one.starts != other.starts else 0.0
    if one.symbol == other.symbol:
        return apart
    vowel = _is_vowel(one.symbol)
    if vowel != _is_vowel(other.symbol):
        return _MISMATCH
    return apart + (_VOWEL_SWAP if vowel else _CONSONANT_SWAP)


def _cut(flat: Sequence[str], last: int, first: int) -> tuple[int, int]:
    """Where one word ends and the next begins, given the last sound of the one and the first of the other.

    At the last pause between them, else before the stress of the next; what is left over goes to the earlier word.
    """
    start = first
    while start > last + 1 and flat[start - 1] in _STRESS:
        start -= 1
    pauses = [place for place in range(last + 1, start) if _is_pause(flat[place])]
    if not pauses:
        return start, start
    end = pauses[-1]
    while end > last + 1 and _is_pause(flat[end - 1]):
        end -= 1
    return end, pauses[-1] + 1


def _past_pause(flat: Sequence[str], place: int) -> int:
    while _is_pause(flat[place]):
        place += 1
    return place
