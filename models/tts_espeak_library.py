"""The espeak-ng library, reached by ctypes: one call in, samples and events out.

espeak-ng keeps everything in globals: one voice, one callback, one synthesis at a time in a process. So this
module owns the only lock around it, sets voice and parameters before each call, and runs each call to its
end; who wants to stop early asks for short texts. The shared library and its data come from the
``espeakng-loader`` wheel (espeak-ng 1.52, GPL-3). The structures follow ``speak_lib.h`` of espeak-ng 1.52.

The samples are not the same from call to call: the library carries its wave phase over (a few samples of
difference; seeding and re-initialising do not help). The same calls in a fresh process give the same samples.
"""

import ctypes
import threading
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from models.ports import Samples
from states.errors import BackendError, BackendUnavailable, ConfigError

REMEDY = "pip install 'is2s[embedded]'"

WORD, SENTENCE, MARK, END, PHONEME = 1, 2, 3, 5, 7
"""Event types of ``espeak_EVENT_TYPE`` that are used here."""

_LIST_TERMINATED = 0
_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS, _INITIALIZE_DONT_EXIT = 1, 0x8000
_POSITION_CHARACTER = 1
_CHARS_UTF8, _SSML = 1, 0x10
_RATE, _VOLUME, _PITCH = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Voice:
    """What to speak with. ``name`` is espeak's ("en-us", "en" for British, "en-us+f3" for a variant)."""

    name: str = "en-us"
    rate_wpm: int = 170
    volume: int = 100
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class EspeakEvent:
    """Something that happens at ``sample`` of the sound. ``label``: a mark's name, a phoneme's symbol."""

    kind: int
    sample: int
    label: str


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class EspeakLibrary:
    """The one espeak-ng of this process; get it from ``shared_library``. Calls block; any thread may call."""

    def __init__(self) -> None:
        if find_spec("espeakng_loader") is None:
            raise BackendUnavailable("espeak-ng is not installed", remedy=REMEDY)
        import espeakng_loader

        try:
            self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise BackendUnavailable(f"the espeak-ng library does not load: {error}", remedy=REMEDY) from error
        options = _INITIALIZE_PHONEME_EVENTS | _INITIALIZE_DONT_EXIT
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate_hz = int(self._library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 60, data, options))
        if self.rate_hz <= 0:
            raise BackendUnavailable("espeak-ng finds no voice data", remedy=REMEDY)
        self._lock = threading.Lock()
        self._blocks: list[bytes] = []
        self._events: list[EspeakEvent] = []
        # ctypes does not keep this object alive: without the reference the library would call freed memory.
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_Synth.argtypes = (
            *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
            *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
        )

    def check_voice(self, voice: Voice) -> None:
        """Raise ``ConfigError`` where espeak-ng does not know the voice."""
        with self._lock:
            self._select(voice)

    def speak(self, ssml: str, voice: Voice) -> tuple[Samples, list[EspeakEvent]]:
        """Synthesise to the end: 1 to 5 ms for each second of sound. Events are in the order of their samples.

        Samples come at ``rate_hz``. Raises ``BackendError`` where espeak-ng refuses.
        """
        text = ssml.encode("utf-8", "replace") + b"\0"
        with self._lock:
            self._select(voice)
            self._blocks, self._events = [], []
            code = self._library.espeak_Synth(
                text, len(text), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8 | _SSML, None, None
            )
            blocks, events = self._blocks, self._events
        if code != 0:
            raise BackendError(f"espeak-ng refused to speak (error {code})")
        samples = np.frombuffer(b"".join(blocks), dtype=np.int16).astype(np.float32)
        samples *= np.float32(1 / 32768)
        return samples, events

    def _select(self, voice: Voice) -> None:
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            raise ConfigError(
                f"espeak-ng has no voice '{voice.name}'; it has for example en-us, en (British), en-us+f3"
            )
        for parameter, value in ((_RATE, voice.rate_wpm), (_VOLUME, voice.volume), (_PITCH, voice.pitch)):
            self._library.espeak_SetParameter(parameter, value, 0)

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        """Called by espeak-ng in the thread of ``speak``, once for each 60 ms of sound; 0 means go on."""
        if count > 0:
            self._blocks.append(ctypes.string_at(wave, 2 * count))
        index = 0
        while (event := events[index]).type != _LIST_TERMINATED:
            label = b""
            if event.type == MARK:
                label = event.id.name or b""
            elif event.type == PHONEME:
                label = event.id.string
            self._events.append(EspeakEvent(event.type, event.sample, label.decode("utf-8", "replace")))
            index += 1
        return 0


_shared: EspeakLibrary | None = None
_shared_lock = threading.Lock()


def shared_library() -> EspeakLibrary:
    """The process's espeak-ng, initialised at the first call (20 to 60 ms). Raises ``BackendUnavailable``."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = EspeakLibrary()
        return _shared
