"""English readings of what has digits in it: times, dates, money, units, ranges, fractions, versions, telephones.

Only what espeak-ng reads wrongly or not at all is rewritten; it reads plain numbers, decimals and ordinals well
("1,000", "3.5", "21st"), but says "ten zero five" for 10:05, "dollar five" for $5 and "kay em" for km. Pure
functions.
"""

import re
from collections.abc import Callable

_MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_AMOUNT = rf"{_NUMBER}(?:[-–—/]{_NUMBER})?"
_TENS = {"20": "twenties", "30": "thirties", "40": "forties", "50": "fifties", "60": "sixties", "70": "seventies"}
_TENS |= {"80": "eighties", "90": "nineties", "00": "hundreds", "10": "tens"}
_CURRENCIES = {
    "$": ("dollar", "dollars", "cents"),
    "£": ("pound", "pounds", "pence"),
    "€": ("euro", "euros", "cents"),
    "¥": ("yen", "yen", ""),
}
_SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "t": "trillion"}

_DECADE = re.compile(r"(?P<short>['’])?(?P<century>1\d|20)?(?P<tens>\d0)['’]?s", re.ASCII)
_DECADE_CUES = frozenset(("the", "early", "late", "mid", "his", "her", "their", "my", "our", "your"))
"""Without one of these or an apostrophe before it, "90s" is seconds."""

UNITS = {
    "km": "kilometre", "m": "metre", "cm": "centimetre", "mm": "millimetre", "kg": "kilogram", "g": "gram",
    "mg": "milligram", "l": "litre", "ml": "millilitre", "mph": "mile per hour", "km/h": "kilometre per hour",
    "kmh": "kilometre per hour", "kb": "kilobyte", "mb": "megabyte", "gb": "gigabyte", "tb": "terabyte",
    "hz": "hertz", "khz": "kilohertz", "mhz": "megahertz", "ghz": "gigahertz", "w": "watt", "kw": "kilowatt",
    "kwh": "kilowatt hour", "v": "volt", "ms": "millisecond", "s": "second", "sec": "second", "min": "minute",
    "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "lb": "pound", "lbs": "pound", "oz": "ounce",
    "ft": "foot", "°": "degree", "°c": "degree Celsius", "°f": "degree Fahrenheit", "℃": "degree Celsius",
    "℉": "degree Fahrenheit", "%": "percent", "x": "times",
}  # fmt: skip
"""What follows a number, in lower case, and its singular. "in" is left out: it is mostly the preposition."""

_ONLY_ATTACHED = frozenset(("%", "x", "v", "s", "m", "h", "g", "w", "l"))
"""Units of one letter are too often something else where they stand alone."""

_YEAR_CUES = frozenset((
    "in", "since", "year", "by", "before", "after", "until", "from", "of", "around", "late", "early", "mid", "to",
    "and", "spring", "summer", "autumn", "winter", *(month.lower() for month in _MONTHS),
))  # fmt: skip
"""A number from 1100 to 2099 behind one of these is a year: "in 1905" is no quantity. "Of 1500 people" loses."""


def unit_name(unit: str, number: str) -> str:
    """The name of a unit of ``UNITS`` after such a number: "kilometres", but "kilometre" after 1."""
    name = UNITS[unit.lower()]
    if number == "1" or name in ("percent", "times") or name.endswith("hertz"):
        return name
    first, _, rest = name.partition(" ")
    plural = "feet" if first == "foot" else first + "s"
    if name == "kilowatt hour":
        return "kilowatt hours"
    return f"{plural} {rest}" if rest else plural


def lone_unit(word: str, previous: str) -> str | None:
    """The name of a unit that stands apart from its number, else None."""
    if word.lower() not in UNITS or word.lower() in _ONLY_ATTACHED or not re.fullmatch(_AMOUNT, previous):
        return None
    return unit_name(word, previous)


def said_number(word: str, previous: str) -> str | None:
    """How to say a word with digits in it, stripped of its punctuation; None where espeak-ng reads it well."""
    if not any(character.isdecimal() for character in word):
        return None
    if re.fullmatch(r"1[1-9]\d\d|20[1-9]\d", word) and previous.lower() in _YEAR_CUES:
        return _year(word)
    if (decade := _DECADE.fullmatch(word)) and (
        decade["century"] or decade["short"] or previous.lower() in _DECADE_CUES
    ):
        return _decade(decade)
    for pattern, say in _FORMS:
        if match := pattern.fullmatch(word):
            said = say(match)
            if said is not None:
                return said
    return None


def _year(year: str) -> str:
    century, rest = year[:2], year[2:]
    if rest == "00":
        return f"{century} hundred"
    return f"{century} oh {rest[1]}" if rest[0] == "0" else f"{century} {rest}"


