"""Which adapters there are to be measured here: real-size models with random weights, stand-ins, embedded ones."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.shared_data import SHARED

STAND_IN_VOICE = SHARED / "models" / "piper_standin" / "standin-rms-medium.onnx"
STAND_IN_WHISPER = SHARED / "models" / "whisper_mini_standin_ct2_int8"

Makers = dict[str, Callable[[], Any]]


def whisper(folder: Path, **options: Any) -> Any:
    """On one thread of the processor, as beside a voice."""
    from models.stt_whisper import WhisperRecognizer

    return WhisperRecognizer(str(folder), device="cpu", threads=1, **options)


def piper(path: Path) -> Any:
    """With the voice's own liveliness."""
    from models.tts_piper import PiperSynthesizer

    return PiperSynthesizer(str(path))


def espeak() -> Any:
    """The embedded voice."""
    from models.tts_espeak import EspeakSynthesizer

    return EspeakSynthesizer()


def sphinx() -> Any:
    """The embedded recogniser."""
    from models.stt_sphinx import SphinxRecognizer

    return SphinxRecognizer()


def whispercpp(folder: Path) -> Any:
    """An encoder of the real size; the decoder has one layer."""
    from models.stt_whispercpp import WhisperCppRecognizer
    from tests.models.whisper import canned_ggml

    path = folder / "ggml-base.bin"
    if not path.is_file():
        canned_ggml.build(path, depth=512, layers=6)
    return WhisperCppRecognizer(str(path), threads=1)


def voices(folder: Path) -> Makers:
    """The synthesisers that can be had."""
    found: Makers = {}
    if find_spec("espeakng_loader"):
        found["espeak"] = espeak
    if find_spec("piper"):
        if STAND_IN_VOICE.is_file():
            found["piper, stand-in of 0.35 MB"] = lambda: piper(STAND_IN_VOICE)
        if (folder / "medium.onnx").is_file():
            found["piper, medium size"] = lambda: piper(folder / "medium.onnx")
    return found


def recognizers(folder: Path) -> Makers:
    """The recognisers that can be had."""
    found: Makers = {}
    if find_spec("pocketsphinx"):
        found["sphinx"] = sphinx
    if find_spec("faster_whisper"):
        if STAND_IN_WHISPER.is_dir():
            found["whisper, stand-in of 14 MB"] = lambda: whisper(STAND_IN_WHISPER)
        if (folder / "base").is_dir():
            found["whisper, base size"] = lambda: whisper(folder / "base")
            found["whisper, base size, short windows"] = lambda: whisper(folder / "base", short_windows=True)
    if find_spec("pywhispercpp"):
        found["whispercpp, base size"] = lambda: whispercpp(folder)
    return found
