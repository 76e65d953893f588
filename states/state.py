"""The six states of a dialogue, told apart by who has the floor."""

from enum import Enum


class State(Enum):
    """Who has the floor, and what runs meanwhile."""

    IDLE = "idle"
    """Nobody speaks."""
    LISTENING = "listening"
    """The user speaks; the utterance is being captured."""
    TRANSCRIBING = "transcribing"
    """The user has paused; the adopted utterance is being recognised."""
    THINKING = "thinking"
    """The assistant prepares a reply; nothing of it has been heard."""
    SPEAKING = "speaking"
    """The assistant's reply is being played."""
    INTERRUPTED = "interrupted"
    """The user took the floor from a reply; it lasts until the words are known."""
