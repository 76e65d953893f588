"""Conversations through a real sound system: PortAudio, ALSA and PulseAudio, without a card."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from models.ports import MIC_HZ, Samples
from tests.rig.match import WINDOW, matches
from tests.rig.pulse import WAIT_S, Rig
from tests.rig.recording import Recording
from tests.rig.talk import Talk
from tests.rig.tones import noise, spoken


def silence(ms: int) -> Samples:
    """A room's, at -71 dB: a microphone of nothing but zeros teaches an echo canceller nothing."""
    return np.random.default_rng(ms).uniform(-5e-4, 5e-4, ms * MIC_HZ // 1000).astype(np.float32)


def wav(folder: Path, *parts: Samples) -> Path:
    path = folder / "said.wav"
    soundfile.write(path, np.concatenate(parts), MIC_HZ)
    return path


def checked(session: Path) -> list[str]:
    """The files of a session are whole, its journal re-executes; the states that were entered."""
    log = read_log(session)
    assert verify(log).mismatch == ""
    return [line["dest"] for line in log.lines if line["outcome"] == "moved"]


def test_a_conversation(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """The user says hello, and what comes back is in the room and in the history."""
    session = talk()
    session.until("microphone", "loudspeaker")
    recording = Recording(rig.env)
    with rig.say(wav(tmp_path, silence(300), spoken("hello there"), silence(300))):
        pass
    session.until("reply_finished")
    assert session.stop() == 0
    loudspeaker, mouth = recording.stop()
    assert checked(session.session) == ["listening", "transcribing", "thinking", "speaking", "idle"]
    assert "Hello yourself." in "".join(session.out)
    assert np.abs(mouth).max() > 0.3
    assert np.abs(loudspeaker).max() > 0.15
    metrics = [json.loads(line) for line in (session.session / "metrics.jsonl").read_text().splitlines()]
    assert next(line for line in metrics if line["event"] == "card")["blocks"] > 50


def test_a_barge_in(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """The sound stops, nothing of the reply sounds after that, and no word is claimed that was not in the room."""
    session = talk()
    session.until("microphone", "loudspeaker")
    recording = Recording(rig.env)
    with rig.say(wav(tmp_path, silence(300), spoken("go on"), silence(300))):
        session.until("first_sample")
    with rig.say(wav(tmp_path, silence(1500), spoken("what now"), silence(300))):
        session.until("INTERRUPT")
    session.until("first_sample")
    assert session.stop() == 0
    loudspeaker, _ = recording.stop()
    checked(session.session)
    lines = read_log(session.session).lines
    cut = next(line for line in lines if "interrupt" in line.get("verdict", ""))
    chunks = [line["on"] for line in lines if line["on"]["type"] == "chunk_synthesized"]
    written = sum(chunk["samples"] for chunk in chunks if chunk["reply"] == cut["reply"])
    metrics = [json.loads(line) for line in (session.session / "metrics.jsonl").read_text().splitlines()]
    rendered = [line for line in metrics if line["event"] == "rendered" and line["reply"] == cut["reply"]]
    handed = sum(line["samples"] for line in rendered)
    reply = np.concatenate([noise(word) for word in range(1, 60)])[:written]
    heard = matches(loudspeaker, reply[:handed])
    assert not matches(loudspeaker, reply[handed:])
    last = max(match.said for match in heard) + WINDOW
    assert cut["heard_samples"] <= last + WINDOW  # the fade of 20 ms is too soft to be found
    assert rendered[-1]["gain_pct"][1] == 0
    assert [match.said for match in heard] == sorted(match.said for match in heard)


def test_a_card_that_goes_and_comes_back(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """Both sides are lost with the daemon and found again; the conversation goes on and its history is whole."""
    session = talk()
    session.until("microphone", "loudspeaker")
    with rig.say(wav(tmp_path, silence(300), spoken("hello there"), silence(300))):
        session.until("reply_finished")
    rig.kill()
    session.until("loudspeaker", "gone")
    rig.start()
    session.until("loudspeaker", "back")
    with rig.say(wav(tmp_path, silence(300), spoken("hello there"), silence(300))):
        session.until("reply_finished")
    assert session.stop() == 0
    checked(session.session)
    events = [line["on"]["type"] for line in read_log(session.session).lines]
    assert {events.count("device_lost"), events.count("device_restored")} == {2}
    assert "".join(session.out).count("Hello yourself.") == 2


def test_a_card_that_goes_in_mid_reply(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """The reply waits where it was and goes on when the card is back; the user can still cut in."""
    session = talk()
    session.until("microphone", "loudspeaker")
    with rig.say(wav(tmp_path, silence(300), spoken("go on"), silence(1500))):
        session.until("first_sample")
    rig.kill()
    session.until("loudspeaker", "gone")
    rig.start()
    session.until("loudspeaker", "back")
    recording = Recording(rig.env)
    with rig.say(wav(tmp_path, silence(1000), spoken("what now"), silence(300))):
        session.until("INTERRUPT")
    assert session.stop() == 0
    loudspeaker, _ = recording.stop()
    checked(session.session)
    lost = next(line for line in read_log(session.session).lines if line["on"]["type"] == "device_lost")
    found = matches(loudspeaker, np.concatenate([noise(word) for word in range(1, 200)]))
    assert found[0].said >= lost["heard_samples"] - WINDOW
    assert [match.said for match in found] == sorted(match.said for match in found)


def test_a_card_of_other_rates(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """Both sides resampled; the words are still understood and the answer is heard to its end."""
    session = talk("--set", "audio.input_hz=44100", "--set", "audio.output_hz=48000")
    session.until("44100 Hz", "48000 Hz")
    with rig.say(wav(tmp_path, silence(300), spoken("hello there"), silence(300))):
        session.until("reply_finished")
    assert session.stop() == 0
    checked(session.session)
    assert "hello there" in "".join(session.out)


def test_one_stream_for_both(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    session = talk("--set", "audio.duplex=true", "--set", "audio.latency_ms=60")
    session.until("microphone", "loudspeaker")
    with rig.say(wav(tmp_path, silence(300), spoken("hello there"), silence(300))):
        session.until("reply_finished")
    assert session.stop() == 0
    checked(session.session)


def test_without_a_sound_system(rig: Rig, talk: Callable[..., Talk]) -> None:
    rig.kill()
    session = talk()
    assert session.process.wait(WAIT_S) == 1
    session.until("there is no microphone", "is2s devices", "--input FILE")
    assert not session.session.exists()


def test_a_microphone_that_goes_in_mid_word(rig: Rig, talk: Callable[..., Talk], tmp_path: Path) -> None:
    """The utterance ends where it broke off, instead of hanging until the card is back."""
    session = talk()
    session.until("microphone", "loudspeaker")
    with rig.say(wav(tmp_path, silence(300), *[spoken("go on what now")] * 20)):
        session.until("idle -> listening")
        rig.kill()
        session.until("listening ->")  # to be recognised, or dropped where the daemon fell at once
    assert session.stop() == 0
    assert checked(session.session)[1] in ("transcribing", "idle")