def _time(match: re.Match[str]) -> str | None:
    hour, minute, half = match["hour"], match["minute"], (match["half"] or "").lower()
    if int(hour) > 24 or int(minute) > 59:
        return f"{hour} to {minute}"
    hour = hour.removeprefix("0") or "0"
    said = hour
    if minute == "00":
        said += "" if half else " o'clock" if 0 < int(hour) <= 12 else " hundred"
    else:
        said += f" oh {minute[1]}" if minute[0] == "0" else f" {minute}"
    return f"{said} {HALVES[half[0]]}" if half else said


def _half(match: re.Match[str]) -> str:
    return f"{match['hour']} {HALVES[match['half'][0].lower()]}"


HALVES = {"a": "ay em", "p": "pee em"}
"""Spelt so because espeak-ng says "ar em" for "a m" and takes AM for the verb."""


def _money(match: re.Match[str]) -> str:
    one, many, small = _CURRENCIES[match["sign"]]
    whole, part, scale = match["whole"], match["part"], match["scale"]
    if scale:
        return f"{whole}{'.' + part if part else ''} {_SCALES[scale.lower()]} {many}"
    said = f"{whole} {one if whole == '1' else many}"
    if part is None or int(part) == 0:
        return said
    if len(part) != 2 or not small:
        return f"{whole}.{part} {many}"
    cents = part.removeprefix("0")
    return f"{cents} {small}" if whole == "0" else f"{said} {cents}"


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    suffix = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    said = _year(year) if re.fullmatch(r"1[1-9]\d\d|20[1-9]\d", year) else year
    return f"{_MONTHS[month - 1]} {day}{suffix}, {said}"


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["above"]), int(match["below"])
    name = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 8: "eighth", 10: "tenth"}.get(below)
    if name is None or not 0 < above < below:
        return f"{above} over {below}"
    plural = "halves" if name == "half" else name + "s"
    return f"{above} {name if above == 1 else plural}"


def _unit(match: re.Match[str]) -> str | None:
    number, unit = match["number"], match["unit"]
    return f"{number} {unit_name(unit, number)}" if unit.lower() in UNITS else None


def _range(match: re.Match[str]) -> str | None:
    first, last, unit = match["first"], match["last"], match["unit"] or ""
    if "." not in first + last and float(first.replace(",", "")) > float(last.replace(",", "")):
        return None
    if unit and unit.lower() not in UNITS:
        return None
    return f"{first} to {last} {unit_name(unit, last)}" if unit else f"{first} to {last}"


def _digits(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    said = ", ".join(" ".join(group) for group in groups)
    return f"plus {said}" if match[0].startswith("+") else said


def _decade(match: re.Match[str]) -> str | None:
    tens = _TENS.get(match["tens"])
    if tens is None or (tens in ("hundreds", "tens") and not match["century"]):
        return None
    if match["century"] == "20" and tens == "hundreds":
        return "2 thousands"
    return f"{match['century']} {tens}" if match["century"] else tens


def _version(match: re.Match[str]) -> str:
    said = " point ".join(match["parts"].split("."))
    return f"version {said}" if match["version"] else said


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), say)
    for pattern, say in (
        (r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?P<half>[ap]\.?m\.?)?", _time),
        (r"(?P<hour>\d{1,2})(?P<half>[ap]\.?m\.?)", _half),
        (r"(?P<sign>[$£€¥])(?P<whole>\d[\d,]*)(?:\.(?P<part>\d+))?(?P<scale>k|m|bn|b|t)?", _money),
        (r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", _date),
        (r"\+?\d{1,3}(?:[-.]\d{3})+[-.]\d{4}|\d{3}-\d{4}|\(\d{3}\)\d{3}-\d{4}|\+\d{7,15}|0\d{9,11}", _digits),
        (r"(?P<above>\d{1,3})/(?P<below>\d{1,3})", _fraction),
        (rf"(?P<first>{_NUMBER})[-–—](?P<last>{_NUMBER})(?P<unit>[a-z%°/]*)", _range),
        (rf"(?P<number>{_NUMBER})(?P<unit>[a-z%°℃℉/]+)", _unit),
        (r"(?P<version>v)?(?P<parts>\d+(?:\.\d+){2,})|(?P<v>v)\.?(?P<only>\d+(?:\.\d+)?)", lambda m: _version_of(m)),
        (rf"~(?P<number>{_NUMBER})", lambda m: f"about {m['number']}"),
        (r"\.(?P<number>\d+)", lambda m: f"point {m['number']}"),
        (rf"#(?P<number>{_NUMBER})", lambda m: f"number {m['number']}"),
        (rf"[-−](?P<number>{_NUMBER})(?P<unit>[a-z%°]*)", lambda m: _minus(m)),
        (r"(?P<first>\d+)[xX×*](?P<last>\d+)", lambda m: f"{m['first']} times {m['last']}"),
    )
)


def _version_of(match: re.Match[str]) -> str:
    return f"version {match['only'].replace('.', ' point ')}" if match["v"] else _version(match)


def _minus(match: re.Match[str]) -> str | None:
    number, unit = match["number"], match["unit"]
    if unit and unit.lower() not in UNITS:
        return None
    return f"minus {number} {unit_name(unit, number)}" if unit else f"minus {number}"
