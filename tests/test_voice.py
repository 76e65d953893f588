"""The evidence of how speech sounds: of made signals exactly, of people and coughs as measured."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.config import read_toml
from engine.speech.endpointer import Endpointer, EndpointSettings
from engine.speech.voice import FULL_SCALE_DB, VoiceMeter, Witnessed, is_tonal
from models.ports import FRAME_SAMPLES, MIC_HZ, Samples
from models.vad_silero import SileroVad
from states import events as ev

CLIPS = Path(__file__).parents[1] / "scenarios" / "clips"
MS = 32


def tone(pitch_hz: float, frames: int = 2, peak: float = 0.5) -> Samples:
    """A buzz with ten overtones of that pitch."""
    time_s = np.arange(frames * FRAME_SAMPLES) / MIC_HZ
    buzz = sum(np.sin(2 * np.pi * pitch_hz * k * time_s) / k for k in range(1, 11))
    return (peak * buzz / np.max(np.abs(buzz))).astype(np.float32)


def hiss(frames: int, seed: int, power: float = 0.01) -> Samples:
    """White noise of that power."""
    noise = np.random.default_rng(seed).standard_normal(frames * FRAME_SAMPLES)
    return (noise * np.sqrt(power)).astype(np.float32)


def halves(sound: Samples) -> tuple[Samples, Samples]:
    """Two frames."""
    return sound[:FRAME_SAMPLES], sound[FRAME_SAMPLES : 2 * FRAME_SAMPLES]


@pytest.mark.parametrize("pitch_hz", [75, 110, 180, 260, 330, 385])
def test_a_voices_pitch_is_tonal(pitch_hz: float) -> None:
    assert is_tonal(*halves(tone(pitch_hz)))


@pytest.mark.parametrize("pitch_hz", [20, 35, 50])
def test_rumble_below_every_voice_is_not(pitch_hz: float) -> None:
    time_s = np.arange(2 * FRAME_SAMPLES) / MIC_HZ
    assert not is_tonal(*halves(np.sin(2 * np.pi * pitch_hz * time_s).astype(np.float32)))


def test_noise_and_silence_are_not_tonal() -> None:
    assert sum(is_tonal(*halves(hiss(2, seed))) for seed in range(200)) == 0
    silence = np.zeros(FRAME_SAMPLES, np.float32)
    assert not is_tonal(silence, silence)
    assert not is_tonal(silence + 0.5, silence + 0.5)


def fed(meter: VoiceMeter, sound: Samples, *, voiced: bool, probability: float = 1.0) -> None:
    """All frames of a sound, each the same to the detector."""
    for frame in sound.reshape(-1, FRAME_SAMPLES):
        meter.process(frame, probability, voiced=voiced)


def witnessed(meter: VoiceMeter, event: ev.Event | None = None) -> tuple[int, int, int, int]:
    """The four figures on an event."""
    found = meter.witness(event or ev.SpeechContinued(1, 320))
    assert isinstance(found, Witnessed)
    return (found.steady_pct, found.tonal_pct, found.level_db, found.over_floor_db)


def test_the_four_figures_of_a_voice_over_noise() -> None:
    meter = VoiceMeter()
    fed(meter, hiss(40, 1, power=1e-6), voiced=False, probability=0.0)
    fed(meter, tone(150, frames=10), voiced=True, probability=0.97)
    steady_pct, tonal_pct, level_db, over_floor_db = witnessed(meter)
    power_db = 10 * np.log10(np.mean(tone(150, frames=10) ** 2))
    assert steady_pct == 97
    assert tonal_pct >= 90  # the first frame follows noise
    assert level_db == pytest.approx(FULL_SCALE_DB + power_db, abs=1)
    assert over_floor_db == pytest.approx(power_db + 60, abs=2)


def test_short_gaps_are_unsteady_and_pauses_are_not() -> None:
    meter = VoiceMeter()
    fed(meter, tone(150, frames=4), voiced=True)
    fed(meter, hiss(4, 2), voiced=False, probability=0.0)
    assert witnessed(meter)[0] == 100  # it is not known yet whether more will follow
    fed(meter, tone(150, frames=4), voiced=True)
    assert witnessed(meter)[0] == 67
    fed(meter, hiss(8, 3), voiced=False, probability=0.0)
    meter.witness(ev.SpeechPaused(1, 256))
    fed(meter, tone(150, frames=4), voiced=True)
    assert witnessed(meter)[0] == 75


@pytest.mark.parametrize("last", [ev.SpeechEnded(1, 320), ev.SpeechDropped(1, 32)])
def test_the_count_begins_anew_with_each_utterance(last: ev.Event) -> None:
    meter = VoiceMeter()
    fed(meter, tone(150, frames=10, peak=0.9), voiced=True, probability=0.5)
    meter.witness(last)
    assert meter.witness(ev.SpeechPaused(2, 0)) == ev.SpeechPaused(2, 0)  # nothing to tell
    fed(meter, hiss(3, 4), voiced=False, probability=0.0)
    fed(meter, tone(150, frames=2, peak=0.1), voiced=True)
    steady_pct, _, level_db, _ = witnessed(meter)
    assert steady_pct == 100
    assert level_db < FULL_SCALE_DB - 20


def test_other_events_are_passed_on_as_they_are() -> None:
    meter = VoiceMeter()
    fed(meter, tone(150, frames=10), voiced=True)
    for event in (ev.SpeechStarted(1), ev.SpeechResumed(1)):
        assert meter.witness(event) is event


def test_the_floor_follows_noise_up_slowly_and_down_quickly() -> None:
    meter = VoiceMeter()

    def over_floor_db() -> int:
        fed(meter, tone(150, frames=1), voiced=True)
        found = witnessed(meter, ev.SpeechEnded(1, 32))
        return found[3]

    fed(meter, hiss(60, 5, power=1e-6), voiced=False)
    quiet_db = over_floor_db()
    fed(meter, hiss(30, 6, power=1e-4), voiced=False)
    after_a_second_db = over_floor_db()
    fed(meter, hiss(300, 7, power=1e-4), voiced=False)
    noisy_db = over_floor_db()
    fed(meter, hiss(30, 8, power=1e-6), voiced=False)
    assert quiet_db - 5 < after_a_second_db < quiet_db
    assert noisy_db == pytest.approx(quiet_db - 20, abs=2)
    assert over_floor_db() == pytest.approx(quiet_db, abs=2)


def measured(name: str) -> Iterator[Witnessed]:
    """A clip of the bank through Silero, endpointer and meter: every event that carries evidence."""
    sound, _ = soundfile.read(CLIPS / f"{name}.flac", dtype="float32")
    quiet = np.zeros(30 * FRAME_SAMPLES, np.float32)
    stream = np.concatenate((quiet, sound, quiet))
    vad, endpointer, meter = SileroVad(), Endpointer(EndpointSettings()), VoiceMeter()
    for first in range(0, len(stream) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        frame = stream[first : first + FRAME_SAMPLES]
        probability = vad.probability(frame)
        events = endpointer.process(first, probability)
        meter.process(frame, probability, voiced=endpointer.voiced)
        for event in map(meter.witness, events):
            if isinstance(event, Witnessed):
                yield event


def last_of(name: str) -> Witnessed:
    """The evidence at the end of a clip."""
    return list(measured(name))[-1]


PEOPLE = [name for name, label in read_toml(CLIPS / "clips.toml").items() if label["kind"] == "speech"]


def test_nearly_all_voices_of_the_bank_are_steady_and_tonal() -> None:
    found = [last_of(name) for name in PEOPLE if name != "stop_whispered"]
    clear = [event for event in found if event.steady_pct >= 80 and event.tonal_pct >= 40]
    assert len(clear) >= 0.95 * len(found)


@pytest.mark.parametrize("name", ["cough", "throat"])
def test_coughs_are_less_steady_than_nearly_all_voices(name: str) -> None:
    steady = sorted(last_of(person).steady_pct for person in PEOPLE)
    assert last_of(name).steady_pct <= steady[len(steady) // 20]


def test_a_whisper_has_no_pitch() -> None:
    assert last_of("what_time_whispered").tonal_pct < 30
