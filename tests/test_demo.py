"""The demonstration, as a newcomer runs it: the same conversation in virtual and in real time."""

import re
import threading
from pathlib import Path

import pytest
import soundfile

from engine.audio.wav_source import WavSource
from engine.backends import choose, release
from engine.clock import MonotonicClock, VirtualClock
from engine.config import build, read_toml
from engine.executor_inline import InlineExecutor
from engine.executor_threads import ThreadExecutor
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from engine.run_real import run_real
from engine.run_virtual import latencies, run_virtual
from engine.session import Session
from states.history import Message
from states.step import Step

DEMO = Path(__file__).resolve().parents[1] / "scenarios" / "demo"
PATH = tuple(read_toml(DEMO / "scenario.toml")["expect"]["path"])


def converse(folder: Path, *, real: bool) -> tuple[list[Step], tuple[Message, ...]]:
    """Hold the demonstration's conversation with the embedded models."""
    config = build(read_toml(DEMO / "run.toml"))
    models = choose(config, pytest.fail)
    steps: list[Step] = []
    source = WavSource.open(DEMO / "user.wav")
    standing = VirtualClock()
    costs = latencies(config.latency)
    session = Session(
        config,
        models,
        folder,
        clock=MonotonicClock() if real else standing,
        executor=lambda mailbox: (
            ThreadExecutor(mailbox.post) if real else InlineExecutor(mailbox.post, standing, costs)
        ),
        warn=pytest.fail,
        listeners=(lambda step, _waited_us, _took_us: steps.append(step),),
    )
    try:
        (run_real if real else run_virtual)(session, source)
    finally:
        session.close()
        release(models)
    return steps, session.dialogue.history.messages


@pytest.mark.slow
@pytest.mark.parametrize("real", [False, True], ids=["virtual", "real"])
def test_the_demonstration(real: bool, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    steps, history = converse(tmp_path, real=real)
    assert tuple(step.dest.value for step in steps if step.outcome == "moved") == PATH
    assert [step.verdict for step in steps if step.verdict not in (None, "undecided")] == [
        "dismiss",
        "dismiss",
        "interrupt",
        "interrupt",
    ]
    counted, answer = history[1].text, history[3].text
    last = re.findall(r"\w+", counted)[-1]
    assert answer == f"The last number I said was {last}.", "the number really heard last"
    assert history[5].cut
    assert history[7].text.startswith("You said: tell me a story")
    found = verify(read_log(tmp_path))
    assert found.mismatch == ""
    assert found.history == history
    sound, _ = soundfile.read(tmp_path / "conversation.wav")
    assert sound.shape[1] == 2
    assert abs(sound).max(axis=0).min() > 0.1, "both sides are heard"
    assert not {thread.name for thread in set(threading.enumerate()) - before}
