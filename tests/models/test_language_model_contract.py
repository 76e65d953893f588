"""Every language model keeps the same contract, whatever writes the answer."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.cassette import RecordingLanguageModel, Tape
from models.cassette_player import PlayingLanguageModel
from models.cassette_reading import read_cassette
from models.llm_companion import Companion
from models.llm_ollama import OllamaModel
from models.ports import MIC_HZ, LanguageModel
from models.scripted import ScriptedAnswer, ScriptedLanguageModel
from states.errors import BackendError
from states.history import Message, ToolUse
from tests.models.contract import TAKEN, closed_without_a_thread, elsewhere, in_two_threads, take_and_close
from tests.models.contract import threads_of_models as threads
from tests.ollama_server import OllamaServer, Reply, absent_url, answer, calls

STORY = "Once upon a time there was a machine that listened."
ASKED = (Message("user", "hello"),)
TALK = (
    *ASKED,
    Message("assistant", "Once upon", cut=True),
    Message("user", "no, \ud800 wait"),
    Message("assistant", "Yes? 😀"),
    Message("user", "tell me a story"),
)


def remember(item: str) -> str:
    """Remember something.

    Args:
        item: what
    """
    return f"noted: {item}"


def scripted(_: Path, __: str) -> LanguageModel:
    return ScriptedLanguageModel([ScriptedAnswer(STORY)])


def cassette(folder: Path, _: str) -> LanguageModel:
    tape = Tape(folder / "tape", {"clock": "virtual", "rate_hz": MIC_HZ, "source_samples": None}, warn=pytest.fail)
    recorder = RecordingLanguageModel(ScriptedLanguageModel([ScriptedAnswer(STORY)]), tape)
    for messages in (ASKED, TALK):
        assert list(recorder.stream(messages))
    tape.close()
    return PlayingLanguageModel(read_cassette(folder / "tape"))


MAKERS: dict[str, Callable[[Path, str], LanguageModel]] = {
    "ollama": lambda _, url: OllamaModel(host=url),
    "ollama with functions": lambda _, url: OllamaModel(host=url, tools=[remember]),
    "companion": lambda _, __: Companion(),
    "scripted": scripted,
    "cassette": cassette,
}


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


@pytest.fixture(scope="module", params=MAKERS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def model(name: str, server: OllamaServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
    before = threads()
    made = MAKERS[name](tmp_path_factory.mktemp("model"), server.url)
    yield made
    closed_without_a_thread(made, before)


@pytest.fixture
def ask(model: LanguageModel, name: str, server: OllamaServer) -> Callable[..., Any]:
    """Have the model answer; the server then calls a function first, where there is one."""

    def asking(messages: tuple[Message, ...] = ASKED) -> Any:
        server._scripts.clear()  # what was to be said to somebody who left
        if name == "ollama with functions":
            server.chat(calls(("remember", {"item": "milk"}), content="One moment. "))
        return model.stream(messages)

    return asking


def text_of(pieces: list[Any]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


@pytest.mark.parametrize("messages", [ASKED, TALK], ids=["first", "later"])
def test_what_it_yields(ask: Callable[..., Any], name: str, messages: tuple[Message, ...]) -> None:
    pieces = list(ask(messages))
    assert all(isinstance(piece, str | ToolUse) for piece in pieces)
    assert text_of(pieces).strip()
    uses = [piece for piece in pieces if isinstance(piece, ToolUse)]
    expected = [ToolUse("remember", '{"item": "milk"}', "noted: milk")] if name == "ollama with functions" else []
    assert uses == expected


@pytest.mark.parametrize("taken", TAKEN)
def test_closed_anywhere_the_next_is_right(ask: Callable[..., Any], taken: int) -> None:
    whole = text_of(list(ask()))
    assert whole.startswith(text_of(take_and_close(ask(), taken)))
    assert text_of(list(ask())) == whole
    in_two_threads(ask, taken)
    assert elsewhere(lambda: text_of(list(ask()))) == whole, "and in another thread"


def test_two_streams_side_by_side(ask: Callable[..., Any], name: str) -> None:
    if name == "ollama with functions":
        pytest.skip("the server's script is one queue for both")
    whole = text_of(list(ask()))
    one, two = ask(), ask()
    first = [next(one)]
    second = list(two)
    first += list(one)
    assert text_of(first) == text_of(second) == whole


def test_a_silent_server_is_left_at_once(server: OllamaServer) -> None:
    """It has said nothing, and never will: the stream is closed all the same, from where it is iterated."""
    model = OllamaModel(host=server.url)
    for pulls in (1, 2, 5):
        server.chat(answer("x"), gate=threading.Event())
        assert set(elsewhere(lambda pulls=pulls: take_and_close(model.stream(ASKED), pulls))) == {""}  # type: ignore[misc]
        server.wait_gone()
    assert text_of(list(model.stream(ASKED))) == "Hello there."


def test_failures_are_backend_errors(model: LanguageModel, name: str, server: OllamaServer) -> None:
    if name == "companion":
        pytest.skip("rules do not fail")
    if name.startswith("ollama"):
        server.script("/api/chat", Reply([{"error": "out of memory"}], status=500))
        with pytest.raises(BackendError, match="out of memory"):
            list(model.stream(ASKED))
        with pytest.raises(BackendError, match="no Ollama answers"):
            list(OllamaModel(host=absent_url()).stream(ASKED))
        return
    if name == "scripted":
        model = ScriptedLanguageModel([ScriptedAnswer("One two", fail_after_words=1)])
    with pytest.raises(BackendError):
        list(model.stream((Message("user", "something else"),)))
