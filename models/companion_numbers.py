"""Whole numbers in English words, both ways: what the companion counts and reckons with."""

import re

# fmt: off
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on

_VALUES = {word: value for value, word in enumerate(_SMALL)}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS) if word}

LARGEST = 999_999


def in_words(number: int) -> str:
    """``number`` as it is said: 42 is "forty-two", -3 is "minus three". Up to ``LARGEST``, then in digits."""
    if number < 0:
        return f"minus {in_words(-number)}"
    if number > LARGEST:
        return str(number)
    if number >= 1000:
        rest = number % 1000
        joint = " and " if 0 < rest < 100 else " "
        return f"{in_words(number // 1000)} thousand{joint + in_words(rest) if rest else ''}"
    if number >= 100:
        rest = number % 100
        return f"{_SMALL[number // 100]} hundred{' and ' + in_words(rest) if rest else ''}"
    if number >= 20:
        return _TENS[number // 10] + (f"-{_SMALL[number % 10]}" if number % 10 else "")
    return _SMALL[number]


def numbers_in(text: str) -> list[int]:
    """All numbers of ``text`` in order, in digits or words: "forty two, and 7" gives ``[42, 7]``.

    Words join into one number only where they are said as one: "twenty one" is 21, "one two" is 1 and 2.
    Numbers of words go up to 999.
    """
    found: list[int] = []
    total: int | None = None
    room = 0  # what may still be added to ``total``: below 10 after "twenty", below 100 after "hundred"
    for token in re.findall(r"[0-9]+|[a-z]+|[^\sa-z0-9-]", text.lower()):
        digits = token[0] in "0123456789"
        if digits:
            value: int | None = int(token)
        elif token == "hundred":
            if total is not None and 1 <= total <= 9:
                total, room = total * 100, 100
            else:
                found += [] if total is None else [total]
                total, room = 100, 100
            continue
        elif token == "and" and room == 100:
            continue
        else:
            value = _VALUES.get(token)
        if total is not None and value is not None and 0 < value < room and not digits:
            total, room = total + value, 10 if value >= 20 and value % 10 == 0 else 0
            continue
        if total is not None:
            found.append(total)
        total = value
        room = 10 if value is not None and 20 <= value < 100 and value % 10 == 0 and not digits else 0
    return found if total is None else [*found, total]
