"""English readings of written words: abbreviations, initials, addresses, file names, symbols. Pure functions.

A word is taken with its neighbours, because "St." is a saint before a name and a street after one. The result has no
period but at the end of a sentence, so that espeak-ng, which takes any period before a capital for an end ("Dr.
Smith" becomes two sentences), splits where a reader would. These are rules for a voice, not a grammar: they prefer a
plain reading to a clever one.
"""

import re

from models.speakable_numbers import HALVES, lone_unit, said_number

_TITLES = {
    "mr": "Mister", "mrs": "Missus", "ms": "Miz", "dr": "Doctor", "prof": "Professor", "rev": "Reverend",
    "hon": "Honourable", "gen": "General", "col": "Colonel", "sgt": "Sergeant", "capt": "Captain",
    "lt": "Lieutenant", "maj": "Major", "gov": "Governor", "sen": "Senator", "rep": "Representative",
    "pres": "President", "mt": "Mount", "messrs": "Messers",
}  # fmt: skip
_PHRASES = {
    "e.g": "for example", "eg": "for example", "i.e": "that is", "vs": "versus", "cf": "compare", "ca": "circa",
    "approx": "approximately", "dept": "department", "est": "established", "jan": "January", "feb": "February",
    "aug": "August", "sept": "September", "oct": "October", "nov": "November", "dec": "December", "al": "al",
}  # fmt: skip
_CLOSERS = {
    "etc": "et cetera", "inc": "Incorporated", "ltd": "Limited", "co": "Company", "corp": "Corporation",
    "bros": "Brothers", "jr": "Junior", "sr": "Senior", "a.m": HALVES["a"], "p.m": HALVES["p"], "ph.d": "P H D",
}  # fmt: skip
"""Abbreviations that may end a sentence; before a capital nobody can tell, and a comma stands for either."""

