"""What to say for what is written, and which written characters each spoken word stands for.

A language model writes for the eye: markdown, "Dr. Smith", "10:05", links, emoji. A synthesiser says it badly:
symbols by name, sentences cut in two at an abbreviation. ``speakable`` turns a clause into plain words. The engine's
history keeps the model's own words, so each spoken word carries the place of the written word (what stands between
white space) it came from, and ``written_spans`` brings a synthesiser's word times back to the written text.

Pure functions, without a model; good for any synthesiser. Characters are counted as Python does, from the clause's
start.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from models.speakable_english import said, swallows_period
from models.speakable_markup import SILENT, starts_line_item, without_markup
from states.events import WordSpan


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """Plain words to say, for the written characters ``first`` to ``end`` (exclusive).

    ``text`` is never empty, and may be several words ("for example"). The characters are one written word and the
    silent ones around it (a lone dash, an emoji), so that those count as heard with it.
    """

    text: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clause as it is to be said: its words in order. Their written characters do not overlap."""

    words: tuple[SpokenWord, ...]

    @property
    def text(self) -> str:
        """The plain text, one space between the words; empty where there is nothing to say."""
        return " ".join(word.text for word in self.words)


def speakable(text: str, *, english: bool = True) -> Spoken:
    """Normalise a clause. Every written word that holds a letter, a digit or a symbol with a name gets its words.

    Without ``english`` only what holds in any language is done: markup and pictures go, addresses and symbols are
    thinned to letters and digits, and nothing is spelt out. Takes some 30 µs a word.
    """
    plain = without_markup(text)
    written = [(match.start(), match.end()) for match in re.finditer(r"\S+", text)]
    cores = [plain[first:end].replace(SILENT, "") for first, end in written]
    bare = [_parts(core) for core in cores]
    words: list[SpokenWord] = []
    pending: int | None = None
    for index, (first, end) in enumerate(written):
        follower = next((later for later in range(index + 1, len(cores)) if cores[later]), None)
        following = "" if follower is None else cores[follower].lstrip("\"'“‘«([{")
        previous = bare[index - 1][0] if index and "\n" not in text[written[index - 1][1] : first] else ""
        spoken = _say(*bare[index], previous, following, english)
        if spoken:
            if follower is not None:
                spoken = _with_pause(spoken, _line_pause(text, first, end, written[follower][0], following))
            words.append(SpokenWord(spoken, first if pending is None else pending, end))
            pending = None
        elif words:
            # A lone dash, bar or dot is a pause; a blanked emoji is none.
            pause = "," if cores[index] and following else ""
            words[-1] = SpokenWord(_with_pause(words[-1].text, pause), words[-1].first, end)
        elif pending is None:
            pending = first
    return Spoken(tuple(words))


def written_spans(spoken: Spoken, spans: Iterable[WordSpan]) -> tuple[WordSpan, ...]:
    """Bring spans whose characters count in ``spoken.text`` to the written text: one span for each spoken word.

    For a synthesiser that reports words of the text it was given. Several spans of one written word ("for example")
    become one, from the first's start to the last's end; a word without a span is left out.
    """
    heard: dict[int, tuple[int, int]] = {}
    owner = [index for index, word in enumerate(spoken.words) for _ in range(len(word.text) + 1)]
    for first, _, start, stop in spans:
        index = owner[min(first, len(owner) - 1)]
        begin, end = heard.get(index, (start, stop))
        heard[index] = (min(begin, start), max(end, stop))
    return tuple((spoken.words[i].first, spoken.words[i].end, *heard[i]) for i in sorted(heard))


_LEADING = re.compile(r"^(?!['’]\d0s)[^\w$£€¥+\-−#@~°&<>=%√∞±/©§№.]+|^[-.]+(?=[^\d.\W])|^\.+(?!\d)")
_TRAILING = re.compile(r"[^\w+#%°$£€&<>=~√∞±/©§№℃℉]+$")
_ENDINGS = (("?", "?"), ("!", "!"), ("…", "..."), ("...", "..."), ("..", "..."), (".", "."), (";", ";"), (":", ":"))
_SENTENCE_WIDE = {"。": ".", "！": "!", "？": "?", "，": ",", "、": ",", "；": ";", "：": ":"}


def _parts(core: str) -> tuple[str, str]:
    """A word without the punctuation around it, and the mark that follows.

    The mark is one of ``? ! ... . ; : ,``, or none, or ``.,`` and the like, whose period may be an abbreviation's.
    """
    trailing = _TRAILING.search(core)
    tail = trailing[0] if trailing else ""
    body = core[: len(core) - len(tail)]
    body = _LEADING.sub("", body).rstrip("~&<>=") if any(c.isalnum() for c in body) else body
    if not body and tail and len(core) <= 2:
        return core, ""  # a symbol or mark alone
    if period := re.match(r"\.[^.!?…]*([,;:])", tail):
        return body, "." + period[1]
    for written, mark in _ENDINGS:
        if written in tail:
            return body, mark
    wide = next((mark for character, mark in _SENTENCE_WIDE.items() if character in tail), "")
    dashes = any(mark in tail for mark in (",", "—", "–", "--"))
    return body, wide or ("," if dashes else "")


def _say(body: str, mark: str, previous: str, following: str, english: bool) -> str:
    """The words for one written word with the mark that follows them, or an empty string."""
    if not english:
        wide = "".join(f"{_SENTENCE_WIDE[c]} " if c in _SENTENCE_WIDE else c for c in body)
        spoken = re.sub(r"[^\w'’\-.,:]|_|(?<!\d)[.:](?=\S)|[.:](?=[^\d\s])", " ", wide).strip(" .,:-'’")
        spoken = " ".join(spoken.split())
        return _with_pause(spoken, "," if mark == "..." and following else mark[-1:]) if spoken else ""
    spoken = said(body, previous, following, ends=mark[:1] == "." and mark != "...")
    if not any(character.isalnum() for character in spoken):
        return ""
    if mark == "." and swallows_period(body, previous, following):
        return spoken
    if mark == "...":
        mark = "," if following else "."
    elif len(mark) > 1:
        mark = mark[1]  # "e.g.," - the period was the word's
    return _with_pause(spoken.rstrip(",") if mark else spoken, mark)


def _line_pause(text: str, first: int, end: int, place: int, following: str) -> str:
    """The pause at a line's end between the word ``text[first:end]`` and the next one, which begins at ``place``.

    The items of a list are not one breath; a line of prose that goes on with a small letter is.
    """
    gap = text[end:place]
    if "\n" not in gap:
        return ""
    if re.search(r"\n[ \t]*\n", gap):
        return "."
    items = starts_line_item(text, first) or starts_line_item(text, place)
    return "," if items or not following[:1].islower() else ""


def _with_pause(spoken: str, mark: str) -> str:
    """``spoken`` with a mark at its end, unless it has one."""
    return spoken + mark if mark and spoken[-1] not in ".,;:!?" else spoken
