"""What a user's own pauses teach: silences that turned out to lie inside a turn."""

from states.conversation import Conversation
from states.step import Draft

KEPT_PAUSES = 8
"""So many of the latest are remembered: a few sentences' worth. Chosen."""


def learn_pause(c: Conversation, d: Draft, pause_ms: int) -> None:
    """Remember a silence after which the user went on; 0: there was none."""
    if pause_ms:
        c.own_pauses_ms = (*c.own_pauses_ms, pause_ms)[-KEPT_PAUSES:]
        d.learned_ms = pause_ms
