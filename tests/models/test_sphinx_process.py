"""The recogniser's process: dies, is killed, is left without its engine, and is never missed for long."""

import io
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pocketsphinx")

from models import sphinx_process
from models.ports import MIC_HZ, Audio, Samples, Transcript
from models.sphinx_search import answers, read_frame, write_frame
from models.stt_sphinx import SphinxRecognizer
from states.errors import BackendError, BackendUnavailable

WAIT_S = 30
"""Longest wait for a process's end; only a failing test waits so long."""

ROOT = Path(__file__).resolve().parents[2]
SHORT: Samples = (np.random.default_rng(1).standard_normal(MIC_HZ) * 0.05).astype(np.float32)
LONG: Samples = np.tile(SHORT, 30)

needs_pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="whether a process has ended: Linux only")

ENGINE = """
import sys, numpy as np
from models.ports import Audio
from models.stt_sphinx import SphinxRecognizer
recognizer = SphinxRecognizer()
if sys.argv[1] == "at work":
    stream = recognizer.recognize(Audio(np.ones(480_000, np.float32)))
    while recognizer._process._asking is None:
        next(stream)
print(recognizer._process.pid, flush=True)
input()
"""


@pytest.fixture
def recognizer() -> Iterator[SphinxRecognizer]:
    made = SphinxRecognizer(poll_ms=1)
    yield made
    made.close()


def heard(recognizer: SphinxRecognizer, samples: Samples = SHORT) -> Transcript:
    return list(recognizer.recognize(Audio(samples)))[-1]


def at_work(recognizer: SphinxRecognizer, samples: Samples) -> Any:
    """A call whose sound is being searched."""
    stream: Any = recognizer.recognize(Audio(samples))
    while recognizer._process._asking is None:
        next(stream)
    return stream


def test_one_that_dies_of_a_sound_is_replaced(recognizer: SphinxRecognizer) -> None:
    whole, pid = heard(recognizer), recognizer._process.pid
    stream = at_work(recognizer, LONG)
    os.kill(pid, signal.SIGTERM)
    with pytest.raises(BackendError, match=r"process ended with status -?\d+"):
        list(stream)
    assert heard(recognizer) == whole
    assert recognizer._process.pid != pid


def test_one_that_dies_between_two_sounds_is_replaced(recognizer: SphinxRecognizer) -> None:
    whole = heard(recognizer)
    recognizer._process._child._process.kill()
    recognizer._process._child._process.wait()
    with pytest.raises(BackendError, match="process ended"):
        heard(recognizer)
    assert heard(recognizer) == whole


@pytest.mark.parametrize(("samples", "killed"), [(LONG, True), (LONG[: 2 * MIC_HZ], False)])
def test_a_long_sound_is_not_waited_for_once_it_is_given_up(
    recognizer: SphinxRecognizer, samples: Samples, killed: bool
) -> None:
    whole, pid = heard(recognizer), recognizer._process.pid
    at_work(recognizer, samples).close()
    assert heard(recognizer) == whole
    assert (recognizer._process.pid != pid) == killed


def test_a_call_that_is_over_kills_nobody(recognizer: SphinxRecognizer) -> None:
    pid = recognizer._process.pid
    stream: Any = recognizer.recognize(Audio(LONG[: 4 * MIC_HZ]))
    next(stream)
    other = heard(recognizer)  # waits for the other, whose answer nobody takes
    stream.close()
    assert heard(recognizer) == other
    assert recognizer._process.pid == pid


@needs_pidfd
def test_it_ends_with_its_recogniser(recognizer: SphinxRecognizer) -> None:
    end = os.pidfd_open(recognizer._process.pid)
    recognizer.close()
    assert select.select([end], [], [], WAIT_S)[0]
    os.close(end)
    with pytest.raises(BackendError, match="closed"):
        heard(recognizer)
    forgotten = SphinxRecognizer()
    end = os.pidfd_open(forgotten._process.pid)
    del forgotten
    assert select.select([end], [], [], WAIT_S)[0]
    os.close(end)


@needs_pidfd
@pytest.mark.parametrize("doing", ["nothing", "at work"])
def test_it_ends_with_an_engine_that_is_killed(doing: str) -> None:
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE, doing], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with engine:
        assert engine.stdout is not None
        end = os.pidfd_open(int(engine.stdout.readline()))
        engine.kill()
        assert select.select([end], [], [], WAIT_S)[0]
        os.close(end)


def test_the_terminals_interrupt_is_not_for_it(recognizer: SphinxRecognizer) -> None:
    whole, pid = heard(recognizer), recognizer._process.pid
    if hasattr(os, "getsid"):
        assert os.getsid(pid) == pid
        os.kill(pid, signal.SIGINT)
    assert heard(recognizer) == whole
    assert recognizer._process.pid == pid


@pytest.mark.parametrize("call", ["raise SystemExit(3)", "print('no frame'); raise SystemExit(3)"])
def test_one_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    monkeypatch.setattr(sphinx_process, "_CALL", call)
    with pytest.raises(BackendUnavailable, match="does not start") as caught:
        SphinxRecognizer()
    assert "pip install" in caught.value.remedy


def test_frames_are_whole_or_none() -> None:
    stream = io.BytesIO()
    write_frame(stream, b"")
    write_frame(stream, b"sound")
    written = stream.getvalue()
    whole = io.BytesIO(written)
    assert [read_frame(whole) for _ in range(3)] == [b"", b"sound", None]
    for length in range(5, len(written)):
        cut = io.BytesIO(written[:length])
        assert read_frame(cut) == b""
        assert read_frame(cut) is None


def test_a_search_that_fails_is_an_answer() -> None:
    class Failing:
        def found(self, _name: str, _pcm: bytes) -> None:
            raise RuntimeError("out of memory")

    assert answers(Failing(), b"") == {"failed": "out of memory"}  # type: ignore[arg-type]


def test_the_process_is_small() -> None:
    """It imports nothing but the standard library and pocketsphinx."""
    check = "import models.sphinx_search, sys; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
