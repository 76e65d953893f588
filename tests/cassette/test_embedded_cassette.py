"""The embedded models, recorded from the command line and replayed without them."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import soundfile

from tests.engine.command import Call

DEMO = Path(__file__).resolve().parents[2] / "scenarios" / "demo" / "user.wav"

CUT_S = 9
"""A question, its answer, a cough and an "mm-hm" during it."""

MISSING = [name for name in ("pocketsphinx", "espeakng_loader", "silero_vad") if find_spec(name) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_embedded_models_replay_to_the_byte(is2s: Call, tmp_path: Path) -> None:
    sound, rate_hz = soundfile.read(DEMO, dtype="int16")
    soundfile.write("user.wav", sound[: CUT_S * rate_hz], rate_hz, subtype="PCM_16")
    models = ("--vad", "silero", "--stt", "sphinx", "--llm", "companion", "--tts", "espeak")
    held = is2s("run", "--input", "user.wav", "--fast", "--record", "--output", "talk", "-q", *models)
    assert (held.status, held.err) == (0, "")
    assert is2s("replay", "talk", "--output", "again").status == 0
    journals = [(tmp_path / name / "transitions.jsonl").read_bytes() for name in ("talk", "again/talk")]
    assert journals[0] == journals[1]
    assert b'"text.said":"count to twenty"' in journals[0]
    size = sum(path.stat().st_size for path in (tmp_path / "talk" / "cassette").iterdir())
    assert size < 40_000 * CUT_S, "no more than the microphone's own samples, and a little"
    assert is2s("scenario", "new", "talk").status == 0
    assert is2s("replay", "scenarios").status == 0
