"""Blanks what is written but never said: markdown, tags, link targets, emoji, invisible characters.

Each character that is not to be spoken becomes ``SILENT``, in place: the text keeps its length and its white space,
so that every later step can still tell which characters of the original a word came from. Pure functions.

The text is a clause, not a document: of a code block only the fence may be here and the code in later clauses. So
code is not skipped but read without its punctuation. Personas ask models for plain text; this is for when they
forget.
"""

import re
import unicodedata

SILENT = "\0"
"""Stands for a blanked character; a NUL of the original is blanked as well."""

_TAGS = (
    "a|abbr|b|blockquote|br|break|code|dd|del|details|div|dl|dt|em|emphasis|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|"
    "prosody|s|say-as|small|span|speak|strong|sub|summary|sup|table|tbody|td|th|thead|tr|u|ul|think"
)
_ATTRIBUTE = r"""\s+[\w:-]+=(?:"[^"<>]*"|'[^'<>]*'|[^\s<>]+)"""

_BLANKED = tuple(
    re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    for pattern in (
        r"^[ \t]*(?:`{3,}|~{3,})[\w+#.-]*[ \t]*$",  # a fence with its language
        r"<!--.*?-->",
        rf"</?(?:{_TAGS})(?:{_ATTRIBUTE})*\s*/?>",
        r"&(?:lt|gt|quot|apos|nbsp|#\d+);|(?<=&)amp;",
        r"\[\^[\w-]+\]:?",  # a footnote's mark
        r"!?\[(?=[^\[\]\n]*\]\([^()\s]*)",  # the opening of a link or image; its text is said
        r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:[ \t]+\"[^\"\n]*\")?\)",  # and its target with a title
        r"\](?:\[[^\[\]\n]*\])",  # the target of a link by reference
        r"(?<!\S)[:;=]['-]?[()DPpoO/\\|3*](?!\S)|(?<!\S)<3(?!\S)",  # :-)
        r"~~|`+",
        r"(?<![0-9])\*+(?=[^\s*])|(?<=[^\s*0-9])\*+|(?<=[0-9])\*+(?![0-9 ])",  # emphasis; 2*3 and 2 * 3 multiply
        r"(?<![^\W_])_+(?=\S)|(?<=\S)_+(?![^\W_])",  # emphasis; snake_case is left
    )
)

_LINE_START = re.compile(
    r"^[ \t]*(?:>[ \t]*)*(?:#{1,6}[ \t]+|[-*+•‣◦▪][ \t]+(?:\[[ xX]\][ \t]+)?|>[ \t]*)", re.MULTILINE
)

_SPOKEN_SYMBOLS = frozenset("°©®™№℃℉")
"""Characters of category So that have a reading; all others of it are pictures."""


def without_markup(text: str) -> str:
    """``text``, equally long, with ``SILENT`` for each character that is not to be spoken; white space stays."""
    marked = "".join(character if _has_reading(character) else SILENT for character in text)
    for pattern in _BLANKED:
        marked = pattern.sub(_blank, marked)
    return _LINE_START.sub(_blank, marked)


def starts_line_item(text: str, place: int) -> bool:
    """Whether the line that begins before ``place`` has a mark of a list, a heading or a quotation in front."""
    start = text.rfind("\n", 0, place) + 1
    match = _LINE_START.match(text, start)
    return match is not None and match.end() > start


def _blank(match: re.Match[str]) -> str:
    return "".join(character if character.isspace() else SILENT for character in match[0])


def _has_reading(character: str) -> bool:
    if character.isspace():
        return True
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn"):  # invisible, broken or private
        return False
    if category == "So":
        return character in _SPOKEN_SYMBOLS
    # Skin tones; variation selectors and the key cap that make an emoji of a character.
    return not (
        "\U0001f3fb" <= character <= "\U0001f3ff" or "\ufe00" <= character <= "\ufe0f" or character == "\u20e3"
    )
