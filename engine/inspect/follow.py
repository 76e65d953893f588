"""Read a log while it is written."""

from collections.abc import Callable, Iterator
from pathlib import Path

from engine.codec import Record
from engine.inspect.reader import head_of, journal_path, record_of
from states.errors import JournalError

POLL_US = 100_000
"""How often a log that has not grown is looked at again: at once to a person, next to nothing to a processor."""

_CHUNK_BYTES = 1 << 20


def follow(path: Path, wait: Callable[[], None]) -> Iterator[Record]:
    """The head and the transitions, as they come, each as soon as its line is whole; to the end of the session.

    ``wait`` is called whenever there is nothing new, also before there is a log. Never ends by itself where the
    session did not: it was killed. Raises ``JournalError`` for a line that is damaged, and where the log shrinks.
    """
    while not journal_path(path).is_file():
        wait()
    path = journal_path(path)
    for number, line in enumerate(_lines(path, wait), 1):
        if number == 1:
            yield head_of(path, line)
            continue
        record = record_of(line)
        if record is None:
            raise JournalError(f"{path}: line {number} is damaged")
        if record["event"] != "transition":
            continue
        yield record
        if record["on"]["type"] == "session_stopped":
            return


def _lines(path: Path, wait: Callable[[], None]) -> Iterator[bytes]:
    rest = b""
    try:
        with path.open("rb") as file:
            while True:
                if chunk := file.read(_CHUNK_BYTES):
                    *whole, rest = (rest + chunk).split(b"\n")
                    yield from whole
                elif path.stat().st_size < file.tell():
                    raise JournalError(f"{path}: became shorter while it was followed")
                else:
                    wait()
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from error
