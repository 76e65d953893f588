"""A session as it is live: real time, real threads, an end in every state, and whole files afterwards."""

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.config import build, read_toml
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from engine.interrupt import orderly_interrupt
from engine.replay.scenario import After
from models.ports import MIC_HZ
from states.events import Event, SessionStopped
from states.history import Message
from states.state import State
from states.step import Step
from tests.engine.live_session import Conversation, Say

QUESTION = Say("tell me a story", at_ms=100)
STORY = "Once upon a time there was a very old king who slept. " * 3
ANOTHER = "In a land far away lived a small cat."


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def metrics_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def check_files(conversation: Conversation, folder: Path) -> None:
    """Every file is whole, and the journal gives the same steps and the same history again."""
    session = conversation.session
    log = read_log(folder)
    found = verify(log)
    assert (log.note, found.mismatch, found.lines) == ("", "", len(conversation.steps))
    assert found.history == session.dialogue.history.messages
    assert [line["seq"] for line in log.lines] == list(range(1, found.lines + 1))
    assert log.lines[-1]["on"] == {"type": "session_stopped"}
    assert metrics_of(folder)[-1] == {"event": "counters", "dropped_samples": 0, "refused_samples": refused(session)}
    assert build(read_toml(folder / "config.toml")) == session.config
    assert conversation.warnings == []
    sound, rate_hz = soundfile.read(folder / "conversation.wav", dtype="float32", always_2d=True)
    assert (rate_hz, sound.shape[1]) == (MIC_HZ, 2)
    assert 0 <= session.playout.total_rendered - len(sound) <= 160, "all but the block that was not played to its end"
    for placed in conversation.timeline.placed:
        said = sound[placed.start : placed.start + len(placed.region.samples), 0]
        assert np.abs(said - placed.region.samples[: len(said)]).max(initial=0) < 1e-4, "the user is on the left"


def refused(session: Any) -> int:
    count: int = session.playout.refused_samples
    return count


def test_a_conversation(tmp_path: Path) -> None:
    conversation = Conversation(
        tmp_path,
        [
            QUESTION,
            Say("no another", after=After(reply=1, word=4)),
            Say("mm-hm", after=After(reply=2, word=2)),
        ],
        [STORY, ANOTHER],
    )
    conversation.run()
    assert conversation.path == [
        "listening", "transcribing", "thinking", "speaking", "interrupted", "thinking", "speaking", "idle",
    ]  # fmt: skip
    asked, cut, again, answered = conversation.session.dialogue.history.messages
    assert (asked, again) == (Message("user", "tell me a story"), Message("user", "no another"))
    assert cut.cut
    assert STORY.startswith(cut.text)
    assert 3 <= len(cut.text.split()) < 15, "some words after the fourth"
    assert answered == Message("assistant", ANOTHER)
    assert [step.reason for step in conversation.steps if step.verdict == "dismiss"] == ["backchannel"]
    check_files(conversation, tmp_path)
    sound, _ = soundfile.read(tmp_path / "conversation.wav", dtype="float32")
    rendered = [line for line in metrics_of(tmp_path) if line["event"] == "rendered"]
    spoken = np.zeros(len(sound), bool)
    for line in rendered:
        spoken[line["out_sample"] : line["out_sample"] + line["samples"]] = True
    assert not sound[~spoken, 1].any(), "the loudspeaker is silent but for the replies"
    heard = {n: sum(line["samples"] for line in rendered if line["reply"] == n) for n in (1, 2)}
    assert heard[2] == len(ANOTHER.split()) * 150 * MIC_HZ // 1000, "held and resumed: nothing lost, nothing twice"
    firsts = [line["reply_first_sample"] for line in rendered if line["reply"] == 2]
    assert firsts == sorted(set(firsts))
    assert [line["reply"] for line in metrics_of(tmp_path) if line["event"] == "first_sound"] == [1, 2]


CUTTING_IN = Say("no I want to hear another one and another", after=After(reply=1, word=1))


