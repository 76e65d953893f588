"""Everything that can go wrong on the wire ends in one clear line, and never in a hang or a wrong word."""

import re
import threading

import pytest

from models.llm_ollama import OllamaModel
from states.errors import BackendError, BackendUnavailable
from states.history import Message
from tests.ollama_server import Line, OllamaServer, Reply, absent_url, answer, chat_line, last_line

HELLO = (Message("user", "hello"),)


def failure(url: str, **options: float) -> tuple[str, BackendError]:
    """What came before the error, and the error."""
    said, error = outcome(OllamaModel(host=url, **options))  # type: ignore[arg-type]
    assert error is not None
    assert "\n" not in str(error)
    return "".join(said), error


def outcome(model: OllamaModel) -> tuple[list[str], BackendError | None]:
    """All pieces with something in them, and the error that ended them."""
    said: list[str] = []
    try:
        for piece in model.stream(HELLO):
            said += [str(piece)] if piece else []
    except BackendError as error:
        return said, error
    return said, None


@pytest.mark.usefixtures("installed")
def test_absent_server_names_the_command() -> None:
    url = absent_url()
    _, error = failure(url)
    assert isinstance(error, BackendUnavailable)
    assert error.remedy == f"OLLAMA_HOST={url} ollama serve"
    assert "no Ollama answers at http://127.0.0.1:" in str(error)


def test_absent_model_names_the_command(server: OllamaServer) -> None:
    server.models.clear()
    _, error = failure(server.url)
    assert isinstance(error, BackendUnavailable)
    assert error.remedy == f"OLLAMA_HOST={server.url} is2s setup --only ollama"


@pytest.mark.usefixtures("installed")
def test_absent_while_warming_up(server: OllamaServer) -> None:
    server.models.clear()
    with pytest.raises(BackendUnavailable, match="is2s setup --only ollama"):
        OllamaModel(host=server.url).warm_up()
    with pytest.raises(BackendUnavailable, match="ollama serve"):
        OllamaModel(host=absent_url()).warm_up()


BROKEN: list[tuple[str, Reply, str, str]] = [
    (
        "error line",
        Reply([chat_line("One"), {"error": "llama runner process\nhas terminated"}]),
        "One",
        "runner proc",
    ),
    ("500", Reply([{"error": "out of memory"}], status=500), "", "500.*out of memory"),
    ("503", Reply([{"error": "server busy"}], status=503), "", "503.*busy"),
    ("other server", Reply([b"404 page not found"], status=404), "", "refused, status 404"),
    ("no tools", Reply([{"error": '"x" does not support tools'}], status=400), "", "does not support tools"),
    ("no JSON", Reply([chat_line("One"), b"<html>"]), "One", "no answer"),
    ("no object", Reply([b"[1]"]), "", "no answer"),
    ("no message", Reply([{"model": "m", "done": False}]), "", "no answer"),
    ("bad message", Reply([{"message": {"role": "assistant", "content": 7}, "done": False}]), "", "no answer"),
    ("no UTF-8", Reply([chat_line("One"), b"\xff\xfe"]), "One", "no answer"),
    ("no last line", Reply([chat_line("One")]), "One", "without saying"),
    ("no line", Reply([]), "", "without saying"),
    ("empty", Reply([last_line()]), "", "empty answer"),
    ("call unasked", Reply([chat_line(tool_calls=[{"function": {"name": "f", "arguments": 3}}])]), "", "no answer"),
]


@pytest.mark.parametrize(("reply", "before", "text"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN])
def test_broken_answers(server: OllamaServer, reply: Reply, before: str, text: str) -> None:
    server.script("/api/chat", reply)
    said, error = failure(server.url)
    assert said == before
    assert re.search(text, str(error))
    assert "".join(map(str, OllamaModel(host=server.url).stream(HELLO))) == "Hello there.", "and it recovers"


def test_silence_before_the_first_line(server: OllamaServer) -> None:
    server.chat(answer("x"), gate=threading.Event())
    said, error = failure(server.url, first_timeout_s=0.05)
    assert (said, "sent nothing" in str(error)) == ("", True)
    server.wait_gone()


def test_silence_in_the_middle(server: OllamaServer) -> None:
    lines = answer("One", " two")
    server.chat(lines, end_at=Reply(lines[:1]).size(), ending="silence")
    said, error = failure(server.url, read_timeout_s=0.05)
    assert (said, "sent nothing for 0.05 s" in str(error)) == ("One", True)
    server.wait_gone()


def test_a_trickle_without_lines_is_silence(server: OllamaServer) -> None:
    """Bytes do come, but no line is ever whole: limits on bytes would wait for ever."""
    server.chat([b" " * 64], endless=True, segment=1)
    _, error = failure(server.url, first_timeout_s=0.1)
    assert "sent nothing" in str(error) or "no answer" in str(error)


SHORT: list[Line] = [
    {"message": {"role": "assistant", "content": "Grün"}, "done": False},
    {"message": {"role": "assistant", "content": " 🎈"}, "done": False},
    {"message": {"role": "assistant"}, "done": True},
]
WHOLE = Reply(SHORT).size() - len(b"\r\n0\r\n\r\n")
"""Bytes up to the end of the last line, which is all that an answer takes."""


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_the_connection_goes_at_every_byte(server: OllamaServer, ending: str) -> None:
    """Only whole pieces come out, in order, and then one error, unless the last line was there.

    After a reset the system may have thrown away bytes that had arrived; to save time, at every third byte only.
    """
    model = OllamaModel(host=server.url)
    step = 1 if ending == "close" else 3
    for size in range(1, Reply(SHORT).size(), step):
        server.chat(SHORT, end_at=size, ending=ending)
        said, error = outcome(model)
        assert said in ([], ["Grün"], ["Grün", " 🎈"]), size
        assert (error is None) == (size >= WHOLE) or (ending == "reset" and error is not None), size
    assert "".join(map(str, model.stream(HELLO))) == "Hello there."


def test_closing_where_the_server_fell_silent_at_any_byte(server: OllamaServer) -> None:
    model = OllamaModel(host=server.url, options={"num_predict": 100})
    for size in range(1, WHOLE, 7):
        server.chat(SHORT, end_at=size, ending="silence")
        stream = model.stream(HELLO)
        assert next(stream) in ("", "Grün")
        while not server.has_sent():  # the request itself may need more than one go
            assert next(stream) in ("", "Grün", " 🎈")
        stream.close()
        server.wait_gone()


@pytest.mark.usefixtures("installed")
def test_the_server_goes_and_comes_back() -> None:
    with OllamaServer() as first:
        model = OllamaModel(host=first.url)
        assert "".join(map(str, model.stream(HELLO))) == "Hello there."
    with pytest.raises(BackendUnavailable, match="ollama serve"):
        list(model.stream(HELLO))
