"""History equals what was rendered: ten thousand cuts of real synthesised replies, and whole sessions cut at random.

The truth is taken from two places that the engine's own count does not use: the synthesiser's raw word times at its
own rate, and the loudspeaker's channel of the recording.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.clock import VirtualClock
from engine.config import build
from engine.executor_inline import InlineExecutor
from engine.run_virtual import latencies, run_virtual
from engine.session import Models, Session
from engine.stages.playout import Playout
from engine.stages.synthesis import Synthesis
from engine.work import Pause
from models.ports import MIC_HZ, Samples, SpeechChunk, SpeechSynthesizer
from models.scripted import (
    ScriptedAnswer,
    ScriptedLanguageModel,
    ScriptedRecognizer,
    ScriptedSynthesizer,
    ScriptedVad,
    SpokenWord,
    Take,
)
from states.events import ChunkSynthesized, Event, SessionStopped, StopRequested
from states.reply import Reply

espeak = pytest.importorskip("models.tts_espeak")

TEXTS = (
    ("One, two, three, four, five, ", "six, seven, eight, nine, ten, eleven, twelve."),
    ("I am sure it's for a friend of mine, ", "and they're not there. ", "We'll see what the weather does."),
    ("Dr. Smith paid $3.50 at 10:30 for 42 apples, ", "e.g. on Monday the 3rd; see https://example.org for more."),
    ("Well... no! ", "Yes? ", "An old, slow, well-known, state-of-the-art ship: ", "the H.M.S. Beagle (of 1820)."),
    ("Once upon a time there was a machine that listened while it spoke. ", "It was never in a hurry."),
    ("A b c d e f g. ", "The the the the the. ", "To be or not to be, that is the question."),
)
CUTS = 10_000


class Overheard:
    """A synthesiser whose words are noted in seconds as it gives them out.

    Another call would not do: espeak-ng says the same text up to 60 ms longer or shorter the next time.
    """

    def __init__(self, inner: SpeechSynthesizer) -> None:
        self._inner = inner
        self.rate_hz = inner.rate_hz
        self.words: list[tuple[str, float, float]] = []
        self.spoken_s = 0.0

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        samples = 0
        for chunk in self._inner.synthesize(text):
            for first, end, start, stop in chunk.words:
                times_s = [self.spoken_s + at / self.rate_hz for at in (start, stop)]
                self.words.append((text[first:end], times_s[0], times_s[1]))
            samples += len(chunk.samples)
            yield chunk
        self.spoken_s += samples / self.rate_hz


def synthesised(clauses: tuple[str, ...], voice: str, rate_wpm: int) -> tuple[Reply, Playout, Overheard]:
    """A reply spoken by the real stage into a real playout buffer, and the times of its words."""
    events: list[Event] = []
    playout = Playout(post=events.append)
    playout.open(1)
    overheard = Overheard(espeak.EspeakSynthesizer(voice, rate_wpm=rate_wpm))
    stage = Synthesis(overheard, playout, ahead_ms=600_000)
    reply = Reply(1)
    for number, text in enumerate(clauses):
        reply.add_clause(text)
        for item in stage.speak(1, number, text):
            assert not isinstance(item, Pause)
            if isinstance(item, ChunkSynthesized):
                reply.add_chunk(item)
    reply.generated = True
    return reply, playout, overheard


def test_every_cut_is_exact() -> None:
    """At least 99 % at the very word by an independent count; not one word claimed that has no rendered sample."""
    rng = random.Random(8)
    cuts = exact = 0
    while cuts < CUTS:
        voice, rate_wpm = rng.choice(("en-us", "en-us+f3", "en-us+m3")), rng.choice((140, 170, 240))
        clauses = rng.choice(TEXTS)
        reply, playout, overheard = synthesised(clauses, voice, rate_wpm)
        words = overheard.words
        while playout.heard(1) < reply.samples and cuts < CUTS:
            playout.render(rng.randrange(16, 400))
            heard = playout.heard(1)
            claimed = len(reply.spoken_text(heard).split())
            now_s = heard / MIC_HZ
            truth = sum(now_s >= (start + end) / 2 for _, start, end in words)
            cuts += 1
            exact += claimed == truth
            begun = sum(now_s > start for _, start, _ in words)
            assert claimed <= begun, f"{claimed} words claimed, {begun} begun at {now_s:.4f} s"
            assert reply.text.startswith(reply.spoken_text(heard))
    print(f"{exact} of {cuts} cuts at the exact word")
    assert exact >= 0.99 * cuts


TONE_TEXT = "Alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau."


@pytest.mark.parametrize("seed", range(24))
def test_sessions_cut_at_random(seed: int, tmp_path: Path) -> None:
    """A stop key at any moment: the words in the history are those whose sound is in the recording."""
    rng = random.Random(seed)
    take = Take((SpokenWord("speak", 8000, 16000),), 8000, 16000)
    clock = VirtualClock()
    costs = latencies(build({}).latency)
    word_ms = rng.choice((180, 300, 410))
    models = Models(
        ScriptedVad(lambda: [take]),
        ScriptedRecognizer(lambda: [take]),
        ScriptedLanguageModel([ScriptedAnswer(TONE_TEXT)]),
        ScriptedSynthesizer(word_ms=word_ms),
    )
    session = Session(
        build({}),
        models,
        tmp_path,
        clock=clock,
        executor=lambda mailbox: InlineExecutor(mailbox.post, clock, costs),
        warn=pytest.fail,
    )
    run_virtual(session, _StopAt(session, 30_000 + rng.randrange(90_000), quit_too=bool(seed % 2)))
    session.close()
    said = [m.text for m in session.dialogue.history if m.role == "assistant"]
    sound, rate = soundfile.read(tmp_path / "conversation.wav", dtype="float32")
    assert rate == MIC_HZ
    claimed = len(said[0].split()) if said else 0
    rendered = _words_sounding(sound[:, 1], word_ms)
    assert claimed == pytest.approx(rendered, abs=0.5 + 0.1 + 20 / word_ms), f"{claimed} claimed, {rendered} rendered"
    assert claimed <= int(np.ceil(rendered))


class _StopAt:
    """A silent microphone; at a sample the stop key is pressed, or the user quits."""

    def __init__(self, session: Session, sample: int, *, quit_too: bool) -> None:
        self._session, self._sample, self._quit = session, sample, quit_too
        self._position = 0

    def read(self, n: int) -> Samples:
        before, self._position = self._position, self._position + n
        if before <= self._sample < self._position:
            self._session.mailbox.post(SessionStopped() if self._quit else StopRequested())
        return np.zeros(n, dtype=np.float32)

    @property
    def finished(self) -> bool:
        return self._position > self._sample + MIC_HZ


def _words_sounding(channel: Samples, word_ms: int) -> float:
    """How many words of the scripted voice are in a channel, the last one in part: its span counts from the first."""
    loud = np.flatnonzero(np.abs(channel) > 1e-4)
    return 0.0 if not len(loud) else (loud[-1] + 1 - loud[0]) / (word_ms * MIC_HZ / 1000)
