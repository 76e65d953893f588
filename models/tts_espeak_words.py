"""Where what is said for each written word lies in espeak-ng's sound. Pure functions.

espeak-ng's own WORD events do not count words as a reader does: "I am" is one event, "10:30" two, "3.5"
three, and their text positions drift after such words. So each word of a ``Spoken`` gets an SSML mark of its own,
and its MARK event gives the sample. Three things remain to be mended (all found by trying espeak-ng 1.52):

- After a full stop the next word's mark is swallowed; the SENTENCE event then tells where the word begins.
- Words spoken as one ("I am", "for a") have their marks after the joint sound: they share that span with the
  word before, in proportion to their letters.
- A mark is no sound: a word counts as having its own only where a WORD event or a phoneme follows its mark.

A word ends where the next begins, or at the pause after it, whichever is first, so that a word before a long
pause counts as heard as soon as it has sounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from models.speakable import Spoken
from models.tts_espeak_library import END, MARK, PHONEME, SENTENCE, WORD, EspeakEvent
from states.events import WordSpan

_PAUSES = ("_", "_:", "_::", "")

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Place:
    """Characters ``first`` to ``end`` (exclusive) of a plain text: what is said for one written word."""

    first: int
    end: int


def places_of(spoken: Spoken) -> tuple[Place, ...]:
    """Where each word of ``spoken`` is in ``spoken.text``."""
    firsts = accumulate((len(word.text) + 1 for word in spoken.words), initial=0)
    return tuple(Place(first, first + len(word.text)) for first, word in zip(firsts, spoken.words, strict=False))


def marked_ssml(text: str, places: Sequence[Place]) -> str:
    """``text`` as SSML with a mark, named by its index, before each word.

    It is plain text, so there is nothing in it that XML forbids.
    """
    words = (text[place.first : place.end].translate(_ESCAPES) for place in places)
    return " ".join(f'<mark name="{index}"/>{word}' for index, word in enumerate(words))


def word_spans(words: Sequence[Place], events: Sequence[EspeakEvent], samples: int) -> tuple[WordSpan, ...]:
    """One span for each word, in order, neither overlapping nor running back, all within ``samples``."""
    if not words:
        return ()
    starts = _own_starts(len(words), _mark_samples(len(words), events), events, samples)
    spans: list[WordSpan] = []
    index = 0
    while index < len(words):
        following = index + 1
        while following < len(words) and starts[following] is None:
            following += 1
        begin = starts[index] or 0
        limit = starts[following] if following < len(words) else None
        end = _sound_end(events, begin, samples if limit is None else limit)
        spans += _share(words[index:following], begin, end, events)
        index = following
    return tuple(spans)


def _mark_samples(count: int, events: Sequence[EspeakEvent]) -> list[int]:
    """The sample of each word's mark, swallowed ones restored from SENTENCE events, never running back."""
    found = {int(event.label): event.sample for event in events if event.kind == MARK}
    sentences = [event.sample for event in events if event.kind == SENTENCE]
    marks: list[int] = []
    for index in range(count):
        earliest = marks[-1] if marks else 0
        if index in found:
            marks.append(max(earliest, found[index]))
            continue
        latest = min((found[later] for later in range(index + 1, count) if later in found), default=None)
        begun = [s for s in sentences if s > earliest and (latest is None or s <= latest)]
        marks.append(begun[0] if begun else earliest)
    return marks


def _own_starts(count: int, marks: list[int], events: Sequence[EspeakEvent], samples: int) -> list[int | None]:
    """Where each word's own sound begins; None for a word whose sound belongs to the word before it."""
    starts: list[int | None] = []
    for index, mark in enumerate(marks):
        limit = marks[index + 1] if index + 1 < count else samples
        onset = next((e.sample for e in events if e.kind == WORD and mark <= e.sample < limit), None)
        if onset is None and any(_is_sound(e) and mark <= e.sample < limit for e in events):
            onset = mark
        starts.append(onset)
    starts[0] = starts[0] or 0
    return starts


def _sound_end(events: Sequence[EspeakEvent], begin: int, limit: int) -> int:
    """The start of the pause that lies between the last phoneme in [begin, limit) and ``limit``, or ``limit``."""
    last = max((e.sample for e in events if _is_sound(e) and begin <= e.sample < limit), default=begin)
    ends = (e.sample for e in events if (_is_pause(e) or e.kind == END) and last < e.sample < limit)
    return min(ends, default=limit)


def _share(words: Sequence[Place], begin: int, end: int, events: Sequence[EspeakEvent]) -> list[WordSpan]:
    """Divide one stretch of sound among the words spoken in it.

    WORD events inside it go to the last words, because it is the short first ones that espeak-ng merges
    ("for a | while"); words without one share by their number of characters.
    """
    inner = sorted({e.sample for e in events if e.kind == WORD and begin < e.sample < end})
    cuts = {len(words) - len(inner) + place: sample for place, sample in enumerate(inner)}
    if not 0 < len(inner) < len(words):
        cuts = {}
    cuts[0], cuts[len(words)] = begin, end
    edges = sorted(cuts)
    spans: list[WordSpan] = []
    for left, right in pairwise(edges):
        group = words[left:right]
        total = sum(word.end - word.first for word in group)
        start, done = cuts[left], 0
        for word in group:
            done += word.end - word.first
            stop = cuts[left] + (cuts[right] - cuts[left]) * done // total
            spans.append((word.first, word.end, start, stop))
            start = stop
    return spans


def _is_pause(event: EspeakEvent) -> bool:
    return event.kind == PHONEME and event.label in _PAUSES


def _is_sound(event: EspeakEvent) -> bool:
    return event.kind == PHONEME and event.label not in _PAUSES
