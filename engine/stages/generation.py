"""Generation: the language model's words, clause by clause, while it still writes."""

from collections.abc import Iterable, Iterator, Sequence

from engine.stages.sentences import clauses
from engine.work import Worker, stream_of
from models.ports import LanguageModel
from states.events import ClauseGenerated, ReplyGenerated
from states.history import Message


def generate(reply: int, messages: Sequence[Message], model: LanguageModel, *, max_pieces: int) -> Worker:
    """Stream an answer: ``ClauseGenerated`` as soon as a clause is complete, ``ReplyGenerated`` at the end.

    Yields None for each piece that completes no clause. An answer is ended after ``max_pieces`` pieces, for models
    that never stop. Closing this closes the model's stream, in the same thread.
    """
    count = 0
    with stream_of(model.stream(messages)) as pieces:
        for text in clauses(_bounded(pieces, max_pieces)):
            if text is None:
                yield None
            else:
                yield ClauseGenerated(reply, count, text)
                count += 1
    yield ReplyGenerated(reply, count)


def _bounded(pieces: Iterable[str], most: int) -> Iterator[str]:
    """Stop after so many pieces that say something; empty ones only tell that the model is still at it."""
    count = 0
    for piece in pieces:
        yield piece
        count += bool(piece)
        if count >= most:
            return
