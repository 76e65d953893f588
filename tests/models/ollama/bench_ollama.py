"""What OllamaModel costs, against a server of our own on loopback: no figure here is about a real model's speed.

Run: ``python tests/models/ollama/bench_ollama.py``. Prints one line a figure, in ms.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from models.llm_ollama import OllamaModel
from models.ollama_ready import readiness
from states.history import Message
from tests.bench_report import spread
from tests.ollama_server import OllamaServer, answer, chat_line

HELLO = (Message("user", "hello"),)
REPEATS = 100


def show(name: str, times_s: list[float], aim: str = "-") -> None:
    """One line, in ms."""
    spread(name, [1000 * value for value in times_s], aim=aim)


def timed(run: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """How long each of several runs took, in s."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return times


def aborts(server: OllamaServer, *, flood: bool) -> None:
    """A flag raised by another thread at any moment of the wait, as the executor's ``cancel`` does."""
    model = OllamaModel(host=server.url, options={"num_predict": 10**6, "num_ctx": 2 * 10**6})
    closed, noticed = [], []
    for number in range(REPEATS):
        if flood:
            server.chat([chat_line("on ")], endless=True)
        else:
            server.chat(answer("x"), gate=threading.Event())
        reader = Reader(model)
        reader.reading.wait(5)
        threading.Event().wait(0.0007 * (number % 30))
        raised = time.monotonic()
        reader.cancelled.set()
        reader.join()
        closed.append(reader.closed_at - raised)
        noticed.append(server.wait_gone() - raised)
    kind = "flood of tokens" if flood else "silent server"
    show(f"abort to stream closed: ollama, {kind}", closed, "< 50 ms")
    show(f"abort to server notices: ollama, {kind}", noticed)


class Reader(threading.Thread):
    """Iterates a stream until it is cancelled, then closes it."""

    def __init__(self, model: OllamaModel) -> None:
        super().__init__(daemon=True)
        self._model = model
        self.reading, self.cancelled = threading.Event(), threading.Event()
        self.closed_at = 0.0
        self.start()

    def run(self) -> None:
        stream = self._model.stream(HELLO)
        for count, _ in enumerate(stream):
            if count >= 2:
                self.reading.set()
            if self.cancelled.is_set():
                break
        stream.close()
        self.closed_at = time.monotonic()


def main() -> None:
    """Measure everything; some 10 s."""
    with OllamaServer() as server:
        show("constructor", timed(lambda: OllamaModel(host=server.url)))
        model = OllamaModel(host=server.url)
        show("request with an answer of 3 tokens", timed(lambda: list(model.stream(HELLO))))
        show("request to first token", timed(lambda: next(piece for piece in model.stream(HELLO) if piece)))
        show("warm-up (nothing to load)", timed(model.warm_up, 20))
        show("readiness", timed(lambda: readiness(host=server.url), 20))
        pieces = ["word "] * 2000
        long = OllamaModel(host=server.url, options={"num_predict": 5000, "num_ctx": 20_000})

        def stream_long() -> None:
            server.chat(answer(*pieces))
            for _ in long.stream(HELLO):
                pass

        show("a token (of 2000)", [value / len(pieces) for value in timed(stream_long, 5)])
    for flood in (False, True):
        with OllamaServer() as fresh:
            aborts(fresh, flood=flood)


if __name__ == "__main__":
    main()
