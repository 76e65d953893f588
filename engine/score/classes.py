"""What may happen in front of the microphone, and what an engine should do about it.

Groups and windows are those of tau-voice (R_Y, S_BC, S_VT, S_ND): to a real interruption the assistant must fall
silent within 2.0 s of its onset; to all else it must not within 1.0 s. Noises of a room and difficult ends of turns
are groups of our own.
"""

from dataclasses import dataclass
from typing import Literal

from states.errors import IS2SError

Expected = Literal["yield", "hold", "turn", "nothing"]
"""yield: the reply must end. hold: it must go on. turn: one answer, after the end. nothing: no answer at all."""

YIELD_WINDOW_MS = 2000
HOLD_WINDOW_MS = 1000
SILENT_TICK_MS = 200
"""A silence of the assistant's that its own speech does not explain, this long, is what tau-voice calls stopping."""


class ScoreError(IS2SError):
    """A corpus, a recording or a result that cannot be scored; one line, with what is accepted."""


@dataclass(frozen=True, slots=True)
class EventClass:
    """``group`` is the row of the joint score that it counts in; ``weight`` its share of the trials."""

    name: str
    group: str
    expected: Expected
    about: str
    weight: int = 1


CLASSES: tuple[EventClass, ...] = (
    EventClass("command", "R_Y", "yield", "an order that cuts in"),
    EventClass("question", "R_Y", "yield", "a question that cuts in"),
    EventClass("stop", "R_Y", "yield", "stop, wait, hold on"),
    EventClass("correction", "R_Y", "yield", "no, I meant Tuesday"),
    EventClass("topic", "R_Y", "yield", "another topic"),
    EventClass("yeah_but", "R_Y", "yield", "a backchannel that becomes an interruption"),
    EventClass("backchannel", "S_BC", "hold", "mm-hm, yeah, right", 2),
    EventClass("backchannel_chain", "S_BC", "hold", "yeah, yeah, okay, right", 2),
    EventClass("cough", "S_VT", "hold", "coughs"),
    EventClass("laugh", "S_VT", "hold", "laughter"),
    EventClass("sigh", "S_VT", "hold", "sighs"),
    EventClass("throat", "S_VT", "hold", "throat clearing"),
    EventClass("hum", "S_VT", "hold", "humming"),
    EventClass("far_talker", "S_ND", "hold", "a second talker, farther away", 2),
    EventClass("tv", "S_ND", "hold", "a television in the room", 2),
    EventClass("aside", "S_ND", "hold", "the user speaks to somebody else", 2),
    EventClass("typing", "S_N", "hold", "keys"),
    EventClass("door", "S_N", "hold", "doors, knocks"),
    EventClass("chair", "S_N", "hold", "chairs, paper"),
    EventClass("siren", "S_N", "hold", "sirens, horns, telephones, dogs"),
    EventClass("music", "S_N", "hold", "music without a voice"),
    EventClass("fan", "S_N", "hold", "steady noise that starts"),
    EventClass("complete", "turn", "turn", "a whole turn without a pause", 2),
    EventClass("pause_short", "turn", "turn", "a pause of 0.4 to 1.0 s in a turn", 2),
    EventClass("pause_long", "turn", "turn", "a pause of 2 to 3 s in a turn"),
    EventClass("filler", "turn", "turn", "um and er in a turn"),
    EventClass("trailing_and", "turn", "turn", "milk and ... bread"),
    EventClass("digits", "turn", "turn", "a number dictated in groups"),
    EventClass("room_noise", "ghost", "nothing", "noise while nobody speaks"),
)

BY_NAME = {each.name: each for each in CLASSES}
JOINT_GROUPS = ("R_Y", "S_BC", "S_VT", "S_ND")
"""The four whose worst is the joint selectivity."""


def event_class(name: str) -> EventClass:
    """The class of that name. Raises ``ScoreError``."""
    found = BY_NAME.get(name)
    if found is None:
        raise ScoreError(f"unknown class {name!r}; known are {', '.join(BY_NAME)}")
    return found
