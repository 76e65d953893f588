"""Endpointing at work: with capture, in a thread, and with Silero on people's voices."""

from collections.abc import Callable
from threading import Event as Flag
from threading import Thread

import numpy as np
import pytest

from engine.audio.wav_source import read_audio
from engine.speech.endpointer import EndpointSettings
from engine.stages.capture import Capture
from engine.stages.endpointing import Endpointing
from models.ports import FRAME_SAMPLES, MIC_HZ, Samples
from models.vad_silero import SileroVad
from states.events import Event, SpeechEnded, SpeechStarted, SpeechSustained
from tests.shared_data import SHARED, needs_shared
from tests.test_endpointing import LETTERS, SETTINGS, SILENCE, probabilities


class LoudnessVad:
    """Speech is what is loud: for signals made so."""

    def __init__(self) -> None:
        self.resets = 0

    def probability(self, frame: Samples) -> float:
        return float(np.abs(frame).max() > 0.1)

    def reset(self) -> None:
        self.resets += 1


def loudness(text: str) -> Samples:
    return np.repeat(np.array(probabilities(text), np.float32) - SILENCE, FRAME_SAMPLES)


def assembled(post: Callable[[Event], None], **settings: int) -> tuple[Capture, LoudnessVad, Endpointing]:
    capture, vad = Capture(post=post), LoudnessVad()
    return capture, vad, Endpointing(capture, vad, EndpointSettings(**settings), post=post)


def test_pump_works_off_what_waits() -> None:
    events: list[Event] = []
    capture, vad, endpointing = assembled(events.append)
    capture.push(loudness("s2 v5 s20")[:-100])
    assert endpointing.pump() == 26
    assert endpointing.pump() == 0
    assert endpointing.probability == 0.0
    capture.close()
    assert endpointing.pump() == 1
    assert [LETTERS[type(event)] for event in events] == list("sSpE")
    assert vad.resets == 0


def test_the_end_of_the_microphone_ends_the_utterance() -> None:
    events: list[Event] = []
    capture, vad, endpointing = assembled(events.append)
    capture.push(loudness("v5"))
    capture.close()
    endpointing.pump()
    endpointing.pump()
    loud = (100, 0, 94, 94)  # a constant: steady, without a pitch, at half of full scale
    assert events == [SpeechStarted(1), SpeechSustained(1, 160, *loud), SpeechEnded(1, 160, *loud)]
    assert vad.resets == 1


def test_audio_reaches_from_one_utterance_to_the_end_of_another() -> None:
    capture, _, endpointing = assembled(lambda _: None)
    signal = loudness("s30 v5 s25 v6 s25 v7")
    capture.push(signal)
    endpointing.pump()
    audio = endpointing.audio(2, 1)
    assert audio.first_sample == 30 * FRAME_SAMPLES - MIC_HZ // 2
    end = 66 * FRAME_SAMPLES + MIC_HZ // 5
    assert np.array_equal(audio.samples, signal[audio.first_sample : end])
    assert endpointing.audio(3, 3).samples[-1] == signal[-1] > 0.1
    with pytest.raises(KeyError):
        endpointing.audio(4, 3)


def test_the_live_loop_ends_with_the_microphone() -> None:
    events: list[Event] = []
    capture, _, endpointing = assembled(events.append)
    signal = loudness("s5 v9 s30 v4 s30")
    worker = Thread(target=endpointing.run, args=(Flag(),))
    worker.start()
    for first in range(0, len(signal), 100):
        capture.push(signal[first : first + 100])
    capture.close()
    worker.join()
    assert [LETTERS[type(event)] for event in events] == list("sSpEspE")


def test_the_live_loop_ends_an_utterance_that_starves() -> None:
    events: list[Event] = []
    stop = Flag()

    def post(event: Event) -> None:
        events.append(event)
        if isinstance(event, SpeechEnded):
            stop.set()

    capture, vad, endpointing = assembled(post, starve_ms=3)
    capture.push(loudness("v5"))
    endpointing.run(stop, wait_ms=1)
    assert events[-1] == SpeechEnded(1, 160, 100, 0, 94, 94)
    assert vad.resets == 1


def test_what_the_detector_raises_comes_out() -> None:
    class Broken(LoudnessVad):
        def probability(self, frame: Samples) -> float:
            raise ArithmeticError(len(frame))

    capture = Capture(post=lambda _: None)
    capture.push(loudness("v1"))
    with pytest.raises(ArithmeticError):
        Endpointing(capture, Broken(), SETTINGS, post=lambda _: None).pump()


def loud_part(speech: Samples) -> tuple[int, int]:
    """Label by energy: from the first to the last 30 ms that stay within 30 dB of the loudest 10 ms."""
    window = MIC_HZ // 100
    rows = speech[: len(speech) // window * window].reshape(-1, window)
    power = (rows.astype(np.float64) ** 2).mean(axis=1)
    loud = power > power.max() / 1000
    steady = np.flatnonzero(loud[:-2] & loud[1:-1] & loud[2:])
    return int(steady[0]) * window, int(steady[-1] + 3) * window


VOICES = (
    "speech/realtimestt/LJ001-0002.wav",
    "speech/realtimestt/LJ001-0004.wav",
    "speech/realtimestt/LJ001-0008.wav",
    "speech/arctic_a0024.wav",
    "speech/fsdd/0_george_0.wav",
    "speech/fsdd/1_jackson_1.wav",
    "speech/fsdd/3_nicolas_3.wav",
    "speech/fsdd/9_lucas_2.wav",
    "speech/cards/001.wav",
    "speech/cards/005.wav",
)


@needs_shared
@pytest.mark.parametrize("name", VOICES)
def test_silero_finds_the_speech_of_a_recording(name: str) -> None:
    speech = read_audio(SHARED / name)
    rng = np.random.default_rng(1)
    lead, trail = (rng.normal(0, 1e-4, seconds * MIC_HZ).astype(np.float32) for seconds in (1, 2))
    starts: list[int] = []
    events: list[Event] = []
    capture = Capture(post=events.append)
    endpointing = Endpointing(capture, SileroVad(), SETTINGS, post=events.append)
    signal = np.concatenate((lead, speech, trail))
    for first in range(0, len(signal), FRAME_SAMPLES):
        capture.push(signal[first : first + FRAME_SAMPLES])
        before = len(events)
        endpointing.pump()
        starts += [first for event in events[before:] if isinstance(event, SpeechStarted)]
    assert [LETTERS[type(event)] for event in events][-1] == "E"
    onset, offset = (len(lead) + sample for sample in loud_part(speech))
    assert abs(starts[0] - onset) <= 0.150 * MIC_HZ
    heard = endpointing.audio(len(starts), 1)
    assert heard.first_sample <= onset
    assert heard.first_sample + len(heard.samples) >= offset - 0.050 * MIC_HZ


@needs_shared
@pytest.mark.parametrize("name", ["noise/kitchen.wav"])
def test_silero_hears_no_utterance_in_noise(name: str) -> None:
    events: list[Event] = []
    capture = Capture(post=events.append, queue_s=100)
    capture.push(read_audio(SHARED / name)[: 20 * MIC_HZ])
    capture.close()
    assert Endpointing(capture, SileroVad(), SETTINGS, post=events.append).pump() > 100
    assert not [event for event in events if isinstance(event, SpeechEnded)]
