"""Choose the backends of a session by name, and say aloud which and why."""

import difflib
from collections.abc import Callable
from typing import Any, cast

from engine.config import Config
from engine.session import Models
from models import registry
from models.ports import LanguageModel, SpeechRecognizer, SpeechSynthesizer, VoiceActivityDetector
from states.errors import ConfigError

ROLES = ("vad", "stt", "llm", "tts")


def choose(config: Config, say: Callable[[str], None], *, strict: bool = False) -> Models:
    """Make the four backends. ``auto`` takes the first ready one, with ``strict`` nothing but the first.

    ``say`` is told each choice that is not the first, why, and what mends that.

    Raises ``ConfigError`` for names and options that are not known, ``BackendUnavailable`` where a named backend, or
    for ``auto`` every one, is not ready.
    """
    check_options(config)
    made: dict[str, Any] = {}
    names: dict[str, str] = {}
    for role in ROLES:
        name = getattr(config.models, role)
        if name == "auto":
            name, why = registry.resolve(role, config.options, strict=strict)
            if why:
                say(f"{role}: {name} is taken, for {why}")
        names[role] = name
        made[role] = registry.create(role, name, **config.options.get(name, {}))
    return Models(
        vad=cast(VoiceActivityDetector, made["vad"]),
        stt=cast(SpeechRecognizer, made["stt"]),
        llm=cast(LanguageModel, made["llm"]),
        tts=cast(SpeechSynthesizer, made["tts"]),
        names=names,
    )


def check_options(config: Config) -> None:
    """Raise ``ConfigError`` for options of a backend that does not exist: that is a slip of the pen.

    Options of one that is not chosen are none.
    """
    known = {name for role in ROLES for name in registry.names(role)}
    for name in config.options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"options: there is no backend named {name!r}; {hint}")
