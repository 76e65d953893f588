"""How fast the models speak, listen, and begin to speak.

Usage: python -m tests.bench_speed FOLDER, that of ``bench_weights``.

Real-size models have random weights: the cost of a sample or a token is real, their number is not. A random Whisper
writes to its bound (16 tokens and 12 a second of sound), a real one some 3 a second: its figure is an upper bound.
"""

import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.clock import MonotonicClock
from engine.run_card import SWITCH_S
from engine.stages.generation import Generation
from engine.stages.playout import Playout
from engine.stages.synthesis import Synthesis
from models.ports import FRAME_SAMPLES, MIC_HZ, Audio, SpeechRecognizer, SpeechSynthesizer
from models.vad_silero import SileroVad
from states.events import ClauseGenerated
from states.history import Message
from tests.bench_adapters import recognizers, voices
from tests.bench_report import repeated, report, seconds, spread
from tests.model_audio import spoken

ASKED = (Message("user", "tell me a story"),)
STORY = ["Once", "upon", "a", "time", "there", "was", "a", "machine"]
LONG = "Once upon a time there was a machine that listened while it spoke, and it was never in a hurry."

WAKING_US = 5_000


class Words:
    """Writes a clause of so many words and the beginning of the next, as fast as it is asked; notes when it began."""

    def __init__(self, words: int, clock: MonotonicClock) -> None:
        self._tokens = [f"{word} " for word in STORY[: words - 1]] + [f"{STORY[words - 1]}. ", "Then "]
        self._clock = clock
        self.first_us = 0

    def stream(self, _: Sequence[Any]) -> Iterator[str]:
        self.first_us = self._clock.now_us()
        yield from self._tokens


def first_sound_ms(voice: SpeechSynthesizer, words: int) -> float:
    """From the model's first token to the first sample in the playout's buffer, by the stages themselves."""
    clock = MonotonicClock()
    model, playout = Words(words, clock), Playout(post=lambda _: None)
    playout.open(1)
    synthesis = Synthesis(voice, playout, ahead_ms=60_000)
    answer = Generation(model, max_pieces=100).answer(1, ASKED)
    clause = next(item for item in answer if isinstance(item, ClauseGenerated))
    answer.close()
    speech = synthesis.speak(1, 0, clause.text)
    while not playout.ahead(1):
        next(speech)
    took_us = clock.now_us() - model.first_us
    speech.close()
    return took_us / 1000


def speaking(name: str, voice: SpeechSynthesizer) -> None:
    """First sound by the length of the clause, and the cost of a second of speech."""
    first_sound_ms(voice, 4)
    for words in (2, 4, 8):
        values = [first_sound_ms(voice, words) for _ in range(20)]
        spread(f"first sound from first token, clause of {words} words: {name}", values, aim="< 500 ms")
    factors = []
    for _ in range(8):
        samples = 0
        clock = MonotonicClock()
        for chunk in voice.synthesize(LONG):
            samples += len(chunk.samples)
        factors.append(clock.now_us() / 1e6 / (samples / voice.rate_hz))
    spread(f"real-time factor, {len(LONG.split())} words: {name}", factors, "", "< 0.5")


def listening(name: str, recognizer: SpeechRecognizer) -> None:
    """The cost of a second of sound, for a short and a longer utterance."""
    for text, length_s in (("what is the weather like", 2), (LONG, 5)):
        heard = Audio(spoken(text)[: length_s * MIC_HZ])
        list(recognizer.recognize(heard))
        took = repeated(lambda heard=heard: list(recognizer.recognize(heard)), most=5, budget_s=8)  # type: ignore[misc]
        factors = [value * MIC_HZ / len(heard.samples) for value in took]
        spread(f"real-time factor, {length_s} s of sound: {name}", factors, "", "< 0.5")


def held_up_ms(recognizer: SpeechRecognizer, heard: Audio) -> float:
    """How late a thread that wakes every 5 ms came at worst while another listened: what a sound card meets.

    The machine's own delays are in it.
    """
    clock, done, late_us = MonotonicClock(), threading.Event(), 0

    def listen() -> None:
        list(recognizer.recognize(heard))
        done.set()

    listener = threading.Thread(target=listen)
    listener.start()
    while not done.is_set():
        due_us = clock.now_us() + WAKING_US
        clock.sleep_until(due_us)
        late_us = max(late_us, clock.now_us() - due_us)
    listener.join()
    return late_us / 1000


def holding_up(name: str, recognizer: SpeechRecognizer) -> None:
    """With the interpreter as a session through the sound card sets it."""
    heard, usual_s = Audio(spoken("stop what was the last number you said")), sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        late = [held_up_ms(recognizer, heard) for _ in range(20)]
    finally:
        sys.setswitchinterval(usual_s)
    spread(f"others held up at worst while it listens: {name}", late, aim="< 20 ms")


def encoding(recognizer: Any) -> None:
    """What of Whisper's time does not depend on the words: one window, always of 30 s; and what each token takes."""
    heard = Audio(spoken("what is the weather like")[: 2 * MIC_HZ])
    window = np.zeros((80, 3000), dtype=np.float32)
    windows = [seconds(lambda: recognizer._loaded.encode(window)) * 1000 for _ in range(5)]
    tokens = len(list(recognizer.recognize(heard))[-1].text.split())  # each token of the random one is a word
    whole = [seconds(lambda: list(recognizer.recognize(heard))) * 1000 for _ in range(5)]
    spread("one window: whisper, base size", windows)
    spread("a token (words with their window, less one window): the same", [
        (one - other) / tokens for one, other in zip(sorted(whole), sorted(windows), strict=True)
    ])  # fmt: skip


def main(folder: Path) -> None:
    """Some two minutes, most of it with the models of the real size."""
    print("n: p50 / p95. Tokens come as fast as they are asked for: add the model's own pace for a clause's words.")
    for name, make in voices(folder).items():
        speaking(name, make())
    for name, make in recognizers(folder).items():
        recognizer = make()
        listening(name, recognizer)
        holding_up(name, recognizer)
        if name == "whisper, base size":
            encoding(recognizer)
        if (close := getattr(recognizer, "close", None)) is not None:
            close()
    vad, frame = SileroVad(), spoken("hello")[MIC_HZ // 2 : MIC_HZ // 2 + FRAME_SAMPLES]
    times = [seconds(lambda: vad.probability(frame)) * 1000 for _ in range(500)]
    spread("a frame of 32 ms: silero", times, aim="< 1 ms")
    if not (folder / "base").is_dir():
        report("whisper, base size", "not built")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
