"""Having Ollama fetch a model: progress, and every way in which that ends early."""

import pytest

from models.fetch_hub import FetchError
from models.fetch_ollama import pull
from states.errors import BackendUnavailable
from tests.ollama_server import Line, OllamaServer, Reply, absent_url

pytest.importorskip("ollama", reason="the package ollama is not installed")


def layer(digest: str, total: int, completed: int | None = None) -> Line:
    """A line of progress; the server leaves ``completed`` out while it is 0."""
    line = {"status": f"pulling {digest}", "digest": f"sha256:{digest}", "total": total}
    return line if completed is None else line | {"completed": completed}


PULL: list[Line] = [
    {"status": "pulling manifest"},
    layer("aaaa", 1000),
    layer("aaaa", 1000, 400),
    layer("bbbb", 20),
    layer("aaaa", 1000, 1000),
    layer("bbbb", 20, 20),
    {"status": "verifying sha256 digest"},
    {"status": "writing manifest"},
    {"status": "success"},
]


def silent(_done: int, _total: int) -> None:
    """Report nothing."""


def test_a_pull(server: OllamaServer) -> None:
    told: list[tuple[int, int]] = []
    server.script("/api/pull", Reply(PULL))
    pull("qwen2.5:7b", lambda done, total: told.append((done, total)), server.url)
    assert told == [(0, 1000), (400, 1000), (400, 1020), (1000, 1020), (1020, 1020)]
    (body,) = server.bodies("/api/pull")
    assert body["model"] == "qwen2.5:7b"
    assert body["stream"] is True


def test_the_server_is_healthy(server: OllamaServer) -> None:
    pull("mistral", silent, server.url)
    assert "mistral:latest" in server.models


def test_an_error_in_mid_stream(server: OllamaServer) -> None:
    failing: list[Line] = [*PULL[:3], {"error": "max retries exceeded: dial tcp: lookup registry: no such host"}]
    server.script("/api/pull", Reply(failing))
    with pytest.raises(FetchError, match=r"cannot fetch llama3\.2:3b: max retries exceeded"):
        pull("llama3.2:3b", silent, server.url)


def test_a_model_that_there_is_not(server: OllamaServer) -> None:
    server.script("/api/pull", Reply([{"error": "pull model manifest: file does not exist"}], status=500))
    with pytest.raises(FetchError, match="cannot fetch nonsense: pull model manifest: file does not exist"):
        pull("nonsense", silent, server.url)


def test_broken_off_anywhere(server: OllamaServer) -> None:
    whole = Reply(PULL).size()
    for ending in ("close", "reset"):
        for place in [*range(1, whole - 60, 97), whole - 40, whole - 6]:
            server.script("/api/pull", Reply(PULL, end_at=place, ending=ending))  # type: ignore[arg-type]
            with pytest.raises(FetchError) as caught:
                pull("llama3.2:3b", silent, server.url)
            assert "\n" not in str(caught.value)


def test_an_end_without_success_is_none(server: OllamaServer) -> None:
    server.script("/api/pull", Reply(PULL[:5]))
    with pytest.raises(FetchError, match=r"ended without having fetched llama3\.2:3b"):
        pull("llama3.2:3b", silent, server.url)


def test_something_else_answers(server: OllamaServer) -> None:
    server.script("/api/pull", Reply([b"<html>Sign in to continue</html>"]))
    with pytest.raises(FetchError, match="is not Ollama"):
        pull("llama3.2:3b", silent, server.url)


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    url = absent_url()
    monkeypatch.setattr("models.ollama_ready.shutil.which", lambda _: "/usr/bin/ollama")
    with pytest.raises(BackendUnavailable) as caught:
        pull("llama3.2:3b", silent, url)
    assert caught.value.remedy == f"OLLAMA_HOST={url} ollama serve"
    monkeypatch.setattr("models.ollama_ready.shutil.which", lambda _: None)
    with pytest.raises(BackendUnavailable, match="not installed here") as caught:
        pull("llama3.2:3b", silent, url)
    assert caught.value.remedy.startswith(("curl ", "brew ", "winget "))
