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


def choose(config: Config, say: Callable[[str], None]) -> Models:
    """Make the four backends. ``auto`` takes the first ready one; ``say`` is told each choice that was not asked for.

    Raises ``ConfigError`` for names and options that are not known, ``BackendUnavailable`` where a named backend, or
    for ``auto`` every one, is not ready.
    """
    _check_options(config)
    made: dict[str, Any] = {}
    for role in ROLES:
        name = getattr(config.models, role)
        if name == "auto":
            name, why = registry.resolve(role, config.options)
            if why:
                say(f"{role}: {name} ({why})")
        made[role] = registry.create(role, name, **config.options.get(name, {}))
    return Models(
        vad=cast(VoiceActivityDetector, made["vad"]),
        stt=cast(SpeechRecognizer, made["stt"]),
        llm=cast(LanguageModel, made["llm"]),
        tts=cast(SpeechSynthesizer, made["tts"]),
    )


def _check_options(config: Config) -> None:
    """Options of a backend that does not exist are a slip of the pen; those of one that is not chosen are not."""
    known = {name for role in ROLES for name in registry.names(role)}
    for name in config.options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
            raise ConfigError(f"options: there is no backend named {name!r}; {hint}")
