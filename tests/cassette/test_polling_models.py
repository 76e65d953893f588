"""Models that poll: what they are asked how often must be seen neither on a cassette nor on a virtual clock."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cassette.replaying import replay_session
from engine.inspect.reader import read_log
from engine.session import Models
from models.cassette_reading import Cassette, read_cassette
from models.llm_ollama import OllamaModel
from models.scripted import ScriptedVad, Take
from states.history import ToolUse
from states.phrases import tokens
from tests.cassette.recorded_session import Says, record
from tests.model_audio import hush, recording
from tests.ollama_server import OllamaServer, Reply, answer, calls
from tests.shared_data import SHARED, needs_shared
from tests.small_models import HEARD, small_piper, small_whisper

SAYS: Says = ((100, "one two three four five six"), (3000, "one two three four five six"))
"""Whatever is said, Whisper hears its sentence: a question, and an interruption of the answer to it."""

STORY = [f"word{n} " for n in range(40)] + ["and the end."]
SETTINGS: dict[str, Any] = {"dialogue": {"verification_ms": 5000}, "generation": {"ahead_ms": 1000}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


Make = Callable[[Sequence[Take]], Models]


@pytest.fixture
def models_for(folder: Path, server: OllamaServer) -> Callable[..., Make]:
    """Real adapters; the recogniser polls so often. The server falls silent in mid-story, where it is told to."""

    def polling(poll_ms: int, *, silent: bool = False) -> Make:
        def make(takes: Sequence[Take]) -> Models:
            begun = Reply(answer(*STORY)[:30]).size() if silent else None
            server.chat(answer(*STORY), end_at=begun, ending="silence")
            server.chat(answer("Very ", "well."))
            return Models(
                ScriptedVad(lambda: takes),
                small_whisper(folder / "whisper", poll_ms=poll_ms),
                OllamaModel(host=server.url),
                small_piper(folder, labour=20),
            )

        return make

    return polling


def check_tape(cassette: Cassette) -> None:
    """All evidence, no repetition, nothing empty."""
    assert cassette.note == ""
    for heard in cassette.heard:
        assert len(heard.answers) <= 1
    words = [heard.answers[-1] for heard in cassette.heard if heard.end == "complete"]
    assert words
    for found in words:
        assert found.text == HEARD
        assert [word.text for word in found.words] == HEARD.split()
        assert None not in (found.avg_logprob, found.no_speech_prob, found.compression_ratio)
    assert all(all(call.answers) for call in cassette.answered)
    assert any("word3 " in call.answers for call in cassette.answered)
    assert all(length for spoken in cassette.spoken for length, _, _ in spoken.answers)


def test_in_real_time_with_threads(tmp_path: Path, models_for: Callable[..., Make]) -> None:
    """A live journal's times cannot come again to the microsecond; its way can, and every replay is the same."""
    live = record(tmp_path / "live", SAYS, live=True, settings=SETTINGS, models_for=models_for(5))
    check_tape(read_cassette(live / "cassette"))
    jobs = [json.loads(line) for line in (live / "cassette" / "jobs.jsonl").read_text().splitlines()]
    transcriptions = [job["costs_us"] for job in jobs if job["stage"] == "transcription"]
    assert all(len(costs) == 3 for costs in transcriptions), "the words, their event, and the end; no poll"
    first, second = replay_session(live), replay_session(live)
    assert first.problems == second.problems == ()
    assert first.result.journal == second.result.journal
    moved = [line for line in read_log(live).lines if line["outcome"] == "moved"]
    assert len(first.apart_us) == len(moved)
    assert {"interrupted", "thinking", "speaking"} <= {line["dest"] for line in moved}
    said = [message.text for message in first.result.history if message.role == "user"]
    assert said == [HEARD, HEARD]


def test_a_model_that_was_cut_off_while_it_was_silent(tmp_path: Path, models_for: Callable[..., Make]) -> None:
    """The replay's interruption comes before the end of what the server never sent; without it, that end is told."""
    live = record(tmp_path / "live", SAYS, live=True, settings=SETTINGS, models_for=models_for(5, silent=True))
    story = read_cassette(live / "cassette").answered[0]
    assert (story.end, len(story.answers)) == ("closed", 30)
    found = replay_session(live)
    assert found.problems == ()
    assert "the cassette has no more" not in found.result.journal
    assert '"dest":"interrupted"' in found.result.journal
    other = replay_session(live, {"dialogue": {"backchannels": [HEARD]}})
    assert '"dest":"interrupted"' not in other.result.journal
    assert "the cassette has no more of the answer" in other.result.journal
    assert other.result.steps[-1].source.value == "idle"


