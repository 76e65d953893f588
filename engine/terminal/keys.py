"""Keys as a terminal sends them: bytes into names. Pure."""

import codecs

NAMES = {
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x15": "clear",
    "\x04": "end",
}
"""Control characters with a meaning; others are passed over."""

_ESC = "\x1b"


class KeyParser:
    """Takes bytes as they come, a key's in several parts too, and gives names of keys.

    An escape sequence (an arrow, a function key, an alt-chord) is one key without a meaning here, never an Escape
    followed by letters. Whether a lone ESC is the Escape key only time can tell: ``waiting`` says that more may come,
    and ``flush`` that none did.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""

    @property
    def waiting(self) -> bool:
        """Whether an escape sequence has begun that is not over."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[str]:
        """The keys that are complete with these bytes."""
        keys: list[str] = []
        for character in self._decoder.decode(data):
            if self._pending:
                keys += self._continue(character)
            elif character == _ESC:
                self._pending = _ESC
            else:
                keys += _named(character)
        return keys

    def flush(self) -> list[str]:
        """Nothing came for a while: a lone ESC was the Escape key."""
        lone, self._pending = self._pending == _ESC, ""
        return ["escape"] if lone else []

    def _continue(self, character: str) -> list[str]:
        """One more character of a sequence: CSI and SS3 end with a letter or a tilde (ECMA-48, 5.4)."""
        sequence = self._pending + character
        if character == _ESC:  # the key itself, and then another or a sequence
            keys, self._pending = self.flush(), _ESC
            return keys
        if sequence in ("\x1b[", "\x1bO") or (sequence.startswith("\x1b[") and not "@" <= character <= "~"):
            self._pending = sequence
        else:
            self._pending = ""
        return []


def _named(character: str) -> list[str]:
    if character in NAMES:
        return [NAMES[character]]
    return [character] if character.isprintable() else []