@pytest.mark.parametrize("state", list(State), ids=lambda state: state.value)
def test_stopped_in_every_state(tmp_path: Path, state: State) -> None:
    def stop(step: Step, _waited_us: int, _took_us: int) -> None:
        if step.dest is state and step.outcome == "moved":
            conversation.session.mailbox.post(SessionStopped())
        if isinstance(step.event, SessionStopped):
            conversation.gate.set()  # whatever the models were waiting for comes too late now

    conversation = Conversation(
        tmp_path,
        [QUESTION, CUTTING_IN],
        [STORY],
        listeners=[stop],
        hears=state is not State.TRANSCRIBING,
        thinks=state is not State.THINKING,
    )
    if state is State.IDLE:
        conversation.session.mailbox.post(SessionStopped())
    conversation.run()
    last = conversation.steps[-1]
    assert isinstance(last.event, SessionStopped)
    assert (last.source, last.dest, last.reason) == (state, State.IDLE, "session_stopped")
    check_files(conversation, tmp_path)


def test_no_tail_is_asked_for(tmp_path: Path) -> None:
    conversation = Conversation(tmp_path, [QUESTION], ["Yes."], settings={"session": {"tail_ms": 0}})
    conversation.run()
    assert conversation.path == ["listening", "transcribing", "thinking", "speaking", "idle"]
    check_files(conversation, tmp_path)


# Ctrl-C.


def test_an_interrupt_is_an_event() -> None:
    posted: list[Event] = []
    with orderly_interrupt(posted.append) as interrupt:
        before = interrupt.came
        signal.raise_signal(signal.SIGINT)
        assert (before, interrupt.came) == (False, True)
        assert posted == [SessionStopped()]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert len(posted) == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None], ids=["ignored", "another's"])
def test_an_interrupt_that_is_not_ours_stays_as_it_is(handler: Any) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        with orderly_interrupt(lambda _: pytest.fail("nobody asked")):
            assert signal.getsignal(signal.SIGINT) is handler
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_the_main_thread_nothing_changes() -> None:
    seen: list[object] = []

    def work() -> None:
        with orderly_interrupt(lambda _: None) as interrupt:
            seen.extend([signal.getsignal(signal.SIGINT), interrupt.came])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler, False]


def test_an_interrupt_in_the_middle_of_a_step_loses_no_line(tmp_path: Path) -> None:
    def dispatching(reply: int) -> None:
        signal.raise_signal(signal.SIGINT)  # after the dialogue decided, before the journal was written
        ducked(reply)

    conversation = Conversation(tmp_path, [QUESTION, CUTTING_IN], [STORY])
    ducked = conversation.session.playout.duck
    conversation.session.playout.duck = dispatching  # type: ignore[method-assign]
    conversation.run()
    assert [step.reason for step in conversation.steps][-2:] == ["onset", "session_stopped"]
    check_files(conversation, tmp_path)


# Trouble.


def test_a_microphone_that_fails_ends_the_session_in_order(tmp_path: Path) -> None:
    conversation = Conversation(tmp_path, [QUESTION], [STORY])
    read = conversation.timeline.read

    def failing(n: int) -> Any:
        if conversation.session.dialogue.state is State.LISTENING:
            raise OSError("unplugged")
        return read(n)

    conversation.timeline.read = failing  # type: ignore[method-assign]
    with pytest.raises(OSError, match="unplugged"):
        conversation.run()
    assert conversation.path == ["listening", "idle"]
    check_files(conversation, tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_disk_is_three_warnings_and_a_whole_conversation(tmp_path: Path) -> None:
    for name in ("transitions.jsonl", "metrics.jsonl", "conversation.wav"):
        (tmp_path / name).symlink_to("/dev/full")
    conversation = Conversation(tmp_path, [QUESTION], ["Yes."])
    conversation.run()
    assert conversation.path == ["listening", "transcribing", "thinking", "speaking", "idle"]
    assert len(conversation.warnings) == 3
    assert all("No space left on device" in warning for warning in conversation.warnings)