_BEFORE_NUMBERS = {
    "no": "number", "nos": "numbers", "fig": "figure", "vol": "volume", "p": "page", "pp": "pages", "ch": "chapter",
    "sec": "section", "art": "article", "eq": "equation", "mar": "March", "apr": "April", "jun": "June",
    "jul": "July", "sep": "September",
}  # fmt: skip
_WORDS = {
    "w/": "with", "w/o": "without", "b/c": "because", "mm-hm": "uh-hum", "mm-hmm": "uh-hum", "mhm": "uh-hum",
    "mm": "hmm", "mmm": "hmm", "c++": "C plus plus", "c#": "C sharp", "f#": "F sharp", "q&a": "Q and A",
    "r&d": "R and D", "24/7": "twenty-four seven", "and/or": "and or", "n/a": "not applicable",
    "vs": "versus", "etc": "et cetera",
}  # fmt: skip
_SYMBOLS = {
    "+": "plus", "=": "equals", "==": "equals", "!=": "is not", "≠": "is not", "&": "and", "&&": "and", "×": "times",
    "·": "times", "÷": "divided by", "@": "at", "%": "percent", "→": "to", "->": "to", "=>": "to", "⇒": "to",
    "<": "less than", ">": "greater than", "<=": "at most", "≤": "at most", ">=": "at least", "≥": "at least",
    "≈": "about", "~": "about", "±": "plus or minus", "°": "degrees", "√": "the root of", "∞": "infinity",
    "€": "euros", "£": "pounds", "$": "dollars", "©": "copyright", "§": "section", "№": "number", "^": "to the power",
}  # fmt: skip
_INSIDE = {
    "+": " plus ", "=": " equals ", "&": " and ", "@": " at ", "%": " percent ", "×": " times ", "÷": " divided by ",
    "→": " to ", "≤": " at most ", "≥": " at least ", "≠": " is not ", "≈": " about ", "°": " degrees ",
    "—": ", ", "–": ", ", "…": ", ", ",": ", ", ";": "; ", "!": ", ", "?": ", ", "\\": " backslash ", "^": " to the ",
    "€": " euros ", "£": " pounds ", "$": " dollars ", "§": " section ", "№": " number ", "±": " plus or minus ",
    "©": " copyright ", "<": " ", ">": " ", "√": " the root of ", "∞": " infinity ",
    "。": ". ", "！": "! ", "？": "? ", "，": ", ", "、": ", ", "；": "; ", "：": ": ",
}  # fmt: skip

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(
    r"(?:(?:https?|ftp)://|www\.)(?P<host>[^/?#\s]+)(?P<path>[^?#\s]*).*"
    r"|(?P<bare>(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|edu|gov|co\.uk|uk|de|eu))(?P<rest>/[^?#\s]*)?(?:[?#].*)?",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_PATH_MAX = 2  # parts of a URL's path worth saying; nobody can follow more
_SPOKEN_PART = re.compile(r"[^\W\d_][\w-]{0,19}(?:\.\w{1,5})?")
_OPERATORS = frozenset("-−*/")


def said(core: str, previous: str, following: str, *, ends: bool) -> str:
    """How to say ``core``, a word without the punctuation around it, between its neighbours as they are written.

    ``ends``: a period follows it directly. Gives an empty string for what is silent; may end in a comma.
    """
    lower = core.lower().replace("’", "'")
    if not any(character.isalnum() for character in core):
        return _lone_symbol(core, previous, following)
    if lower in _WORDS and not (lower == "mm" and previous[-1:].isdigit()):
        return _WORDS[lower]
    if ends and (known := _abbreviation(core, previous, following)) is not None:
        return known
    if lower in ("e.g", "i.e", "a.m", "p.m"):
        return {**_PHRASES, **_CLOSERS}[lower]
    if lower in ("am", "pm") and previous[-1:].isdigit():
        return HALVES[lower[0]]
    if _EMAIL.fullmatch(core) or (_URL.fullmatch(core)):
        return _address(core)
    if _INITIALS.fullmatch(core):
        return core.replace(".", "").upper()
    number = said_number(core, previous)
    if number is None:
        number = lone_unit(core, previous)
    return number if number is not None else _spelled(core)


def swallows_period(core: str, previous: str, following: str) -> bool:
    """Whether the period after ``core`` belongs to the word. At the end of the text it ends the sentence as well."""
    return bool(following) and _abbreviation(core, previous, following) is not None


def _abbreviation(core: str, previous: str, following: str) -> str | None:
    lower = core.lower()
    capital = following[:1].isupper()
    if lower == "st":
        return "Saint" if capital and not previous[:1].isupper() else "Street"
    if lower == "dr" and not capital and previous[:1].isupper():
        return "Drive"
    if lower in _TITLES:
        return _TITLES[lower]
    if lower in _CLOSERS:
        return _CLOSERS[lower] + ("," if capital else "")
    if lower in _PHRASES and (lower not in ("eg", "ca", "est", "al", "dec", "nov", "oct") or following):
        return _PHRASES[lower]
    if lower in _BEFORE_NUMBERS and following[:1].isdigit():
        return _BEFORE_NUMBERS[lower]
    if _INITIALS.fullmatch(core):
        return core.replace(".", "").upper()
    # "I." ends a sentence more often than it is a name; "plan B." before a small letter or nothing, too.
    if len(core) == 1 and core.isupper() and core != "I" and capital:
        return core
    if core.isdigit() and len(core) <= 3 and not previous:
        return core + ","  # a list's number
    return None


def _lone_symbol(symbol: str, previous: str, following: str) -> str:
    if symbol in _SYMBOLS:
        return _SYMBOLS[symbol]
    if symbol in _OPERATORS and previous[-1:].isalnum() and following[:1].isdigit() and previous[-1:].isdigit():
        return {"-": "minus", "−": "minus", "*": "times", "/": "divided by"}[symbol]
    return ""


def _address(core: str) -> str:
    """An e-mail address, or a URL's host with a short path; scheme, "www." and query are not said."""
    if "@" in core and "/" not in core:
        return _spelled(core.replace("-", " dash ").replace("_", " underscore "))
    match = _URL.fullmatch(core)
    if match is None:
        return _spelled(core)
    host = (match["host"] or match["bare"]).rpartition("@")[2].lower().removeprefix("www.")
    parts = [part for part in (match["path"] or match["rest"] or "").split("/") if part]
    said_path = ""
    if len(parts) <= _PATH_MAX and all(_SPOKEN_PART.fullmatch(part) for part in parts):
        said_path = "".join(f" slash {part}" for part in parts)
    return _spelled(host.replace(":", " port ")) + (" " + _spelled(said_path) if said_path else "")


def _spelled(core: str) -> str:
    """Any other word: periods inside are dots, symbols are named or dropped, apostrophes and hyphens stay."""
    text = re.sub(r"(?<=[a-z])([.!?])(?=[A-Z][a-z])", r"\1 ", core)  # a space is missing between two sentences
    text = re.sub(r"\.{2,}", "…", text)
    text = re.sub(r"(?<=\w)\.(?=[^\W\d_])|(?<=[^\W\d_])\.(?=\w)", " dot ", text)
    if re.fullmatch(r"[^\W\d_]+(?:/[^\W\d_]+)", text):
        text = text.replace("/", " or ")
    text = re.sub(r"^#(?=\w)", "hashtag ", text)
    said_words = "".join(_inside(text, place) for place in range(len(text)))
    return re.sub(r"\s+([,;.!?])", r"\1", " ".join(said_words.split())).strip(" ,;")


def _inside(text: str, place: int) -> str:
    character = text[place]
    before, after = text[:place][-1:], text[place + 1 : place + 2]
    if character == "/":
        return " slash "
    if character in ",.:" and before.isdigit() and after.isdigit():
        return character
    if character in ".!?" and after == " ":
        return character
    if character in "'’" and before.isalnum():
        return "'"
    if character == "-":
        return "-" if before.isalnum() and after.isalnum() else " "
    if character in _INSIDE:
        return _INSIDE[character]
    return character if character.isalnum() or character.isspace() or _is_mark(character) else " "


def _is_mark(character: str) -> bool:
    """A combining accent, which belongs to the letter before it."""
    return "\u0300" <= character <= "\u036f"
