"""Which models go together, by the machine they are for; and the command that fetches one.

A profile is data: what ``is2s setup`` fetches. Sizes are those of the published files, rounded, to be told before
anything is asked of a network; the true ones are told by the servers.
"""

import shlex
from dataclasses import dataclass

KINDS = ("whisper", "piper", "ollama")
"""What a profile names, by the backend that uses it."""

ON_REQUEST = ("whispercpp",)
"""What else can be fetched: the profile's Whisper in whisper.cpp's format."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One model a kind. ``for_whom`` completes "for ..."."""

    for_whom: str
    whisper: str
    piper: str
    ollama: str

    def model(self, kind: str) -> str:
        """The model of a kind."""
        models = {"whisper": self.whisper, "piper": self.piper, "ollama": self.ollama}
        return (models | {"whispercpp": self.whisper})[kind]


PROFILES = {
    "small": Profile("two slow cores", "tiny.en", "en_GB-alan-low", "llama3.2:1b"),
    "base": Profile("a usual machine", "base.en", "en_GB-alba-medium", "llama3.2:3b"),
    "large": Profile("eight fast cores or a GPU", "small.en", "en_GB-cori-high", "qwen2.5:7b"),
}
"""``base`` is what the backends take where nothing else is said. A high voice is slower than speech on two cores."""

DEFAULT = "base"

SIZES_MB = {
    "whisper": {"tiny.en": 78, "base.en": 148, "small.en": 487, "medium.en": 1531, "distil-large-v3": 1516},
    "whispercpp": {"tiny.en": 78, "base.en": 148, "small.en": 488},
    "piper": {"en_GB-alan-low": 63, "en_GB-alba-medium": 63, "en_GB-cori-high": 114},
    "ollama": {"llama3.2:1b": 1322, "llama3.2:3b": 2019, "qwen2.5:7b": 4683},
}
"""Millions of bytes; a model that is not named here is fetched all the same."""

NAME_OPTION = {"whisper": "--whisper", "whispercpp": "--whisper", "piper": "--voice", "ollama": "--ollama"}
"""The option of ``is2s setup`` that names another model than the profile's."""


def model_options(profile: str) -> dict[str, dict[str, str]]:
    """What each backend must be told to take a profile's model."""
    named = PROFILES[profile]
    options = {"whisper": "model", "whispercpp": "model", "piper": "voice", "ollama": "model"}
    return {kind: {option: named.model(kind)} for kind, option in options.items()}


def setup_command(kind: str, model: str = "") -> str:
    """The command that fetches a model of this kind, the default where none is named."""
    named = "" if model in ("", PROFILES[DEFAULT].model(kind)) else f" {NAME_OPTION[kind]} {shlex.quote(model)}"
    return f"is2s setup --only {kind}{named}"
