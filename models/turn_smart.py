"""Smart Turn: whether the user's turn is over, by its sound, from a small network by path.

Version 3 listens to the last eight seconds, with silence put before what is shorter, brought to mean zero and
variance one: Whisper's log-mel spectrogram of that, shape (1, 80, 800). It answers with one probability
(``pipecat-ai/smart-turn``, BSD-2). The file ``smart-turn-v3.2-cpu.onnx`` comes with the package pipecat-ai, which is
looked into but never imported. On synthetic voices of espeak its answers say nothing.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from models.log_mel import STEP_SAMPLES, log_mel
from models.ports import MIC_HZ, Audio
from states.errors import BackendError, BackendUnavailable

LISTENED_SAMPLES = 8 * MIC_HZ
INPUT = "input_features"
REMEDY = "pip install --no-deps pipecat-ai"


def locate_model() -> Path:
    """The file inside the installed pipecat-ai, found without importing it. Raises ``BackendUnavailable``."""
    spec = find_spec("pipecat")
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        for path in sorted(Path(folder).glob("audio/turn/smart_turn/data/smart-turn-v3*-cpu.onnx"), reverse=True):
            return path
    raise BackendUnavailable("no Smart Turn model is here; options.smart.model is its path", remedy=REMEDY)


class SmartTurn:
    """A ``TurnEndDetector``: some 50 ms a call on one core, 25 MB. Ready in 0.1 s. Any thread, one at a time.

    ``model``: path of the ONNX file, else that of the package pipecat-ai. Raises ``BackendUnavailable`` where it
    is missing, does not load, or is another kind of network.
    """

    def __init__(self, *, model: str = "") -> None:
        path = Path(model) if model else locate_model()
        if not path.is_file():
            raise BackendUnavailable(f"there is no Smart Turn model at {path}", remedy=REMEDY)
        if find_spec("onnxruntime") is None:
            raise BackendUnavailable("onnxruntime is not installed", remedy="pip install onnxruntime")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            raise BackendUnavailable(f"{path} does not load: {error}", remedy=REMEDY) from error
        names = [each.name for each in session.get_inputs()]
        if names != [INPUT]:
            raise BackendUnavailable(f"{path} is no Smart Turn model: its inputs are {names}", remedy=REMEDY)
        self._run = session.run

    def final_pct(self, audio: Audio) -> int:
        """How likely the turn is over after this sound, 0 to 100. Raises ``BackendError`` where inference fails."""
        samples = audio.samples[-LISTENED_SAMPLES:].astype(np.float32)
        if not len(samples):
            return 0
        padded = np.pad(samples, (LISTENED_SAMPLES - len(samples), 0))
        padded = (padded - padded.mean()) / np.sqrt(padded.var() + 1e-7)
        features = log_mel(padded)[None, :, : LISTENED_SAMPLES // STEP_SAMPLES]
        try:
            (answer,) = self._run(None, {INPUT: features})
        except Exception as error:  # as above
            raise BackendError(f"Smart Turn failed: {error}") from error
        return round(100 * float(np.clip(np.asarray(answer).reshape(-1)[0], 0.0, 1.0)))
