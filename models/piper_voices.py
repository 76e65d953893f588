"""Where Piper's voices lie, and whether they are whole. Imports neither piper nor onnxruntime until a voice is
loaded.

A voice is two files, ``NAME.onnx`` and ``NAME.onnx.json``. They are looked for in ``models/piper/`` below the current
directory and then in the user's cache folder. A download that broke off leaves a file that exists and is useless, so
a voice counts as there only once its network has loaded.
"""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.piper_durations import with_durations
from models.profiles import setup_command
from models.user_cache import user_cache
from states.errors import BackendUnavailable

if TYPE_CHECKING:
    from piper.config import PiperConfig

DEFAULT_VOICE = "en_GB-alba-medium"
SETUP = setup_command("piper")
"""The command that fetches the default voice."""

INSTALL = "pip install 'is2s[piper]'"

_INPUTS = {"input", "input_lengths", "scales"}


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """A voice's network and its description."""

    model: Path
    config: Path


@dataclass(frozen=True, slots=True)
class LoadedVoice:
    """A voice ready to run. ``session``: an ``onnxruntime.InferenceSession`` that any thread may run.

    ``has_durations``: the session's second output is the number of frames of each phoneme.
    """

    session: Any
    config: "PiperConfig"
    has_durations: bool


def voice_folders() -> tuple[Path, ...]:
    """Where voices are looked for, in order; a folder need not exist."""
    return Path("models") / "piper", user_cache() / "piper"


def find_voice(voice: str = DEFAULT_VOICE) -> VoiceFiles:
    """The files of a voice, given its name or the path of its ``.onnx``. Reads nothing but the folders.

    Raises ``BackendUnavailable`` where a file is missing or empty.
    """
    named = Path(voice).expanduser()
    if named.suffix == ".onnx":
        places, remedy = [named], ""
    else:
        places, remedy = [folder / f"{voice}.onnx" for folder in voice_folders()], setup_command("piper", voice)
    lacking: list[str] = []
    for model in places:
        files = VoiceFiles(model, model.with_name(model.name + ".json"))
        missing = [path for path in (files.model, files.config) if not (path.is_file() and path.stat().st_size)]
        if not missing:
            return files
        lacking.append(str(missing[0]))
    raise BackendUnavailable(
        f"the Piper voice {voice} is not here (looked for {' and '.join(lacking)})", remedy=remedy
    )


def flaw(files: VoiceFiles) -> str:
    """What is wrong with a voice, in a few words, without loading it; empty where it seems whole.

    Reads both files: a tenth of a second for a voice of 63 MB. The network is walked field by field, so one that was
    cut off is told, except between two of its four or five outermost fields.
    """
    try:
        with_durations(files.model.read_bytes())
    except (ValueError, OSError) as error:
        return f"{files.model} is not whole: {error}"
    try:
        whole = isinstance(json.loads(files.config.read_bytes()), dict)
    except (ValueError, OSError):
        whole = False
    return "" if whole else f"{files.config} is not whole"


def load_voice(files: VoiceFiles) -> LoadedVoice:
    """Load a voice on one thread of the processor. Blocks: 30 ms for a tiny voice, seconds for a large one.

    One thread, because on a machine that also recognises and generates more of them were slower, and no spinning,
    because a waiting pool would take the cores of the others. No memory arena: it keeps the peak of the longest
    sentence for good (381 MB against 101 MB after 30 words with a tiny voice); without it a short clause costs the
    same and one of 30 words up to one and a half times as much.
    Raises ``BackendUnavailable`` where piper or onnxruntime is not installed or a file is not whole.
    """
    if find_spec("piper") is None or find_spec("onnxruntime") is None:
        raise BackendUnavailable("piper-tts is not installed", remedy=INSTALL)
    import onnxruntime

    config = _read_config(files.config)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # an ended run is no error of ours to print
    try:
        model, has_durations = with_durations(files.model.read_bytes())
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no public base class
        raise _broken(files.model, error) from error
    if not {entry.name for entry in session.get_inputs()} >= _INPUTS:
        raise BackendUnavailable(f"{files.model} is no Piper voice", remedy=SETUP)
    return LoadedVoice(session, config, has_durations)


def _read_config(path: Path) -> "PiperConfig":
    from piper.config import PiperConfig

    try:
        config = PiperConfig.from_dict(json.loads(path.read_text(encoding="utf-8")))
        if not (config.sample_rate > 0 and config.hop_length > 0 and config.phoneme_id_map):
            raise ValueError("it has no sample rate, hop length or phonemes")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(path, error) from error
    return config


def _broken(path: Path, error: Exception) -> BackendUnavailable:
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return BackendUnavailable(f"{path} is broken, or not whole: {reason}", remedy=SETUP)
