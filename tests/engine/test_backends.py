"""Backends are made ready before the first session and let go of after the last."""

from typing import Any

import pytest

from engine.backends import choose, persona_options, release, warm_up
from engine.config import build
from engine.session import Models
from models.prompting import Persona, load_persona, persona_names
from states.errors import BackendError, BackendUnavailable, ConfigError


class Backend:
    """One that has to be loaded; ``error`` is what comes of that."""

    def __init__(self, error: BackendError | None = None) -> None:
        self.error = error
        self.done: list[str] = []

    def warm_up(self) -> None:
        self.done.append("warm")
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.done.append("closed")


def models(llm: Any, stt: Any) -> Models:
    return Models(object(), stt, llm, object(), {"llm": "ollama", "stt": "whisper"})  # type: ignore[arg-type]


def test_what_can_is_warmed_up_and_closed_and_the_rest_left_alone() -> None:
    llm, stt, said = Backend(), Backend(), list[str]()
    warm_up(models(llm, stt), said.append)
    release(models(llm, stt))
    assert said == ["stt: whisper is getting ready", "llm: ollama is getting ready"]
    assert llm.done == stt.done == ["warm", "closed"]


def test_one_that_is_not_there_yet_is_told_and_no_reason_to_give_up() -> None:
    llm, stt, said = Backend(BackendUnavailable("no Ollama answers", remedy="ollama serve")), Backend(), list[str]()
    warm_up(models(llm, stt), said.append)
    assert said[-1] == "llm: ollama is not ready yet: no Ollama answers; mend it with: ollama serve"
    assert stt.done == ["warm"]


def test_the_names_of_those_chosen_are_known() -> None:
    config = build({"models": {"vad": "energy", "stt": "sphinx", "llm": "companion", "tts": "espeak"}})
    chosen = choose(config, pytest.fail)
    assert chosen.names == {"vad": "energy", "stt": "sphinx", "llm": "companion", "tts": "espeak"}


def test_in_text_nobody_listens_and_the_voice_is_silent() -> None:
    chosen = choose(build({"models": {"llm": "companion"}}), pytest.fail, text=True)
    assert chosen.names == {"llm": "companion", "tts": "silent"}


def test_a_persona_brings_its_voice_and_its_language() -> None:
    asked = persona_options(
        Persona("wirt", "Du bist Wirt.", voice="de_DE-thorsten-medium", language="de"), "wirt.toml"
    )
    assert asked["ollama"] == {"persona": "wirt.toml"}
    assert asked["piper"] == {"voice": "de_DE-thorsten-medium"}
    assert asked["whisper"]["language"] == "de"


@pytest.mark.parametrize("name", persona_names())
def test_the_personas_that_come_along_need_no_other_voice(name: str) -> None:
    assert persona_options(load_persona(name), name) == {"ollama": {"persona": name}}


def test_an_unknown_persona_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="storyteller"):
        choose(build({"models": {"persona": "pirate"}}), pytest.fail)
