"""Choose the backends of a session by name, and say aloud which and why."""

import difflib
from collections.abc import Callable
from typing import Any, cast

from engine.config import Config, merged
from engine.session import Models
from models import registry
from models.no_microphone import NoMicrophone
from models.ports import LanguageModel, SpeechRecognizer, SpeechSynthesizer, VoiceActivityDetector
from models.prompting import Persona, load_persona
from models.turn_listener import TurnListener
from states.errors import BackendError, ConfigError

ROLES = ("vad", "stt", "llm", "tts")


def choose(config: Config, say: Callable[[str], None], *, strict: bool = False, text: bool = False) -> Models:
    """Make the backends. ``auto`` takes the first ready one, with ``strict`` nothing but the first.

    In a ``text`` conversation nobody listens, and ``auto`` for the voice is the silent one. ``say`` is told, once all
    are made, each choice that is not the first, why, and what mends that. May take seconds.
    Raises ``ConfigError`` for names and options that are not known, ``BackendUnavailable`` where a named backend, or
    for ``auto`` every one, is not ready.
    """
    check_options(config)
    options = merged(persona_options(load_persona(config.models.persona), config.models.persona), config.options)
    names: dict[str, str] = {}
    notes: list[str] = []
    parts: dict[str, Any] = dict.fromkeys(ROLES, NoMicrophone())
    for role in ("llm", "tts") if text else ROLES:
        name = getattr(config.models, role)
        if name == "auto" and role == "tts" and text:
            name = "silent"
        elif name == "auto":
            name, why = registry.resolve(role, options, strict=strict)
            notes += [f"{role}: {name} is taken, for {why}"] if why else []
        names[role] = name
        parts[role] = registry.create(role, name, **options.get(name, {}))
    if config.models.turn != "none" and not text:
        names["turn"] = config.models.turn
        detector = registry.create("turn", config.models.turn, **options.get(config.models.turn, {}))
        parts["stt"] = TurnListener(parts["stt"], detector)
    for note in notes:
        say(note)
    return Models(
        vad=cast(VoiceActivityDetector, parts["vad"]),
        stt=cast(SpeechRecognizer, parts["stt"]),
        llm=cast(LanguageModel, parts["llm"]),
        tts=cast(SpeechSynthesizer, parts["tts"]),
        names=names,
    )


def persona_options(persona: Persona, name: str) -> dict[str, dict[str, Any]]:
    """What a persona asks of each backend, below what the settings say: its words, its voice, its language."""
    options: dict[str, dict[str, Any]] = {"ollama": {"persona": name}}
    if persona.voice:
        options["piper"] = {"voice": persona.voice}
    if persona.language != "en":
        options["whisper"] = {"model": "base", "language": persona.language}
    return options


def warm_up(models: Models, say: Callable[[str], None]) -> None:
    """Have every backend that can (it has a ``warm_up``) get ready, so that the first turn is as quick as the others.

    Blocks: nothing for most, seconds for a language model that has to be loaded; ``say`` is told before it. One that
    fails is told and no reason to give up: it may be back by the first turn, and if not, that turn says so.
    """
    for role in ROLES:
        ready = getattr(getattr(models, role), "warm_up", None)
        if ready is not None:
            name = models.names.get(role, role)
            say(f"{role}: {name} is getting ready")
            try:
                ready()
            except BackendError as error:
                say(f"{role}: {name} is not ready yet: {error}")


def release(models: Models) -> None:
    """Let go of what backends hold (those that have a ``close``): threads, connections. After the session's end."""
    for role in ROLES:
        close = getattr(getattr(models, role), "close", None)
        if close is not None:
            close()


def check_options(config: Config) -> None:
    """Raise ``ConfigError`` for options of a backend that does not exist: that is a slip of the pen.

    Options of one that is not chosen are none.
    """
    known = {name for role in registry.ROLES for name in registry.every_name(role)}
    for name in config.options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"options: there is no backend named {name!r}; {hint}")
