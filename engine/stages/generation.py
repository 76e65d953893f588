"""Generation: the language model's words, clause by clause, while it still writes."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from engine.stages.sentences import clauses
from engine.work import WAITING, Worker, stream_of
from models.ports import LanguageModel
from models.waiting import is_waiting_piece
from states.events import ClauseGenerated, ReplyGenerated, ToolUsed
from states.history import Entry, ToolUse


class Generation:
    """Answers, one reply after another. One worker at a time, each after the one before it has ended.

    A reply that is closed while a function runs for it ends only once the function has returned. The next one may
    have been asked for before that, with a history that lacks the call; the model is told of it all the same, lest
    it make the call again.
    """

    def __init__(self, model: LanguageModel, *, max_pieces: int) -> None:
        self._model = model
        self._max_pieces = max_pieces
        self._uses: list[ToolUse] = []
        self._earlier: int | None = None  # calls in the history before this session

    def answer(self, reply: int, messages: Sequence[Entry]) -> Worker:
        """Stream an answer: ``ClauseGenerated`` as soon as a clause is complete, ``ReplyGenerated`` at the end.

        ``ToolUsed`` comes as the very next thing after a function has returned. Yields None for each piece that
        completes no clause, and ``WAITING`` for one that is none. An answer is ended after ``max_pieces`` pieces, for
        models that never stop. Closing this closes the model's stream, in the same thread.
        """
        count = 0
        used: deque[ToolUse] = deque()
        with stream_of(self._model.stream(self._up_to_date(messages))) as stream:
            pieces = _Bounded(stream, self._max_pieces)
            for text in clauses(_words(pieces, used)):
                while used:
                    use = used.popleft()
                    self._uses.append(use)
                    yield ToolUsed(reply, use.name, use.arguments, use.result, use.failed)
                if text is None:
                    yield WAITING if pieces.waiting else None
                else:
                    yield ClauseGenerated(reply, count, text)
                    count += 1
        yield ReplyGenerated(reply, count)

    def _up_to_date(self, messages: Sequence[Entry]) -> Sequence[Entry]:
        """The history as it will be once all that was posted has been taken in: calls enter it in their order."""
        known = sum(isinstance(entry, ToolUse) for entry in messages)
        if self._earlier is None:
            self._earlier = known
        return (*messages, *self._uses[known - self._earlier :])


class _Bounded:
    """The pieces, as far as so many that say something; empty ones only tell that the model is still at it.

    ``waiting``: the last one was such.
    """

    def __init__(self, pieces: Iterable[str | ToolUse], most: int) -> None:
        self._pieces = iter(pieces)
        self._left = most
        self.waiting = False

    def __iter__(self) -> Iterator[str | ToolUse]:
        return self

    def __next__(self) -> str | ToolUse:
        if self._left <= 0:
            raise StopIteration
        piece = next(self._pieces)
        self.waiting = is_waiting_piece(piece)
        self._left -= not self.waiting
        return piece


def _words(pieces: Iterable[str | ToolUse], used: deque[ToolUse]) -> Iterator[str]:
    """The words alone; a call of a function goes into ``used``, and an empty piece marks its place."""
    for piece in pieces:
        if isinstance(piece, ToolUse):
            used.append(piece)
            yield ""
        else:
            yield piece
