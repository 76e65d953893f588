"""Whether the weights of Whisper and Piper are here and whole, for the doctor and for ``auto``; nothing is loaded."""

from models import piper_voices, whisper_files, whisper_ggml
from models.registry import Readiness
from states.errors import BackendUnavailable


def whisper(model: str = "base.en", *, download: bool = False, **_: object) -> Readiness:
    """faster-whisper's folder; with ``download`` what is missing will be fetched."""
    try:
        return Readiness(True, f"Whisper in {whisper_files.located(model)}")
    except BackendUnavailable as error:
        return Readiness(True, "Whisper, to be fetched") if download else _missing(error)


def whispercpp(model: str = "base.en", **_: object) -> Readiness:
    """whisper.cpp's file."""
    try:
        return Readiness(True, f"Whisper in {whisper_ggml.located(model)}")
    except BackendUnavailable as error:
        return _missing(error)


def piper(voice: str = piper_voices.DEFAULT_VOICE, **_: object) -> Readiness:
    """Piper's voice."""
    try:
        return Readiness(True, f"Piper with {piper_voices.find_voice(voice).model}")
    except BackendUnavailable as error:
        return _missing(error)


def _missing(error: BackendUnavailable) -> Readiness:
    return Readiness(False, error.what, error.remedy)
