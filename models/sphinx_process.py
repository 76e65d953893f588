"""The recogniser's process, seen from the engine: started, asked, killed, and started again."""

import json
import logging
import subprocess
import sys
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any

from models.ports import MIC_HZ
from models.sphinx_search import read_frame, write_frame
from models.whisper_errands import Flag
from states.errors import BackendError, BackendUnavailable, ConfigError

WORTH_A_RESTART_SAMPLES = 3 * MIC_HZ
"""A call that is given up is left to its end where its sound is shorter: that end is nearer than a new process's
beginning (0.2 s; a second of sound takes 0.08 s, measured)."""

_log = logging.getLogger("is2s.stt")

_CALL = "import sys; sys.path[:] = sys.argv[1:]; from models.sphinx_search import serve; serve()"
"""With the path of this process, so that the same packages are found."""


class _Ended(Exception):
    """The process is gone."""


class _Child:
    """One process; ends with this object, too. ``told`` and ``ask`` in one thread at a time, the rest in any."""

    def __init__(self, first: bytes) -> None:
        """Start it and tell it the grammar; returns before it is ready. Raises ``OSError``."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CALL, *map(str, sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is the session's affair: a session, on Windows a console, of its own is not sent it.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.bury = weakref.finalize(self, _bury, self._process)
        self.killed = False
        self._loading = True
        with suppress(OSError):  # already gone: the first question will tell
            self._write(first)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status, once it is buried."""
        return self._process.returncode

    def told(self) -> dict[str, Any]:
        """Its next answer; blocks. Raises ``_Ended``."""
        assert self._process.stdout is not None
        try:
            answer = read_frame(self._process.stdout)
        except (OSError, ValueError) as error:  # ValueError: closed by another thread
            raise _Ended from error
        if answer is None:
            raise _Ended
        self._loading = False
        found: dict[str, Any] = json.loads(answer)
        return found

    def ask(self, pcm: bytes) -> dict[str, Any]:
        """Its answer to a sound; first, that it is ready. Raises ``_Ended``."""
        if self._loading and "failed" in (told := self.told()):
            return told
        try:
            self._write(pcm)
        except (OSError, ValueError) as error:
            raise _Ended from error
        return self.told()

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self.killed = True
        self._process.kill()

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        write_frame(self._process.stdin, data)


def _bury(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was written and never read
                pipe.close()


class SearchProcess:
    """Searches sounds in a process of its own: ready in 0.2 to 0.4 s, 45 MB resident.

    Construction waits until it is ready. Raises ``BackendUnavailable`` where pocketsphinx does not start,
    ``ConfigError`` for a grammar that it does not accept. ``search`` is called in one thread at a time, the rest in
    any. To be closed; the process ends with this one anyway, however that ends.
    """

    def __init__(self, grammar: str, pronunciations: Mapping[str, Sequence[str]], *, remedy: str) -> None:
        wanted = {"rate_hz": MIC_HZ, "grammar": grammar, "pronunciations": dict(pronunciations)}
        self._first = json.dumps(wanted).encode()
        self._lock = Lock()
        self._closed = False
        self._asking: Flag | None = None
        try:
            self._child = _Child(self._first)
            told = self._child.told()
        except OSError as error:
            raise BackendUnavailable(f"pocketsphinx has no process: {error}", remedy=remedy) from error
        except _Ended as error:
            self.close()
            why = f"its process ended with status {self._child.status}"
            raise BackendUnavailable(f"pocketsphinx does not start: {why}", remedy=remedy) from error
        if "failed" in told:
            self.close()
            if told["grammar"]:
                why = "the grammar is not JSGF, or has a word that the dictionary lacks"
                raise ConfigError(f"{why}: {told['failed']}")
            raise BackendUnavailable(f"pocketsphinx does not start: {told['failed']}", remedy=remedy)

    @property
    def pid(self) -> int:
        """Number of the process; another one after each that died."""
        return self._child.pid

    def search(self, pcm: bytes, flag: Flag) -> dict[str, Any]:
        """What ``sphinx_search.answers`` gives for a sound of 16 bits. Blocks, with the interpreter's lock released.

        Raises ``BackendError`` where the search fails, where the process dies or ``give_up`` kills it (another one
        has then been started), and once this is closed.
        """
        with self._lock:
            self._asking = flag
            child = self._child
        try:
            told = child.ask(pcm)
        except _Ended as error:
            child.bury()
            if not child.killed:
                _log.warning("pocketsphinx's process ended with status %s; another is started", child.status)
            raise BackendError(f"pocketsphinx's process ended with status {child.status}") from error
        finally:
            with self._lock:
                self._asking = None
                if child.killed or child.status is not None:
                    self._replace()
        if "failed" in told:
            raise BackendError(f"pocketsphinx failed: {told['failed']}")
        return told

    def give_up(self, flag: Flag) -> None:
        """Kill the process where it is at the search of this flag; a search that is over is not touched."""
        with self._lock:
            if self._asking is flag:
                self._child.kill()

    def close(self) -> None:
        """End the process, whatever it does. A second time, do nothing."""
        with self._lock:
            self._closed = True
        self._child.bury()

    def _replace(self) -> None:
        self._child.bury()
        if not self._closed:
            with suppress(OSError):  # no memory, say; the next search fails and tries again
                self._child = _Child(self._first)
