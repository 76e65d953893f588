"""How a request is recognised in what the user said: patterns over plain words, the last one wins.

Merged utterances ("count to twenty ... stop. what was the last number?") hold several requests; the user waits
for the answer to the last.
"""

import re

_PATTERNS: dict[str, str] = {
    # Strong requests: the one that ends last in the message is answered.
    "further": r"(?P<further>(?:go on|continue|keep|carry on) counting|count (?:on|further))",
    "onward": r"(?P<onward>go on|continue|keep going|carry on|don't stop)",
    "count": r"(?P<count>count(?! (?:on|further)\b)\b"
    r"(?: (?:up|from|to|for|me|till|until|a)|[ -](?:NUMBER))*)",
    "story": r"(?P<story>(?:tell|another|give|hear).* story|another one|another story)",
    "last_number": r"(?P<last_number>(?:what|which).* last number|last number.* said)",
    "last_words": r"(?P<last_words>what.* last (?:thing|word|words|sentence)|what did you (?:just )?say)",
    "before": r"(?P<before>what did i (?:just )?(?:ask|say|want)|what was my (?:last )?question)",
    "shorter": r"(?P<shorter>shorter|in short|summarize)",
    "again": r"(?P<again>repeat(?: that| it)?|say (?:that|it) again|once more)",
    "time": r"(?P<time>what time|what's the time|what is the time|tell me the time)",
    "sum": r"(?P<sum>(?P<left>(?:NUMBER)(?:[ -](?:NUMBER))*) "
    r"(?P<sign>plus|minus|times|multiplied by|[-+x×*]) (?P<right>(?:NUMBER)(?:[ -](?:NUMBER))*))",
    "help": r"(?P<help>help|what can you do)",
    "self": r"(?P<self>(?:who|what) are you|language model)",
    "stop": r"(?P<stop>(?<!don't )(?:stop|be quiet|quiet|shut up|hold on|wait)(?: (?:it|that|talking|counting))?)",
}
_NUMBER = (
    r"[0-9]+|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|and"
)
_WEAK_PATTERNS: dict[str, str] = {
    # Courtesies: answered only where nothing is asked for.
    "hello": r"(?P<hello>hello|hi|hey|good (?:morning|afternoon|evening))",
    "thanks": r"(?P<thanks>thank you|thanks)",
    "goodbye": r"(?P<goodbye>goodbye|good bye|bye|good night)",
    "yes": r"(?P<yes>yes|yeah|yep|okay|ok|right|sure|mm-hm|uh-huh)",
    "no": r"(?P<no>no|nope)",
}


def _compiled(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(rf"(?<![\w']){pattern.replace('NUMBER', _NUMBER)}(?![\w'])")
        for name, pattern in patterns.items()
    }


_STRONG = _compiled(_PATTERNS)
_WEAK = _compiled(_WEAK_PATTERNS)
_STOP = r"(?:stop|wait|quiet|be quiet|hold on|shut up|no|okay)"
_STOPPING = re.compile(rf"^(?:{_STOP}\b *)+|(?: *\b{_STOP})+$")


def plain(text: str) -> str:
    """Lower case, typographic apostrophes made plain, without punctuation but for signs of reckoning."""
    text = re.sub(r"[^\w\s'+×*-]|_", " ", text.lower().replace("’", "'"))
    return " ".join(text.split())


def without_stop(text: str) -> str:
    """``text``, made plain before, without the stop words at its beginning and end."""
    return _STOPPING.sub("", text.strip()).strip()


def last_request(text: str) -> re.Match[str] | None:
    """The request that ends last in ``text``; of several, the longest. Courtesies count only where nothing else is.

    The match is in ``plain(text)``; its ``lastgroup`` is the kind of request.
    """
    words = plain(text)
    for patterns in (_STRONG, _WEAK):
        found = [match for pattern in patterns.values() for match in pattern.finditer(words)]
        if found:
            return max(found, key=lambda match: (match.end(), -match.start()))
    return None


def goal_of_counting(text: str) -> str:
    """The words of the last request to count in ``text``, or none."""
    found = [match["count"] for match in _STRONG["count"].finditer(plain(text))]
    return found[-1] if found else ""
