"""The sound card: which devices are taken, and what happens when they go and come."""

import sys
from collections.abc import Iterator

import pytest

from engine.audio.card_path import CardPath
from engine.audio.card_plan import plan
from engine.audio.portaudio import choose, devices
from engine.audio.portaudio_ready import install_command
from engine.audio.settings import AudioSettings
from engine.audio.sound_card import SoundCard
from engine.stages.capture import Capture
from engine.stages.playout import Playout
from states.errors import AudioDeviceError
from tests.fake_portaudio import Card, Hardware

BUILT_IN = Card("Built-in Audio: analog", 2, 2)
HEADSET = Card("USB Headset: audio", 1, 2, (44_100, 48_000))
CAMERA = Card("USB Camera: audio", 1, 0, (48_000,))


@pytest.fixture
def hardware(monkeypatch: pytest.MonkeyPatch) -> Hardware:
    found = Hardware([BUILT_IN, HEADSET, CAMERA])
    monkeypatch.setitem(sys.modules, "sounddevice", found)
    return found


@pytest.mark.usefixtures("hardware")
@pytest.mark.parametrize(
    ("wanted", "name"),
    [("", BUILT_IN.name), ("2", CAMERA.name), ("headset", HEADSET.name), ("USB Camera: audio", CAMERA.name)],
)
def test_a_device_is_meant_by_name_part_or_number(wanted: str, name: str) -> None:
    assert choose(devices(), "microphone", wanted).name == name


@pytest.mark.usefixtures("hardware")
@pytest.mark.parametrize(
    ("kind", "wanted", "told"),
    [
        ("microphone", "usb", "may be any of these: 1 'USB Headset: audio', 2 'USB Camera: audio'"),
        ("loudspeaker", "camera", "no loudspeaker is called 'camera'; there are: 0 'Built-in"),
        ("loudspeaker", "7", "no loudspeaker is called '7'"),
    ],
)
def test_an_unclear_choice_is_told_with_what_there_is(kind: str, wanted: str, told: str) -> None:
    with pytest.raises(AudioDeviceError) as error:
        choose(devices(), kind, wanted)  # type: ignore[arg-type]
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_one_card_by_several_interfaces_is_the_default_ones(hardware: Hardware) -> None:
    hardware.seen.append(Card(HEADSET.name, 1, 2, host=1))
    assert choose(devices(), "microphone", "headset").host == "ALSA"


def test_no_card_at_all(hardware: Hardware) -> None:
    hardware.seen.clear()
    with pytest.raises(AudioDeviceError, match=r"no microphone: is2s devices .* --input FILE"):
        plan(AudioSettings())


def test_without_portaudio_the_mending_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(AudioDeviceError) as error:
        devices()
    assert install_command() in str(error.value)
    assert "--input FILE" in str(error.value)


@pytest.mark.usefixtures("hardware")
def test_what_the_cards_take() -> None:
    found = plan(AudioSettings(output="headset"))
    assert found.microphone is not None
    assert found.loudspeaker is not None
    assert (found.microphone.rate_hz, found.microphone.channels) == (16_000, 1)
    assert (found.loudspeaker.rate_hz, found.loudspeaker.channels) == (48_000, 1)
    assert not found.one_clock
    one = plan(AudioSettings(duplex=True))
    assert (one.duplex, one.one_clock) == (True, True)
    HEADSET.busy = True
    try:
        with pytest.raises(AudioDeviceError, match="another program"):
            plan(AudioSettings(output="headset"))
    finally:
        HEADSET.busy = False


class Watched:
    """A card that is watched step by step: it waits on this object, and each wait is a turn of the script."""

    def __init__(self, hardware: Hardware, settings: AudioSettings) -> None:
        self.hardware = hardware
        self.now_us = 0
        self.sounding = False
        self.told: list[tuple[str, bool]] = []
        self.waits: list[float] = []
        capture, playout = Capture(post=lambda _: None), Playout(post=lambda _: None)
        self.playout = playout
        self.path = CardPath(capture, playout, None, now_us=lambda: self.now_us)
        self.card = SoundCard(
            self.path,
            settings,
            now_us=lambda: self.now_us,
            tell=lambda kind, back: self.told.append((kind, back)),
            sounding=lambda: self.sounding,
        )
        self.card.open()
        self.script: Iterator[None] = iter(())

    def run(self, script: Iterator[None]) -> None:
        self.script = script
        self.card.watch(self)  # type: ignore[arg-type]

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        for _ in range(round(seconds * 100)):
            self.now_us += 10_000
            self.hardware.tick(self.now_us / 1e6)
        self.path.pump()
        try:
            next(self.script)
        except StopIteration:
            return True
        return False


def test_a_card_that_is_pulled_out_and_plugged_in_again(hardware: Hardware) -> None:
    """The microphone alone is lost; while a reply sounds the loudspeaker is not disturbed by looking for it."""
    room = Watched(hardware, AudioSettings(input="camera", output="built-in"))
    rendered = []

    def script() -> Iterator[None]:
        yield
        room.sounding = True
        hardware.pull(CAMERA)
        for _ in range(4):
            yield
        assert room.told == [("microphone", False)]
        assert hardware.looks == 0
        assert len(hardware.open) == 1
        rendered.append(room.playout.total_rendered)
        hardware.cards.append(CAMERA)
        room.sounding = False
        yield
        yield
        rendered.append(room.playout.total_rendered)

    room.run(script())
    assert room.told == [("microphone", False), ("microphone", True)]
    assert hardware.looks == 1
    assert len(hardware.open) == 2
    assert rendered[1] > rendered[0]
    assert room.waits[2:6] == [0.25, 0.5, 1.0, 2.0]


def test_both_sides_lost_and_found(hardware: Hardware) -> None:
    room = Watched(hardware, AudioSettings(duplex=True))
    before = []

    def script() -> Iterator[None]:
        yield
        before.append(room.playout.total_rendered)
        hardware.pull(BUILT_IN)
        hardware.cards.remove(HEADSET)
        hardware.cards.remove(CAMERA)
        yield
        yield
        assert room.told == [("microphone", False), ("loudspeaker", False)]
        hardware.cards[:] = [BUILT_IN]
        yield
        yield

    room.run(script())
    assert room.told[2:] == [("microphone", True), ("loudspeaker", True)]
    assert room.playout.total_rendered > before[0]


def test_a_card_that_falls_silent_is_lost(hardware: Hardware) -> None:
    room = Watched(hardware, AudioSettings(duplex=True))

    def script() -> Iterator[None]:
        yield
        hardware.open.clear()
        for _ in range(30):
            yield
            if room.told:
                return

    room.run(script())
    assert room.told[:2] == [("microphone", False), ("loudspeaker", False)]


def test_our_own_fault_in_a_callback_ends_the_session(hardware: Hardware) -> None:
    room = Watched(hardware, AudioSettings())

    def broken(_count: int) -> None:
        raise ArithmeticError

    def script() -> Iterator[None]:
        yield
        room.path._loudspeaker._render = broken  # type: ignore[assignment]
        yield
        yield

    with pytest.raises(ArithmeticError):
        room.run(script())


@pytest.mark.parametrize("wrong", [{"block_ms": 1}, {"latency_ms": -1}, {"input_hz": 100}, {"output_hz": 500_000}])
def test_settings_out_of_range(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        AudioSettings(**wrong)
