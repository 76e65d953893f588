"""Addresses, and what the doctor learns in less than a second."""

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ollama_ready import pull_command, readiness, server_absent, server_url
from states.errors import ConfigError
from tests.ollama_server import OllamaServer, Reply, absent_url


def test_ready(server: OllamaServer) -> None:
    found = readiness(host=server.url)
    assert found.ready
    assert found.detail == f"Ollama 0.12.3 at {server.url}, model llama3.2:3b (2.0 GB)"
    server.models["mistral:latest"] = 4_100_000_000
    assert readiness("mistral", server.url, persona="storyteller").ready


def test_model_absent(server: OllamaServer) -> None:
    found = readiness("qwen2.5:7b", server.url)
    assert not found.ready
    assert found.remedy == f"OLLAMA_HOST={server.url} is2s setup --only ollama --ollama qwen2.5:7b"
    assert "it has llama3.2:3b" in found.detail


@pytest.mark.usefixtures("installed")
def test_server_absent() -> None:
    url = absent_url()
    found = readiness(host=url)
    assert (found.ready, found.remedy) == (False, f"OLLAMA_HOST={url} ollama serve")


@pytest.mark.usefixtures("installed")
def test_commands_for_the_usual_address_are_short() -> None:
    usual = server_url("127.0.0.1")
    assert server_absent(usual).remedy == "ollama serve"
    assert pull_command("llama3.2:3b", usual) == "is2s setup --only ollama"
    assert server_absent("http://10.0.0.2:11434").remedy == "", "no command typed here starts it there"


def test_not_installed_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.ollama_ready.shutil.which", lambda _: None)
    found = readiness(host=absent_url())
    assert "it is not installed here" in found.detail
    assert found.remedy.startswith(("curl ", "brew ", "winget "))
    assert server_absent("http://10.0.0.2:11434").remedy == ""


def test_something_else_answers(server: OllamaServer) -> None:
    for reply in (Reply([b"<html>"], plain=True), Reply([b"[]"], plain=True), Reply([{}], plain=True)):
        server.script("/api/version", reply)
        assert "is not Ollama" in readiness(host=server.url).detail
    server.script("/api/tags", Reply([{"models": [{}]}], plain=True))
    assert "is not Ollama" in readiness(host=server.url).detail


def test_a_silent_server_takes_less_than_a_second() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert not readiness(host=f"http://127.0.0.1:{silent.getsockname()[1]}").ready
        assert time.monotonic() - begun < 1.0


def test_an_address_that_is_none() -> None:
    assert not readiness(host="ftp://nowhere").ready


@pytest.mark.parametrize(
    ("given_host", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("192.168.1.5", "http://192.168.1.5:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("[::]:99", "http://[::1]:99"),
        ("http://box", "http://box:80"),
        ("https://box/ollama/", "https://box:443/ollama"),
        ("http://[::1]", "http://[::1]:80"),
    ],
)
def test_addresses(monkeypatch: pytest.MonkeyPatch, given_host: str, url: str) -> None:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    assert server_url(given_host) == url
    monkeypatch.setenv("OLLAMA_HOST", given_host)
    assert server_url() == url


@given(st.text(min_size=1, max_size=30))
def test_any_address_is_read_or_refused(host: str) -> None:
    try:
        url = server_url(host)
    except ConfigError:
        return
    assert url.startswith(("http://", "https://"))
