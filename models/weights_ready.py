"""Whether weights are here and whole, for the doctor and for ``auto``; nothing is loaded."""

from pathlib import Path

from models import piper_voices, whisper_files, whisper_ggml
from models.profiles import setup_command
from models.registry import Readiness
from states.errors import BackendUnavailable


def silero(**_: object) -> Readiness:
    """The network in the silero-vad wheel."""
    from models.vad_silero import locate_model

    try:
        return Readiness(True, "Silero, as ONNX", files=(locate_model(),))
    except BackendUnavailable as error:
        return _missing(error)


def whisper(model: str = "base.en", *, download: bool = False, **_: object) -> Readiness:
    """faster-whisper's folder; with ``download`` what is missing will be fetched."""
    try:
        folder = whisper_files.located(model)
    except BackendUnavailable as error:
        return Readiness(True, "Whisper, to be fetched") if download else _missing(error)
    name = folder.name if whisper_files.is_path(model) else model
    return Readiness(True, f"Whisper {name}", files=(folder,))


def whispercpp(model: str = "base.en", **_: object) -> Readiness:
    """whisper.cpp's file."""
    try:
        path = whisper_ggml.located(model)
    except BackendUnavailable as error:
        return _missing(error)
    return Readiness(True, f"Whisper {path.stem}", files=(path,))


def piper(voice: str = piper_voices.DEFAULT_VOICE, **_: object) -> Readiness:
    """Piper's voice: both files, read through to see that neither was cut off."""
    try:
        files = piper_voices.find_voice(voice)
    except BackendUnavailable as error:
        return _missing(error)
    if flaw := piper_voices.flaw(files):
        return Readiness(False, flaw, setup_command("piper", "" if voice.endswith(".onnx") else voice))
    return Readiness(True, f"Piper with {files.model.stem}", files=(files.model, files.config))


def smart_turn(model: str = "", **_: object) -> Readiness:
    """Smart Turn's file, by path or in the package pipecat-ai."""
    from models.turn_smart import REMEDY, locate_model

    try:
        path = Path(model) if model else locate_model()
    except BackendUnavailable as error:
        return _missing(error)
    if not path.is_file():
        return Readiness(False, f"there is no Smart Turn model at {path}", REMEDY)
    return Readiness(True, f"Smart Turn, {path.stem}", files=(path,))


def _missing(error: BackendUnavailable) -> Readiness:
    return Readiness(False, error.what, error.remedy)
