"""Choose the backends of a session by name, and say aloud which and why."""

from collections.abc import Callable
from typing import Any, cast

from engine.config import Config
from engine.session import Models
from models import registry
from models.ports import LanguageModel, SpeechRecognizer, SpeechSynthesizer, VoiceActivityDetector

ROLES = ("vad", "stt", "llm", "tts")


def choose(config: Config, say: Callable[[str], None]) -> Models:
    """Make the four backends. ``auto`` takes the first ready one; ``say`` is told each choice that was not asked for.

    Raises ``BackendUnavailable`` where a named backend, or for ``auto`` every one, is not ready.
    """
    made: dict[str, Any] = {}
    for role in ROLES:
        name = getattr(config.models, role)
        if name == "auto":
            name, why = registry.resolve(role)
            if why:
                say(f"{role}: {name} ({why})")
        made[role] = registry.create(role, name, **config.options.get(name, {}))
    return Models(
        vad=cast(VoiceActivityDetector, made["vad"]),
        stt=cast(SpeechRecognizer, made["stt"]),
        llm=cast(LanguageModel, made["llm"]),
        tts=cast(SpeechSynthesizer, made["tts"]),
    )
