"""The import rules, read from the source: who may know what."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("engine", "states", "models")

HEAVY = {
    "onnxruntime",
    "torch",
    "silero_vad",
    "pocketsphinx",
    "espeakng_loader",
    "faster_whisper",
    "ollama",
    "piper",
    "huggingface_hub",
    "livekit",
} | {
    "ctranslate2",
    "pywhispercpp",
}
"""Model libraries: only adapters may import them."""

TIME_FILES = {"engine/clock.py"}
"""The only files that may import ``time``: everything else is told the time."""

THREAD_FILES = {
    "engine/executor_threads.py",
    "engine/line_file.py",
    "engine/run_real.py",
    "engine/run_card.py",
    "engine/audio/sound_card.py",
    "engine/run_text.py",
    "engine/terminal/keys_windows.py",
    "engine/terminal/reading.py",
    "engine/terminal/telling.py",
    "engine/terminal/turns.py",
    "engine/terminal/view.py",
    "engine/terminal/words.py",
    "engine/stages/capture.py",
    "engine/stages/endpointing.py",
    "engine/audio/recorder.py",
    "models/sphinx_process.py",
    "models/tts_espeak_library.py",
    "models/tts_piper.py",
}
"""The only files that may import ``threading``."""

MAX_LINES = 300


def sources() -> list[Path]:
    """Every module of the project."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    """Full names of all modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module in PACKAGES}
    return found


def tops(path: Path) -> set[str]:
    """The top-level packages among them."""
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_import_rules(path: Path) -> None:
    name, top = path.relative_to(ROOT).as_posix(), tops(path)
    if name.startswith("states/"):
        strangers = top - set(sys.stdlib_module_names) - {"transitions", "states"}
        assert not strangers, "the mind knows the standard library and transitions only"
        impure = top & {"time", "threading", "asyncio", "socket", "subprocess", "random", "logging", "io", "os"}
        assert not impure, "the mind touches nothing outside itself"
    if name.startswith("models/"):
        assert "engine" not in top, "an adapter knows no engine"
        assert not imports(path) & {"states.dialogue", "states.table", "states.commands"}, "nor the machine"
    else:
        assert not top & HEAVY, "model libraries belong in models/"
    if name not in TIME_FILES:
        assert "time" not in top, "the time is a parameter"
    if name not in THREAD_FILES:
        assert "threading" not in top, "threads belong to the executor and the devices"
    if not name.startswith("engine/audio/"):
        assert "sounddevice" not in top, "sound cards belong in engine/audio"
    assert "torch" not in top, "torch is never on the live path"
    if name.startswith("engine/stages/"):
        assert not imports(path) & {"states.dialogue", "engine.session", "engine.loop"}, "a stage knows no session"


def test_only_loop_calls_the_dialogue() -> None:
    callers = {p.relative_to(ROOT).as_posix() for p in sources() if ".handle(" in p.read_text(encoding="utf-8")}
    assert callers - {"states/dialogue.py"} == {
        "engine/loop.py",
        "engine/inspect/verify.py",
        "engine/resume.py",
        "engine/whatif/blame.py",
    }


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_top_level_is_the_architecture() -> None:
    assert all((ROOT / name).is_dir() for name in ("engine", "states", "models", "scenarios", "tests"))
    stages = {path.stem for path in (ROOT / "engine" / "stages").glob("*.py")} - {"__init__"}
    assert stages == {
        "capture",
        "endpointing",
        "transcription",
        "generation",
        "sentences",
        "synthesis",
        "playout",
    }
