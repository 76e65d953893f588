"""The made users: voices of espeak-ng, each in one split only, each with a pitch and a rate of its own.

They are made, not people: espeak-ng's variants differ in formants, breath and pitch far less than people do.
The assistant's voice (plain "en-us") is nobody's.

Voices with breath (f2, f3, f5, Alicia, victor) are left out: espeak-ng draws that noise anew on every run, and the
corpus would not be the same twice.
"""

from dataclasses import dataclass

from engine.score.phrases import Split

ASSISTANT = "en-us"


@dataclass(frozen=True, slots=True)
class Speaker:
    """An espeak-ng voice with ``rate_wpm`` words a minute and ``pitch`` from 0 to 100."""

    voice: str
    rate_wpm: int = 175
    pitch: int = 50

    @property
    def name(self) -> str:
        """As it stands in results."""
        return f"espeak:{self.voice}"


SPEAKERS: dict[Split, tuple[Speaker, ...]] = {
    "dev": (
        Speaker("en-us+anika", 180), Speaker("en-us+m3", 165), Speaker("en-gb-x-rp"), Speaker("en-us+f1", 190, 60),
        Speaker("en-us+m1", 160, 40), Speaker("en-us+Andy", 170), Speaker("en+f4", 185), Speaker("en-us+Lee", 175),
        Speaker("en-gb-scotland+m4", 170, 45), Speaker("en-us+belinda", 165), Speaker("en-us+david", 180, 55),
        Speaker("en+Annie", 195, 55),
    ),
    "test": (
        Speaker("en-us+Andrea"), Speaker("en-us+m2", 165), Speaker("en-gb-x-gbclan"), Speaker("en-us+grandma", 190),
        Speaker("en-us+m7", 160, 40), Speaker("en-us+aunty", 170), Speaker("en+m5", 185), Speaker("en-us+ed", 175),
        Speaker("en-gb-scotland+m6", 170, 55), Speaker("en-us+linda", 165), Speaker("en-us+zac", 180, 45),
        Speaker("en+steph", 195, 55),
    ),
}  # fmt: skip
