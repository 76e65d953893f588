"""What a model yields while it has nothing new: a moment in which it may be closed, and no answer.

Models that poll (a network in another thread, a server that is silent) give the floor back some fifty times a second.
How often depends on how fast the machine is today, so these moments must leave no trace: they cost no declared time,
and no cassette keeps them.
"""

from models.ports import SpeechChunk, Transcript


def is_waiting_piece(piece: object) -> bool:
    """Of a language model: the empty piece. The use of a function is an answer."""
    return piece == ""


def is_waiting_transcript(found: Transcript, before: Transcript) -> bool:
    """Of a recogniser: what it said before, once more. Before its first transcript that is ``Transcript("")``."""
    return found == before


def is_waiting_chunk(chunk: SpeechChunk) -> bool:
    """Of a synthesiser: neither samples nor words."""
    return not len(chunk.samples) and not chunk.words
