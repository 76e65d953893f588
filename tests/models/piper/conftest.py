"""Voices for the tests of Piper: small ones made here, and the stand-ins where they are."""

from pathlib import Path

import pytest

from models.tts_piper import PiperSynthesizer

# Not from tests.shared_data: a bare ``pytest`` on this folder alone does not know the package ``tests``.
STAND_INS = Path(__file__).resolve().parents[4] / "shared" / "data" / "models" / "piper_standin"


@pytest.fixture(scope="session")
def small_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A voice of some kilobytes."""
    pytest.importorskip("piper")
    pytest.importorskip("onnx")
    from piper_small_voice import write_voice

    return write_voice(tmp_path_factory.mktemp("voice"))


@pytest.fixture(scope="session")
def slow_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A voice that needs seconds for a word, in steps of some milliseconds."""
    pytest.importorskip("piper")
    pytest.importorskip("onnx")
    from piper_small_voice import write_voice

    return write_voice(tmp_path_factory.mktemp("voice"), "slow", labour=400)


@pytest.fixture(scope="session")
def piper(small_voice: Path) -> PiperSynthesizer:
    """A synthesiser with the small voice."""
    return PiperSynthesizer(str(small_voice))


@pytest.fixture(scope="session", params=["rms", "slt"])
def stand_in(request: pytest.FixtureRequest) -> PiperSynthesizer:
    """A synthesiser with a voice that speaks, trained small; the same text gives the same sound."""
    pytest.importorskip("piper")
    path = STAND_INS / f"standin-{request.param}-medium.onnx"
    if not path.is_file():
        pytest.skip("the stand-in voices of ../shared/data are not here")
    return PiperSynthesizer(str(path), noise_scale=0.0, noise_w_scale=0.0)
