"""Which sentences a JSGF grammar accepts: the grammar as one regular expression.

Enough of JSGF (W3C note, 2000) for closed command grammars: one public rule, alternatives, groups, optional
parts and rules that do not refer to themselves. No weights, tags, repetitions or imports.
"""

import re

from states.errors import ConfigError

_TOKEN = re.compile(r"<[\w.-]+>|[()\[\]|]|[^\s()\[\]|<>]+")
_RULE = re.compile(r"(public\s+)?<([\w.-]+)>\s*=\s*([^;]*);")


def sentence_pattern(grammar: str) -> re.Pattern[str]:
    """A pattern that fully matches exactly the sentences of ``grammar``, each word followed by one space.

    Raises ``ConfigError`` where the grammar has no public rule, names an unknown rule, or is recursive.
    """
    rules = {name: body for _, name, body in _RULE.findall(grammar)}
    public = [name for is_public, name, _ in _RULE.findall(grammar) if is_public]
    if len(public) != 1:
        raise ConfigError(f"a grammar has one public rule; this one has {len(public)}")
    return re.compile(_expand(public[0], rules, ()))


def accepts(pattern: re.Pattern[str], sentence: str) -> bool:
    """Whether ``sentence``, lower case and without punctuation, is a whole sentence of the grammar."""
    return pattern.fullmatch("".join(f"{word} " for word in sentence.split())) is not None


def _expand(name: str, rules: dict[str, str], inside: tuple[str, ...]) -> str:
    if name in inside or name not in rules:
        raise ConfigError(f"grammar rule <{name}> is {'recursive' if name in inside else 'unknown'}")
    out = ""
    for token in _TOKEN.findall(rules[name]):
        if token[0] == "<":
            out += _expand(token[1:-1], rules, (*inside, name))
        elif token in "([":
            out += "(?:"
        elif token in ")]":
            out += ")" if token == ")" else ")?"
        elif token == "|":
            out += "|"
        else:
            out += re.escape(token) + " "
    return f"(?:{out})"
