"""What a display and its keys ask of the body: captions, levels, a switch, and an orderly end."""

import io
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from engine.audio.file_device import FileDevice
from engine.audio.recorder import Recorder
from engine.audio.switch import MicrophoneSwitch
from engine.audio.wav_source import WavSource
from engine.interrupt import orderly_interrupt
from engine.speech.endpointer import EndpointSettings
from engine.stages.capture import Capture
from engine.stages.endpointing import Endpointing
from engine.stages.playout import Playout
from engine.stages.transcription import assess, transcribe
from engine.terminal.face import controls_of
from engine.terminal.live import LiveFace
from engine.terminal.view import View
from models.no_microphone import NoMicrophone
from models.ports import FRAME_SAMPLES, Audio, Samples, Transcript
from states.events import (
    Event,
    MicrophoneMuted,
    SessionStopped,
    SpeechEnded,
    SpeechStarted,
    SpeechSustained,
    UtteranceTranscribed,
)
from states.state import State
from states.step import Step
from tests.engine.live_session import Conversation, Say


class Improving:
    """Hears better and better."""

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        del audio
        for text in ("what", "what is", "what is it"):
            yield Transcript(text, 80)


def test_captions_come_before_the_words() -> None:
    seen: list[object] = []
    sound = Audio(np.zeros(FRAME_SAMPLES, np.float32))

    def caption(utterance: int, text: str) -> None:
        seen.append((utterance, text))

    for event in transcribe(sound, Improving(), utterance=3, voiced_ms=500, caption=caption):
        if event is not None:
            seen.append(type(event))
    assert seen == [(3, "what"), (3, "what is"), (3, "what is it"), UtteranceTranscribed]
    seen.clear()
    list(assess(sound, Improving(), utterance=4, voiced_ms=500, ended=False, caption=caption))
    assert seen[-1] == (4, "what is it")


class Loud(NoMicrophone):
    """Takes everything but silence for speech."""

    def probability(self, frame: Samples) -> float:
        return float(frame.any())


def muted() -> Step:
    return Step(0, 0, MicrophoneMuted(), State.LISTENING, State.LISTENING, "stayed", "muted", 0, 0, 0, 0)


def test_muting_ends_an_utterance_there_and_then(tmp_path: Path) -> None:
    events: list[Event] = []
    capture = Capture(post=events.append)
    endpointing = Endpointing(capture, Loud(), EndpointSettings(silence_ms=30_000), post=events.append)
    switch = MicrophoneSwitch(post=events.append, cut_off=endpointing.cut_off)
    recorder = Recorder(tmp_path / "c.wav", warn=pytest.fail)
    playout = Playout(post=events.append)
    source = WavSource(np.full(100 * FRAME_SAMPLES, 0.5, np.float32))
    device = FileDevice(source, capture, playout, recorder, block_samples=FRAME_SAMPLES, switch=switch)

    def moments(count: int) -> list[Event]:
        for _ in range(count):
            device.render()
            device.deliver()
            endpointing.pump()
        done, events[:] = list(events), []
        return done

    assert [type(event) for event in moments(10)][:2] == [SpeechStarted, SpeechSustained]
    switch.turn(False)
    assert events == [MicrophoneMuted()]
    switch(muted(), 0, 0)  # as the loop tells it
    switched, ended = moments(1)
    assert switched == MicrophoneMuted()
    assert isinstance(ended, SpeechEnded)
    assert ended.voiced_ms == 320
    assert moments(10) == [], "nothing is heard"
    switch.turn(True)
    assert SpeechStarted(2, 352) in moments(3), "a new utterance, not the old one"
    recorder.close()
    sound = np.fromfile(tmp_path / "c.wav", dtype="<i2", offset=44).reshape(-1, 2)[:, 0]
    assert not sound[10 * FRAME_SAMPLES : 21 * FRAME_SAMPLES].any(), "nor recorded"
    assert sound[: 10 * FRAME_SAMPLES].all()


