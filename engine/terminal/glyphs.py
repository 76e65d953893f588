"""The few signs that a display draws with, for terminals that know them and for those that do not."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Each is one cell wide, but for ``arrow`` and ``cut``."""

    full: str
    empty: str
    rule: str
    dot: str
    flag: str
    arrow: str
    cut: str
    prompt: str
    unicode: bool

    def fit(self, text: str) -> str:
        """Words as this terminal can show them."""
        return text if self.unicode else text.encode("ascii", "replace").decode("ascii")


UNICODE = Glyphs(
    full="━", empty="─", rule="─", dot="·", flag="●", arrow="→", cut=" – ", prompt="›", unicode=True
)  # fmt: skip
ASCII = Glyphs(
    full="#", empty=".", rule="-", dot="|", flag="*", arrow="->", cut=" -- ", prompt=">", unicode=False
)  # fmt: skip


def glyphs_of(encoding: str) -> Glyphs:
    """By the output's encoding; the Linux console has a font of a few hundred signs, so it gets ASCII too."""
    poor = os.environ.get("TERM") == "linux"
    return UNICODE if encoding.lower().replace("-", "").startswith("utf") and not poor else ASCII
