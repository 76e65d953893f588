"""Every synthesiser keeps the same contract, whatever speaks."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.cassette import RecordingSynthesizer, Tape
from models.cassette_player import PlayingSynthesizer
from models.cassette_reading import read_cassette
from models.ports import SpeechChunk, SpeechSynthesizer
from models.scripted import ScriptedSynthesizer
from states.errors import BackendError
from states.events import WordSpan
from tests.models.contract import TAKEN, closed_without_a_thread, elsewhere, in_two_threads, take_and_close
from tests.models.contract import threads_of_models as threads
from tests.shared_data import SHARED
from tests.small_models import small_piper

STAND_INS = SHARED / "models" / "piper_standin"
PLAIN = "Good morning to you."
TEXTS = (
    PLAIN,
    "I am here. Then what? State-of-the-art for a day!",
    "Dr. Smith has 3.5 pears, and paid $2 at 10:30.",
    "**Well** — see [the docs](https://example.com/a), e.g. `x = 1`; 😀 ok",
    " leading   double  spaces\nnew line ",
    "one",
)


def espeak(_: Path) -> SpeechSynthesizer:
    if find_spec("espeakng_loader") is None:
        pytest.skip("espeakng-loader is not installed")
    from models.tts_espeak import EspeakSynthesizer

    return EspeakSynthesizer()


def stand_in(voice: str) -> Callable[[Path], SpeechSynthesizer]:
    def make(_: Path) -> SpeechSynthesizer:
        pytest.importorskip("piper")
        path = STAND_INS / f"standin-{voice}-medium.onnx"
        if not path.is_file():
            pytest.skip("the stand-in voices of ../shared/data are not here")
        from models.tts_piper import PiperSynthesizer

        return PiperSynthesizer(str(path), noise_scale=0.0, noise_w_scale=0.0)

    return make


def cassette(folder: Path) -> SpeechSynthesizer:
    inner = ScriptedSynthesizer(word_ms=120)
    head = {"clock": "virtual", "rate_hz": inner.rate_hz, "source_samples": None}
    tape = Tape(folder / "tape", head, warn=pytest.fail)
    recorder = RecordingSynthesizer(inner, tape)
    for text in (*TEXTS, "", "..."):
        list(recorder.synthesize(text))
    tape.close()
    return PlayingSynthesizer(read_cassette(folder / "tape"))


MAKERS: dict[str, Callable[[Path], SpeechSynthesizer]] = {
    "piper": small_piper,
    "piper, slow": lambda folder: small_piper(folder, labour=30),
    "piper, stand-in rms": stand_in("rms"),
    "piper, stand-in slt": stand_in("slt"),
    "espeak": espeak,
    "scripted": lambda _: ScriptedSynthesizer(word_ms=120),
    "cassette": cassette,
}


@pytest.fixture(scope="module", params=MAKERS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def synthesizer(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechSynthesizer]:
    before = threads()
    made = MAKERS[name](tmp_path_factory.mktemp("voice"))
    yield made
    closed_without_a_thread(made, before)


def check(text: str, chunks: list[SpeechChunk]) -> tuple[int, list[WordSpan]]:
    """Shapes, range, and words in order, within the text and the sound; samples and words."""
    samples = 0
    spans: list[WordSpan] = []
    for chunk in chunks:
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.ndim == 1
        assert np.isfinite(chunk.samples).all()
        assert np.abs(chunk.samples).max(initial=0.0) <= 1.0
        assert all(samples <= start < samples + len(chunk.samples) for _, _, start, _ in chunk.words)
        samples += len(chunk.samples)
        spans += chunk.words
    place = heard = 0
    for first, end, start, stop in spans:
        assert place <= first < end <= len(text)
        assert heard <= start < stop, "each word has some sound, after that of the word before"
        assert not (text[first] + text[end - 1]).isspace()
        place, heard = end, stop
    return samples, spans


@pytest.mark.parametrize("text", TEXTS)
def test_what_it_yields(synthesizer: SpeechSynthesizer, text: str) -> None:
    chunks = list(synthesizer.synthesize(text))
    samples, spans = check(text, chunks)
    assert spans[-1][3] <= samples
    said = [text[first:end] for first, end, _, _ in spans]
    assert any(character.isalnum() for word in said for character in word)
    if text == PLAIN:
        assert said in (["Good", "morning", "to", "you"], PLAIN.split())
        assert 0.3 * synthesizer.rate_hz < samples < 3 * synthesizer.rate_hz


@pytest.mark.parametrize("text", ["", "..."])
def test_nothing_to_say_gives_no_samples(synthesizer: SpeechSynthesizer, text: str) -> None:
    assert sum(len(chunk.samples) for chunk in synthesizer.synthesize(text)) == 0


def test_the_rate_is_a_rate(synthesizer: SpeechSynthesizer) -> None:
    assert synthesizer.rate_hz in (16_000, 22_050)


@pytest.mark.parametrize("taken", TAKEN)
def test_closed_anywhere_the_next_is_right(synthesizer: SpeechSynthesizer, taken: int) -> None:
    text = TEXTS[1]

    def ask() -> Any:
        return synthesizer.synthesize(text)

    whole = check(text, list(ask()))
    check(text, take_and_close(ask(), taken))
    in_two_threads(ask, taken)
    for samples, spans in (check(text, list(ask())), elsewhere(lambda: check(text, list(ask())))):
        assert abs(samples - whole[0]) < 0.1 * synthesizer.rate_hz, "espeak-ng is never the same to the sample"
        assert [span[:2] for span in spans] == [span[:2] for span in whole[1]]


def test_two_streams_side_by_side(synthesizer: SpeechSynthesizer) -> None:
    alone = check(PLAIN, list(synthesizer.synthesize(PLAIN)))
    one, other = synthesizer.synthesize(PLAIN), synthesizer.synthesize(TEXTS[1])
    mine = [next(one)]
    check(TEXTS[1], take_and_close(other, 2))
    samples, spans = check(PLAIN, [*mine, *one])
    assert abs(samples - alone[0]) < 0.1 * synthesizer.rate_hz
    assert [span[:2] for span in spans] == [span[:2] for span in alone[1]]


def test_failures_are_backend_errors(
    synthesizer: SpeechSynthesizer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of memory")

    if name.startswith("piper"):
        from models.tts_piper import _EndableRun

        monkeypatch.setattr(_EndableRun, "run", broken)
    elif name == "espeak":

        class Library:
            def __getattr__(self, called: str) -> Any:
                return lambda *_: 0 if called != "espeak_Synth" else 2

        monkeypatch.setattr(synthesizer._library, "_library", Library())  # type: ignore[attr-defined]
    elif name == "scripted":
        synthesizer = ScriptedSynthesizer(fail_on="broken")
    with pytest.raises(BackendError):
        list(synthesizer.synthesize("A broken one, never spoken before."))
    monkeypatch.undo()
    assert check(PLAIN, list(synthesizer.synthesize(PLAIN)))[0] > 0, "it recovers"
