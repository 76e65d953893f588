"""What adapters log lies beside the journal, and only where there is anything."""

import logging
from pathlib import Path

from engine.diagnostics import FILE, diagnostics
from models.llm_ollama import OllamaModel
from states.history import Message
from tests.ollama_server import OllamaServer, answer


def test_without_anything_to_say_there_is_no_file(tmp_path: Path) -> None:
    with diagnostics(tmp_path):
        pass
    assert not list(tmp_path.iterdir())
    assert not logging.getLogger("is2s").handlers


def test_turns_left_out_of_a_full_context_are_told(tmp_path: Path) -> None:
    history = [Message("user" if n % 2 == 0 else "assistant", f"{n} " + "word " * 400) for n in range(21)]
    with OllamaServer() as server, diagnostics(tmp_path):
        server.chat(answer("Yes."))
        list(OllamaModel(host=server.url).stream(history))
    told = (tmp_path / FILE).read_text(encoding="utf-8")
    assert "INFO is2s.llm: the context is full: the oldest" in told
