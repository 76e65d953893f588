"""How soon a cancelled model lets go. Usage: python -m tests.bench_aborts FOLDER (of ``bench_weights``).

Measured through the engine's own threads: from ``cancel`` to the first step of the next job of the same stage.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.clock import MonotonicClock
from engine.executor_threads import ThreadExecutor
from engine.work import Job, Worker
from models.llm_ollama import OllamaModel
from models.ports import Audio, SpeechRecognizer
from states.events import GenerationFailed
from states.history import Message
from tests.bench_adapters import recognizers, voices
from tests.bench_report import report, spread
from tests.model_audio import spoken
from tests.models.ollama.bench_ollama import aborts
from tests.ollama_server import OllamaServer, answer

LONG = (
    "Once upon a time there was a machine that listened while it spoke and it was never in a hurry to speak itself "
)
WAIT_S = 30


def until_free_ms(ask: Callable[[], Iterator[Any]], pulls: int, count: int) -> list[float]:
    """Let the model work for so many of its yields, then cancel it."""
    clock, found = MonotonicClock(), list[float]()
    executor = ThreadExecutor(lambda _: None)
    for number in range(count):
        inside, free = threading.Event(), threading.Event()
        freed_us = [0]

        def working(inside: threading.Event = inside) -> Worker:
            stream = ask()
            try:
                for pulled, _ in enumerate(stream, 1):
                    if pulled >= pulls:
                        inside.set()
                    yield None
            finally:
                stream.close()  # type: ignore[attr-defined]
                inside.set()

        def following(free: threading.Event = free, freed_us: list[int] = freed_us) -> Worker:
            freed_us[0] = clock.now_us()
            free.set()
            yield None

        for subject, start in ((2 * number, working), (2 * number + 1, following)):
            executor.submit(Job("work", subject, start, lambda error: GenerationFailed(0, error)))
        assert inside.wait(WAIT_S)
        cancelled_us = clock.now_us()
        executor.cancel("work", 2 * number)
        assert free.wait(WAIT_S)
        found.append((freed_us[0] - cancelled_us) / 1000)
    executor.close()
    return found


def words_s(recognizer: SpeechRecognizer, heard: Audio, *, stale: bool) -> float:
    """How long the words of an utterance take; with a stale call, closed a moment after it began, still at work."""
    if stale:
        other: Any = recognizer.recognize(heard)
        for _ in range(3):  # it has begun
            next(other)
        other.close()
    clock = MonotonicClock()
    for _ in recognizer.recognize(heard):
        pass
    return clock.now_us() / 1e6


def stale_delays(recognizer: SpeechRecognizer, heard: Audio) -> None:
    """In turns, so that both meet the same load."""
    alone, beside = [], []
    for _ in range(6):
        alone.append(words_s(recognizer, heard, stale=False))
        beside.append(words_s(recognizer, heard, stale=True))
        list(recognizer.recognize(heard))  # whatever is left of the stale one ends in this time
    spread("words of 2 s of sound: whisper, base size, alone", alone, "s")
    spread("the same with a stale call at work", beside, "s")
    ratio = sorted(beside)[len(beside) // 2] / sorted(alone)[len(alone) // 2]
    report("ratio of the medians (2 if it were waited for)", f"{ratio:.2f}", "1 with a core to spare")


def main(folder: Path) -> None:
    """Under two minutes."""
    print("n: p50 / p95")
    for flood in (False, True):
        with OllamaServer() as server:
            aborts(server, flood=flood)
    with OllamaServer() as server:
        model = OllamaModel(host=server.url)

        def silent() -> Iterator[Any]:
            server.chat(answer("x"), gate=threading.Event())
            return model.stream((Message("user", "hello"),))

        times = until_free_ms(silent, 3, 30)
        spread("cancel to free worker: ollama, silent server", times, aim="< 50 ms")
    for name, make in voices(folder).items():
        voice = make()
        if name.startswith("piper"):
            pulls = 1  # an empty chunk: the network is at work
            times = until_free_ms(lambda voice=voice: voice.synthesize(LONG), pulls, 20)  # type: ignore[misc]
            spread(f"cancel to free worker, inside a sentence: {name}", times, aim="< 100 ms")
    for name, make in recognizers(folder).items():
        if name == "whisper, base size":
            recognizer, heard = make(), Audio(spoken("what is the weather like")[:32_000])
            times = until_free_ms(lambda: recognizer.recognize(heard), 2, 8)  # noqa: B023 - used at once
            spread(f"cancel to free worker, in its one C++ call: {name}", times, aim="< 50 ms")
            stale_delays(recognizer, heard)
            recognizer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