def test_muting_in_mid_speech_in_a_live_session(tmp_path: Path) -> None:
    def mute(step: Step, _waited_us: int, _took_us: int) -> None:
        if isinstance(step.event, SpeechSustained):
            talk.session.switch.turn(False)

    talk = Conversation(
        tmp_path,
        [Say("tell me all about lighthouses", at_ms=200)],
        ["No."],
        settings={"endpointing": {"silence_ms": 20_000, "max_utterance_ms": 25_000}},
        listeners=(mute,),
    )
    talk.run()
    assert talk.path[:3] == ["listening", "transcribing", "thinking"]
    ended = next(step for step in talk.steps if isinstance(step.event, SpeechEnded))
    assert ended.now_us < 5_000_000, "not after the twenty seconds that a pause may last"
    assert talk.warnings == []


class Snag(io.StringIO):
    """A terminal that fails in the middle of the picture."""

    def write(self, text: str) -> int:
        if "[speaking]" in text:
            raise RuntimeError("no such glyph")
        return super().write(text)


def test_a_conversation_goes_on_without_its_view(tmp_path: Path) -> None:
    screen = Snag()
    console = Console(file=screen, force_terminal=True, width=90, height=24, _environ={})
    view = View(console)
    talk = Conversation(tmp_path, [Say("tell me", at_ms=100)], ["One two three four five."], listeners=(view,))
    with view.showing(talk.session, controls_of(talk.session)):
        talk.run()
    assert talk.path == ["listening", "transcribing", "thinking", "speaking", "idle"]
    written = screen.getvalue()
    after = written.rpartition("\x1b[?1049l")[2]
    assert written.count("\x1b[?1049l") == 1
    assert "the view has ended, the conversation goes on: RuntimeError: no such glyph" in after
    assert "One two three four five." in after


def test_news_of_a_device_is_told_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    screen = io.StringIO()
    face = LiveFace(Console(file=screen, force_terminal=True, width=90, height=24, _environ={}))
    face.note("sphinx is taken")
    assert capsys.readouterr().err == "is2s: sphinx is taken\n"

    def lose(step: Step, _waited_us: int, _took_us: int) -> None:
        if isinstance(step.event, SpeechSustained):
            face.note("the loudspeaker is gone")

    talk = Conversation(tmp_path, [Say("tell me", at_ms=100)], ["One two."], listeners=(*face.listeners, lose))
    with face.attending(talk.session):
        talk.run()
    shown, _, after = screen.getvalue().rpartition("\x1b[?1049l")
    assert "sphinx is taken" in shown
    assert "the loudspeaker is gone" in after
    assert "sphinx is taken" not in after, "it stands on the screen already"
    assert capsys.readouterr().err == ""


def test_meters_go_on_where_recording_has_ended(tmp_path: Path) -> None:
    warnings: list[str] = []
    recorder = Recorder(tmp_path / "missing" / "c.wav", warn=warnings.append, live=True)
    assert not recorder.recording
    block = np.full(4, 0.25, np.float32)
    recorder.write(block, 2 * block)
    microphone, loudspeaker = recorder.latest
    assert microphone is not block, "a device may use its block again"
    assert (microphone[0], loudspeaker[0]) == (0.25, 0.5)
    recorder.close()


@pytest.mark.skipif(os.name != "posix", reason="Windows knows no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_asked_to_end(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    posted: list[Event] = []
    default = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    signal.signal(number, default)
    try:
        with orderly_interrupt(posted.append) as interrupt:
            assert not interrupt.came
            os.kill(os.getpid(), number)
            assert interrupt.came
            assert posted == [SessionStopped()]
            assert signal.getsignal(number) is default, "a second one is not held up"
        assert signal.getsignal(number) is default
        signal.signal(number, signal.SIG_IGN)
        with orderly_interrupt(posted.append):
            assert signal.getsignal(number) is signal.SIG_IGN, "nohup stays nohup"
    finally:
        signal.signal(number, before)


def test_elsewhere_than_in_the_main_thread_signals_are_left_alone() -> None:
    found: list[object] = []

    def inside() -> None:
        with orderly_interrupt(lambda _: None):
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found == [before]


def test_nobody_is_heard_without_a_microphone() -> None:
    ears = NoMicrophone()
    assert ears.probability(np.ones(FRAME_SAMPLES, np.float32)) == 0.0
    ears.reset()
    assert list(ears.recognize(Audio(np.ones(FRAME_SAMPLES, np.float32)))) == [Transcript("")]
