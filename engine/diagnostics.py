"""Diagnostics: what adapters have to say that is no part of the dialogue, such as turns left out of a context."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "log.txt"


@contextmanager
def diagnostics(folder: Path) -> Iterator[None]:
    """While inside, what is logged under ``is2s`` goes to ``log.txt`` in this folder; without anything, no file.

    For a process with one session: loggers are the process's.
    """
    handler = logging.FileHandler(folder / FILE, encoding="utf-8", errors="backslashreplace", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("is2s")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()
