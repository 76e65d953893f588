"""Hardware that can be plugged in and pulled out: stands in for the package ``sounddevice`` in tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np


class PortAudioError(Exception):
    """As the real one."""


class CallbackAbort(Exception):
    """As the real one."""


@dataclass
class Card:
    """A device: what it has and takes."""

    name: str
    inputs: int = 0
    outputs: int = 0
    rates: tuple[int, ...] = (16_000, 48_000)
    host: int = 0
    busy: bool = False

    @property
    def entry(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "hostapi": self.host,
            "max_input_channels": self.inputs,
            "max_output_channels": self.outputs,
            "default_samplerate": float(self.rates[-1]),
        }


@dataclass
class Hardware:
    """What is plugged in (``cards``) and what PortAudio saw when it last looked (``seen``)."""

    cards: list[Card]
    seen: list[Card] = field(default_factory=list)
    open: list["Stream"] = field(default_factory=list)
    looks: int = 0
    default: Any = field(default_factory=lambda: SimpleNamespace(device=(0, 0)))

    PortAudioError = PortAudioError
    CallbackAbort = CallbackAbort

    def __post_init__(self) -> None:
        self.seen = list(self.cards)

    # What sounddevice is asked.

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        ins = next((i for i, card in enumerate(self.seen) if card.inputs), -1)
        outs = next((i for i, card in enumerate(self.seen) if card.outputs), -1)
        names = ("ALSA", "OSS")
        return tuple({"name": name, "default_input_device": ins, "default_output_device": outs} for name in names)

    def query_devices(self) -> list[dict[str, Any]]:
        return [card.entry for card in self.seen]

    def check_input_settings(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        self._check(self.seen[device], channels, self.seen[device].inputs, dtype, samplerate)

    def check_output_settings(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        self._check(self.seen[device], channels, self.seen[device].outputs, dtype, samplerate)

    def _check(self, card: Card, channels: int, has: int, dtype: str, samplerate: int) -> None:
        assert dtype == "float32"
        if channels > has or samplerate not in card.rates or card.busy or card not in self.cards:
            raise PortAudioError(f"{card.name} does not take {channels} channels at {samplerate}")

    def _terminate(self) -> None:
        for stream in list(self.open):
            stream.close()

    def _initialize(self) -> None:
        self.looks += 1
        self.seen = list(self.cards)

    def InputStream(self, **options: Any) -> "Stream":  # noqa: N802
        return Stream(self, [self.seen[options["device"]]], ("in",), options)

    def OutputStream(self, **options: Any) -> "Stream":  # noqa: N802
        return Stream(self, [self.seen[options["device"]]], ("out",), options)

    def Stream(self, **options: Any) -> "Stream":  # noqa: N802
        return Stream(self, [self.seen[index] for index in options["device"]], ("in", "out"), options)

    # What happens to it.

    def pull(self, card: Card) -> None:
        """Pull a card out: its streams end."""
        self.cards.remove(card)
        for stream in [stream for stream in self.open if card in stream.cards]:
            stream.options["finished_callback"]()

    def tick(self, now_s: float) -> None:
        """Every open stream calls back once."""
        for stream in list(self.open):
            stream.call(now_s)


class Stream:
    """A stream that calls back when it is told to."""

    def __init__(
        self, hardware: Hardware, cards: list[Card], sides: tuple[str, ...], options: dict[str, Any]
    ) -> None:
        if any(card not in hardware.cards for card in cards):
            raise PortAudioError("Device unavailable")
        self.hardware, self.cards, self.sides, self.options = hardware, cards, sides, options
        self.latency: Any = (0.02, 0.03) if len(sides) == 2 else 0.02

    def start(self) -> None:
        self.hardware.open.append(self)

    def call(self, now_s: float) -> None:
        frames = self.options["blocksize"]
        channels = self.options["channels"] if len(self.sides) == 2 else (self.options["channels"],)
        blocks = [np.zeros((frames, count), np.float32) for count in channels]
        times = SimpleNamespace(currentTime=now_s, inputBufferAdcTime=now_s - 0.02, outputBufferDacTime=now_s + 0.03)
        callback: Callable[..., None] = self.options["callback"]
        try:
            callback(*blocks, frames, times, None)
        except CallbackAbort:
            self.options["finished_callback"]()

    def close(self, ignore_errors: bool = True) -> None:
        assert ignore_errors
        if self in self.hardware.open:
            self.hardware.open.remove(self)
