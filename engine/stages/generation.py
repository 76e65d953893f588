"""Generation: the language model's words, clause by clause, while it still writes."""

from collections.abc import Iterator, Sequence
from itertools import islice

from engine.stages.sentences import clauses
from engine.work import Worker
from models.ports import LanguageModel
from states.events import ClauseGenerated, ReplyGenerated
from states.history import Message


def generate(reply: int, messages: Sequence[Message], model: LanguageModel, *, max_pieces: int) -> Worker:
    """Stream an answer: ``ClauseGenerated`` as soon as a clause is complete, ``ReplyGenerated`` at the end.

    Yields None for each piece that completes no clause. An answer is ended after ``max_pieces`` pieces, for models
    that never stop. Closing this closes the model's stream, in the same thread.
    """
    count = 0
    stream = model.stream(messages)
    try:
        for text in clauses(_bounded(stream, max_pieces)):
            if text is None:
                yield None
            else:
                yield ClauseGenerated(reply, count, text)
                count += 1
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()
    yield ReplyGenerated(reply, count)


def _bounded(stream: Iterator[str], max_pieces: int) -> Iterator[str]:
    return islice(stream, max_pieces)
