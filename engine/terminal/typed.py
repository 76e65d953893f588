"""The face of a typed conversation where there is no view: lines in, words out."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from engine.codec import step_record
from engine.inspect.timeline import text_of
from engine.loop import Listener
from engine.session import Session
from engine.stages.transcription import Caption, no_caption
from engine.terminal.face import stopping
from engine.terminal.noted import NotedOnStandardError
from engine.terminal.reading import reading
from engine.terminal.telling import Teller
from engine.terminal.terminals import is_terminal
from engine.terminal.turns import LineSplitter, SpokenTurns, WrittenTurns
from engine.terminal.words import WordPrinter
from states.events import Event
from states.step import Step


class TypedFace(NotedOnStandardError):
    """A ``Face`` that reads turns from standard input and prints replies on standard output, and nothing else there.

    At a terminal a line is a turn at once, and cuts off a reply; of a pipe each waits for the answer to the last.
    ``verbose``: every step, on standard error.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        super().__init__(quiet=quiet)
        self._teller: Teller[str] = Teller(str)
        self._reporter: Teller[Step] | None = None
        if verbose:
            self._reporter = Teller(lambda step: text_of(step_record(step)) + "\n", sys.stderr)
        self._words = WordPrinter(self._teller.tell)
        self._session: Session | None = None
        at_once = is_terminal(sys.stdin)
        self._turns = SpokenTurns(self._post) if at_once else WrittenTurns(self._post)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The printer, and whoever waits for the end of an answer."""
        turns = (self._turns,) if isinstance(self._turns, WrittenTurns) else ()
        return (self._words, *turns, *((self._report,) if self._reporter is not None else ()))

    @property
    def caption(self) -> Caption:
        """Nothing is recognised."""
        return no_caption

    @contextmanager
    def attending(self, session: Session) -> Iterator[None]:
        """While inside, take turns and print answers."""
        self._session = session
        self._teller.broken = stopping(session)
        with ExitStack() as inside:
            inside.callback(self._teller.close)
            if self._reporter is not None:
                inside.callback(self._reporter.close)
            inside.enter_context(self._words.printing(session.playout.rendered))
            splitter = LineSplitter(self._turns.line, self._turns.ended)
            inside.enter_context(reading(sys.stdin.fileno(), splitter))
            yield

    def _post(self, event: Event) -> None:
        assert self._session is not None
        self._session.mailbox.post(event)

    def _report(self, step: Step, _waited_us: int, _took_us: int) -> None:
        if self._reporter is not None:
            self._reporter.tell(step)
