"""Silero VAD without torch: the ONNX file of the silero-vad wheel, run by onnxruntime.

Importing ``silero_vad`` imports torch (1.4 s, 220 MB); so the file is found through the import system's
metadata and the package itself is never executed. The network wants 576 samples: the frame's 512 and the
64 before them; its recurrent state goes round from call to call (``silero_vad/utils_vad.py``, OnnxWrapper,
of silero-vad 6.2). Against the torch version the probabilities differ by at most 4e-5.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from models.ports import FRAME_SAMPLES, MIC_HZ, Samples
from states.errors import BackendError, BackendUnavailable

_CONTEXT_SAMPLES = 64


def locate_model() -> Path:
    """The ONNX file inside the installed silero-vad wheel, found without importing the package.

    Raises ``BackendUnavailable`` where the wheel or onnxruntime is missing.
    """
    if find_spec("onnxruntime") is None:
        raise BackendUnavailable("onnxruntime is not installed", remedy="pip install onnxruntime")
    spec = find_spec("silero_vad")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        path = Path(folder) / "data" / "silero_vad.onnx"
        if path.is_file():
            return path
    raise BackendUnavailable("the silero-vad wheel is not installed", remedy="pip install silero-vad")


class SileroVad:
    """A ``VoiceActivityDetector``: 0.12 to 0.25 ms a frame of 32 ms, one thread, no torch. Ready in about 0.15 s.

    One object for each audio stream; not for two threads at a time.
    Raises ``BackendUnavailable`` where the model cannot be found or loaded.
    """

    def __init__(self) -> None:
        path = locate_model()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # One thread that sleeps between frames: a spinning pool would eat the cores that recognition needs.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            remedy = "pip install --force-reinstall --no-deps silero-vad"
            raise BackendUnavailable(f"{path} does not load: {error}", remedy=remedy) from error
        self._run = session.run
        self._input = np.zeros((1, _CONTEXT_SAMPLES + FRAME_SAMPLES), dtype=np.float32)
        self._feed = {
            "input": self._input,
            "state": np.zeros((2, 1, 128), dtype=np.float32),
            "sr": np.array(MIC_HZ, dtype=np.int64),
        }

    def probability(self, frame: Samples) -> float:
        """Probability in [0, 1] that ``frame``, shape (512,) at 16 kHz, holds speech. Blocks for that long.

        Raises ``BackendError`` for another number of samples, or where inference fails.
        """
        if frame.shape != (FRAME_SAMPLES,):
            raise BackendError(f"Silero takes frames of {FRAME_SAMPLES} samples, not {frame.shape}")
        window = self._input[0]
        window[:_CONTEXT_SAMPLES] = window[FRAME_SAMPLES:]
        window[_CONTEXT_SAMPLES:] = frame
        try:
            output, state = self._run(None, self._feed)
        except Exception as error:  # as above
            raise BackendError(f"Silero failed: {error}") from error
        self._feed["state"] = state
        return float(output[0, 0])

    def reset(self) -> None:
        """Forget all earlier frames."""
        self._input.fill(0.0)
        self._feed["state"] = np.zeros((2, 1, 128), dtype=np.float32)
