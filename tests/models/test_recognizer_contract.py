"""Every recogniser keeps the same contract, whatever does the work."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.cassette import RecordingRecognizer, Tape
from models.cassette_player import PlayingRecognizer
from models.cassette_reading import read_cassette
from models.ports import MIC_HZ, Audio, Samples, SpeechRecognizer, Transcript
from models.scripted import ScriptedRecognizer, SpokenWord, Take
from states.errors import BackendError
from tests.models.contract import TAKEN, closed_without_a_thread, elsewhere, in_two_threads, take_and_close
from tests.models.contract import threads_of_models as threads
from tests.shared_data import SHARED
from tests.small_models import HEARD, small_whisper, small_whispercpp

SPEECH: Samples = (np.random.default_rng(1).standard_normal(2 * MIC_HZ) * 0.05).astype(np.float32)
SPEECH.flags.writeable = False
FIRST = 12_345
STAND_IN = SHARED / "models" / "whisper_mini_standin_ct2_int8"
TAKE = Take((SpokenWord("hello", FIRST, FIRST + MIC_HZ),), FIRST, FIRST + 2 * MIC_HZ)


def sphinx(_: Path) -> SpeechRecognizer:
    if find_spec("pocketsphinx") is None:
        pytest.skip("pocketsphinx is not installed")
    from models.stt_sphinx import SphinxRecognizer

    return SphinxRecognizer(poll_ms=1)


def stand_in(_: Path) -> SpeechRecognizer:
    if not STAND_IN.is_dir():
        pytest.skip("the stand-in weights of ../shared/data are not here")
    pytest.importorskip("faster_whisper")
    from models.stt_whisper import WhisperRecognizer

    return WhisperRecognizer(str(STAND_IN), device="cpu", threads=1, words=True, poll_ms=1)


def cassette(folder: Path) -> SpeechRecognizer:
    tape = Tape(folder / "tape", {"clock": "virtual", "rate_hz": MIC_HZ, "source_samples": None}, warn=pytest.fail)
    recorder = RecordingRecognizer(ScriptedRecognizer(lambda: [TAKE]), tape)
    for samples in (SPEECH, SPEECH[:0], SPEECH[:100], np.zeros(MIC_HZ, np.float32)):
        assert list(recorder.recognize(Audio(samples, FIRST)))
    tape.close()
    return PlayingRecognizer(read_cassette(folder / "tape"))


MAKERS: dict[str, Callable[[Path], SpeechRecognizer]] = {
    "whisper": lambda folder: small_whisper(folder, poll_ms=1),
    "whisper, patient": lambda folder: small_whisper(folder, poll_ms=0, words=False),
    "whisper, stand-in": stand_in,
    "whispercpp": lambda folder: small_whispercpp(folder, poll_ms=1),
    "sphinx": sphinx,
    "scripted": lambda _: ScriptedRecognizer(lambda: [TAKE]),
    "cassette": cassette,
}
SAYS = {"whisper": HEARD, "whisper, patient": HEARD, "whispercpp": HEARD, "scripted": "hello", "cassette": "hello"}
"""What those say that say the same to any sound."""


@pytest.fixture(scope="module", params=MAKERS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def recognizer(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechRecognizer]:
    before = threads()
    model = MAKERS[name](tmp_path_factory.mktemp("recognizer"))
    yield model
    closed_without_a_thread(model, before)


def ask(recognizer: SpeechRecognizer, samples: Samples = SPEECH) -> Any:
    return recognizer.recognize(Audio(samples, FIRST))


@pytest.fixture(scope="module")
def whole(recognizer: SpeechRecognizer) -> Transcript:
    """What it says when it is left alone."""
    return list(ask(recognizer))[-1]


def check(found: Transcript, samples: Samples) -> None:
    """Types, ranges, and words in order, within the text and within the sound."""
    assert isinstance(found, Transcript)
    assert type(found.confidence_pct) is int
    assert -1 <= found.confidence_pct <= 100
    assert found.text == " ".join(found.text.split())
    assert found.avg_logprob is None or (type(found.avg_logprob) is float and found.avg_logprob <= 0.0)
    assert found.no_speech_prob is None or 0.0 <= found.no_speech_prob <= 1.0
    assert found.compression_ratio is None or found.compression_ratio > 0.0
    place = at = 0
    for word in found.words:
        place = found.text.index(word.text, place) + len(word.text)
        assert at <= word.first_sample <= word.end_sample <= len(samples)
        assert 0 <= word.probability_pct <= 100
        assert {type(word.first_sample), type(word.end_sample), type(word.probability_pct)} == {int}
        at = word.first_sample


def test_what_it_yields(recognizer: SpeechRecognizer, name: str) -> None:
    found = list(ask(recognizer))
    assert found, "one transcript at least"
    for transcript in found:
        check(transcript, SPEECH)
    assert found[-1].text == SAYS.get(name, found[-1].text)


@pytest.mark.parametrize("size", [0, 100, MIC_HZ])
def test_nothing_is_heard_in_nothing(recognizer: SpeechRecognizer, name: str, size: int) -> None:
    silence: Samples = np.zeros(size, dtype=np.float32)
    silence.flags.writeable = False
    found = list(ask(recognizer, silence))
    assert found
    for transcript in found:
        check(transcript, silence)
    if name not in ("scripted", "cassette"):  # these go by the place
        assert found[-1].text == ""


@pytest.mark.parametrize("taken", TAKEN)
def test_closed_anywhere_the_next_is_right(recognizer: SpeechRecognizer, whole: Transcript, taken: int) -> None:
    for transcript in take_and_close(ask(recognizer), taken):
        check(transcript, SPEECH)
    assert list(ask(recognizer))[-1] == whole
    in_two_threads(lambda: ask(recognizer), taken)
    assert elsewhere(lambda: list(ask(recognizer)))[-1] == whole, "and in another thread"


def test_failures_are_backend_errors(
    recognizer: SpeechRecognizer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of memory")

    if name == "sphinx":
        from models.sphinx_process import _Child

        monkeypatch.setattr(_Child, "ask", lambda *_: {"failed": "out of memory"})
    elif name == "whispercpp":
        monkeypatch.setattr(recognizer._model, "transcribe", broken)  # type: ignore[attr-defined]
    elif name.startswith("whisper"):
        from models.whisper_call import Call

        monkeypatch.setattr(Call, "encode", broken)
    elif name == "scripted":
        recognizer = ScriptedRecognizer(lambda: [Take((), FIRST, FIRST + 9, error="out of memory")])
    else:
        samples = Audio(SPEECH, FIRST + 10**7)
        with pytest.raises(BackendError, match="no transcript of the sound"):
            list(recognizer.recognize(samples))
        return
    with pytest.raises(BackendError, match="out of memory"):
        list(ask(recognizer))
    monkeypatch.undo()
    assert name == "scripted" or list(ask(recognizer)), "it recovers"
