"""How the streams of a session are opened: which devices, rates and channels, and whether in one stream or two."""

from collections.abc import Collection
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Final

from engine.audio.portaudio import Device, Kind, choose, devices, portaudio
from engine.audio.settings import AudioSettings
from models.ports import MIC_HZ
from states.errors import AudioDeviceError

KINDS: Final[tuple[Kind, ...]] = ("microphone", "loudspeaker")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a card as it will be opened."""

    device: Device
    rate_hz: int
    channels: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What to open: both sides in one stream (``duplex``), or each that is there in its own.

    ``one_clock``: they are one device, and keep step by themselves.
    """

    microphone: Side | None
    loudspeaker: Side | None
    duplex: bool
    one_clock: bool


def plan(settings: AudioSettings, kinds: Collection[Kind] = KINDS) -> Plan:
    """Choose devices and find what they take. Raises ``AudioDeviceError``: one line."""
    found = devices()
    wanted = {"microphone": settings.input, "loudspeaker": settings.output}
    chosen: dict[Kind, Device] = {}
    for kind in KINDS:
        with nullcontext() if kind in kinds else suppress(AudioDeviceError):
            chosen[kind] = choose(found, kind, wanted[kind])
    one_clock = len({device.index for device in chosen.values()}) < len(chosen)
    if settings.duplex and one_clock and len(kinds) == len(KINDS):
        device = chosen["microphone"]
        for rate_hz in _rates(settings.input_hz or settings.output_hz, device):
            taken, given = (_fit(device, kind, [rate_hz]) for kind in KINDS)
            if taken and given and settings.output_hz in (0, rate_hz):
                return Plan(taken, given, duplex=True, one_clock=True)
    opened = {kind: side(settings, kind, device) for kind, device in chosen.items() if kind in kinds}
    return Plan(opened.get("microphone"), opened.get("loudspeaker"), duplex=False, one_clock=one_clock)


def side(settings: AudioSettings, kind: Kind, device: Device) -> Side:
    """How one device is opened. Raises ``AudioDeviceError`` where it takes nothing of what is tried."""
    wanted_hz = settings.input_hz if kind == "microphone" else settings.output_hz
    rates = _rates(wanted_hz, device)
    found = _fit(device, kind, rates)
    if found is None:
        tried = ", ".join(map(str, rates))
        raise AudioDeviceError(
            f"the {kind} {device.name!r} cannot be opened at {tried} Hz; is another program using it? "
            "is2s devices lists others"
        )
    return found


def _rates(wanted_hz: int, device: Device) -> list[int]:
    """Rates worth trying, the best first."""
    return [wanted_hz] if wanted_hz else list(dict.fromkeys([MIC_HZ, device.rate_hz, 48_000, 44_100]))


def _fit(device: Device, kind: Kind, rates: list[int]) -> Side | None:
    """The first rate and the fewest channels that the device takes."""
    sd = portaudio()
    check: Any = sd.check_input_settings if kind == "microphone" else sd.check_output_settings
    most = device.channels(kind)
    for rate_hz in rates:
        for channels in sorted({1, min(2, most), most}):
            try:
                check(device=device.index, channels=channels, dtype="float32", samplerate=rate_hz)
            except (sd.PortAudioError, ValueError):
                continue
            return Side(device, rate_hz, channels)
    return None
