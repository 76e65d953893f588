"""Synthesis, driven by hand: clauses into sound, every sample and word at its place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.stages.playout import Playout
from engine.stages.synthesis import Synthesis
from engine.work import WAITING, Pause, Worker
from models.ports import MIC_HZ, Samples, SpeechChunk
from models.scripted import ScriptedSynthesizer
from states.errors import BackendError
from states.events import (
    ChunkSynthesized,
)
from tests.engine.speaker import Speaker


def playing(reply: int = 1) -> Playout:
    playout = Playout(post=lambda _: None)
    playout.open(reply)
    return playout


def drive(worker: Worker, playout: Playout, reply: int) -> list[ChunkSynthesized]:
    """Run a worker to its end; before each next step, what it told of last must not be playable yet."""
    chunks: list[ChunkSynthesized] = []
    written = playout.ahead(reply) + playout.heard(reply)
    for item in worker:
        assert playout.ahead(reply) + playout.heard(reply) == written, "the event comes before the samples"
        if item is None or item is WAITING:
            continue
        assert isinstance(item, ChunkSynthesized)
        assert item.first_sample == written
        written += item.samples
        chunks.append(item)
    assert playout.ahead(reply) + playout.heard(reply) == written
    return chunks


def test_a_clause_becomes_chunks_with_their_places() -> None:
    playout = playing()
    synthesis = Synthesis(ScriptedSynthesizer(word_ms=100), playout, ahead_ms=10_000)
    first = drive(synthesis.speak(1, 0, "One two. "), playout, 1)
    second = drive(synthesis.speak(1, 1, "Three."), playout, 1)
    assert first == [
        ChunkSynthesized(1, 0, 0, 3200, ((0, 3, 0, 1600), (4, 8, 1600, 3200)), False, False),
        ChunkSynthesized(1, 0, 3200, 0, (), True, False),
    ]
    assert second == [
        ChunkSynthesized(1, 1, 3200, 1600, ((0, 6, 0, 1600),), False, False),
        ChunkSynthesized(1, 1, 4800, 0, (), True, False),
    ]
    assert playout.refused_samples == 0


def test_a_new_reply_counts_from_its_own_start() -> None:
    playout = playing(1)
    synthesis = Synthesis(ScriptedSynthesizer(word_ms=100), playout, ahead_ms=10_000)
    drive(synthesis.speak(1, 0, "One."), playout, 1)
    playout.open(2)
    assert [c.first_sample for c in drive(synthesis.speak(2, 0, "Two."), playout, 2)] == [0, 1600]


def test_text_without_anything_to_say_is_a_final_chunk() -> None:
    for rate_hz in (MIC_HZ, 22_050):
        playout = playing()
        synthesis = Synthesis(Speaker([], rate_hz), playout, ahead_ms=1000)
        assert drive(synthesis.speak(1, 0, "..."), playout, 1) == [ChunkSynthesized(1, 0, 0, 0, (), True, False)]


def test_a_synthesiser_that_is_still_at_it_is_not_reported() -> None:
    empty = SpeechChunk(np.zeros(0, dtype=np.float32))
    playout = playing()
    synthesis = Synthesis(Speaker([empty, SpeechChunk(tone(160, MIC_HZ)), empty], MIC_HZ), playout, ahead_ms=1000)
    assert [c.samples for c in drive(synthesis.speak(1, 0, "One."), playout, 1)] == [160, 0]
    items = list(synthesis.speak(1, 1, "One."))
    assert [item is WAITING for item in items] == [True, False, True, False], "the end is no waiting"


def test_guessed_word_times_say_so() -> None:
    playout = playing()
    synthesis = Synthesis(ScriptedSynthesizer(estimated=True), playout, ahead_ms=1000)
    assert [c.estimated for c in drive(synthesis.speak(1, 0, "One."), playout, 1)] == [True, False]


def tone(samples: int, rate_hz: int) -> Samples:
    at: Samples = (0.5 * np.sin(2 * np.pi * 440 * np.arange(samples) / rate_hz)).astype(np.float32)
    return at


@settings(max_examples=25, deadline=None)
@given(
    clauses=st.lists(st.lists(st.integers(0, 6000), max_size=5), min_size=1, max_size=4),
    rate_hz=st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100]),
)
def test_resampling_keeps_time(clauses: list[list[int]], rate_hz: int) -> None:
    playout, model = playing(), Speaker([], rate_hz)
    synthesis = Synthesis(model, playout, ahead_ms=1_000_000)
    at = 0
    for number, sizes in enumerate(clauses):
        model.pieces = [SpeechChunk(tone(size, rate_hz)) for size in sizes]
        chunks = drive(synthesis.speak(1, number, "a"), playout, 1)
        assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
        assert all(chunk.samples for chunk in chunks[:-1]), "what gives no sound yet is not reported"
        assert len(chunks) <= len(sizes) + 1
        assert chunks[0].first_sample == at
        spoken = sum(chunk.samples for chunk in chunks)
        assert abs(spoken / MIC_HZ - sum(sizes) / rate_hz) < 0.001
        at += spoken
    assert playout.ahead(1) == at


def test_what_is_resampled_sounds_the_same_and_words_move_with_it() -> None:
    rate_hz, playout = 22_050, playing()
    sound = tone(44_100, rate_hz)
    words = ((0, 3, 0, 22_050), (4, 7, 22_050, 44_100))
    parts = [SpeechChunk(sound[:10_000], words[:1]), SpeechChunk(sound[10_000:], words[1:], True)]
    synthesis = Synthesis(Speaker(parts, rate_hz), playout, ahead_ms=10_000)
    chunks = drive(synthesis.speak(1, 0, "One two"), playout, 1)
    assert [chunk.words for chunk in chunks] == [((0, 3, 0, 16_000),), ((4, 7, 16_000, 32_000),), ()]
    assert [chunk.estimated for chunk in chunks] == [False, True, False]
    out = playout.render(32_000)
    assert float(np.abs(out - tone(32_000, MIC_HZ))[200:-200].max()) < 0.01, "no gap and no step at the seam"


@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_words_are_plain_integers_whatever_a_backend_counts_in(kind: type[np.integer]) -> None:
    span = (kind(0), kind(3), kind(0), kind(1600))
    model = Speaker([SpeechChunk(tone(1600, MIC_HZ), (span,))])  # type: ignore[arg-type]
    chunk = next(Synthesis(model, playing(), ahead_ms=1000).speak(1, 0, "One"))
    assert isinstance(chunk, ChunkSynthesized)
    assert {type(number) for number in chunk.words[0]} == {int}


def test_synthesis_waits_while_it_is_far_ahead() -> None:
    playout = playing()
    synthesis = Synthesis(ScriptedSynthesizer(word_ms=1000), playout, ahead_ms=1500)
    drive(synthesis.speak(1, 0, "One two."), playout, 1)
    worker = synthesis.speak(1, 1, "Three.")
    assert all(isinstance(next(worker), Pause) for _ in range(20))
    playout.render(500 * MIC_HZ // 1000 - 1)
    assert isinstance(next(worker), Pause)
    playout.render(1)
    assert next(worker) == ChunkSynthesized(1, 1, 32_000, 16_000, ((0, 6, 0, 16_000),), False, False)
    worker.close()


def test_a_closed_reply_is_not_waited_for() -> None:
    playout = playing()
    synthesis = Synthesis(ScriptedSynthesizer(word_ms=1000), playout, ahead_ms=500)
    drive(synthesis.speak(1, 0, "One."), playout, 1)
    worker = synthesis.speak(1, 1, "Two.")
    assert isinstance(next(worker), Pause)
    playout.stop(1)
    assert not [item for item in worker if isinstance(item, Pause)]


def test_a_closed_reply_is_refused_and_the_voice_closed() -> None:
    playout = playing()
    model = Speaker([SpeechChunk(tone(160, MIC_HZ))] * 5)
    worker = Synthesis(model, playout, ahead_ms=1000).speak(1, 0, "One.")
    first = next(worker)
    assert isinstance(first, ChunkSynthesized)
    playout.stop(1)
    assert list(worker) == [], "no further chunk, and no final one: nothing more will be heard"
    assert playout.refused_samples == 160
    assert (model.given, model.closed) == (1, 1)
    assert not playout.render(512).any()


def test_closing_in_the_middle_closes_the_voice() -> None:
    model = Speaker([SpeechChunk(tone(160, 22_050))] * 5, 22_050)
    playout = playing()
    worker = Synthesis(model, playout, ahead_ms=1000).speak(1, 0, "One.")
    next(worker)
    worker.close()
    assert model.closed == 1
    assert playout.ahead(1) == 0, "told of, but never given"


def test_a_voice_that_fails() -> None:
    playout = playing()
    model = Speaker([SpeechChunk(tone(160, MIC_HZ)), BackendError("cannot say that")])
    synthesis = Synthesis(model, playout, ahead_ms=1000)
    worker = synthesis.speak(1, 0, "One.")
    assert isinstance(next(worker), ChunkSynthesized)
    with pytest.raises(BackendError, match="cannot say that"):
        next(worker)
    assert model.closed == 1
    model.pieces = [SpeechChunk(tone(160, MIC_HZ))]
    assert drive(synthesis.speak(1, 1, "Two."), playout, 1)[0].first_sample == 160