def test_as_fast_as_it_goes_twice_is_the_same(tmp_path: Path, models_for: Callable[..., Make]) -> None:
    """Once it polls 500 times as often: 200 polls or none, the declared times are all that counts."""
    journals = []
    for number, poll_ms in enumerate((1, 500)):
        folder = record(tmp_path / str(number), SAYS, settings=SETTINGS, models_for=models_for(poll_ms))
        journals.append((folder / "transitions.jsonl").read_text(encoding="utf-8"))
        check_tape(read_cassette(folder / "cassette"))
        found = replay_session(folder)
        assert found.problems == ()
        assert found.result.journal == journals[-1], "to the byte"
    assert journals[0] == journals[1]
    assert '"dest":"interrupted"' in journals[0]


@pytest.mark.parametrize("live", [True, False], ids=["in real time", "fast"])
def test_a_function_is_called_once_and_never_by_a_replay(
    tmp_path: Path, folder: Path, server: OllamaServer, live: bool
) -> None:
    bought: list[str] = []

    def buy(item: str) -> str:
        """Buy something.

        Args:
            item: what
        """
        bought.append(item)
        return f"{len(bought)} bought"

    def make(takes: Sequence[Take]) -> Models:
        server.chat(calls(("buy", {"item": "milk"}), content="One moment. "))
        server.chat(answer("You have ", "milk."))
        model = OllamaModel(host=server.url, tools=[buy])
        return Models(ScriptedVad(lambda: takes), small_whisper(folder / "whisper"), model, small_piper(folder))

    session = record(tmp_path / "talk", SAYS[:1], live=live, settings=SETTINGS, models_for=make)
    assert bought == ["milk"]
    found = replay_session(session)
    assert found.problems == ()
    assert bought == ["milk"]
    used = ToolUse("buy", '{"item": "milk"}', "1 bought")
    assert used in read_cassette(session / "cassette").answered[0].answers
    assert used in found.result.history
    assert live or found.result.journal == (session / "transitions.jsonl").read_text(encoding="utf-8")


READING = SHARED / "speech" / "realtimestt" / "LJ001-0002.wav"
WHISPER = SHARED / "models" / "whisper_mini_standin_ct2_int8"
VOICE = SHARED / "models" / "piper_standin" / "standin-slt-medium.onnx"


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("live", [True, False], ids=["in real time", "fast"])
def test_a_recorded_reader_is_understood_and_answered(tmp_path: Path, server: OllamaServer, live: bool) -> None:
    """Trained, if tiny, stand-in weights, a human voice, Silero: nothing of it is scripted but the answer."""
    if not (WHISPER.is_dir() and VOICE.is_file()):
        pytest.skip("the stand-in weights of ../shared/data are not here")
    pytest.importorskip("faster_whisper")
    pytest.importorskip("piper")
    from models.stt_whisper import WhisperRecognizer
    from models.tts_piper import PiperSynthesizer
    from models.vad_silero import SileroVad

    models = Models(
        SileroVad(),
        WhisperRecognizer(str(WHISPER), device="cpu", threads=1, words=True),
        OllamaModel(host=server.url),
        PiperSynthesizer(str(VOICE), noise_scale=0.0, noise_w_scale=0.0),
    )
    sound = np.concatenate([hush(300), recording(READING), hush(500)])
    folder = record(tmp_path / "talk", sound=sound, live=live, settings=SETTINGS, models_for=lambda _: models)
    said = [call.answers[-1].text for call in read_cassette(folder / "cassette").heard if call.answers]
    assert tokens(said[-1]) == tokens(READING.with_suffix(".txt").read_text(encoding="utf-8"))
    found = replay_session(folder)
    assert found.problems == ()
    assert [message.role for message in found.result.history] == ["user", "assistant"]
    assert found.result.journal == replay_session(folder).result.journal
    assert live or found.result.journal == (folder / "transitions.jsonl").read_text(encoding="utf-8"), "to the byte"
