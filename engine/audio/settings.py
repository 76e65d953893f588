"""Settings of the sound card."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """Which devices, and how they are opened.

    ``input``, ``output``: a device by name, part of a name, or number as ``is2s devices`` tells; empty: the default.
    ``input_hz``, ``output_hz``: 0: 16 kHz where the card takes it, else the card's own rate.
    ``block_ms``: what the card delivers at once; every reaction waits for the next block.
    ``latency_ms``: what the card should buffer; 0: the least it calls safe. Every stop is heard so much later; less
        breaks up where the processor is busy. Measured through PulseAudio, breaks in two minutes at 30 and 40: none
        and none on a quiet machine, 10 and 6 beside work for one of two cores, 98 and 98 beside more than both; at 0
        there were 11 and 35 long before that. From the user's first sound to the ducked output 76 and 92 ms.
    ``duplex``: microphone and loudspeaker in one stream where they are one device. False, since a stall of Python
        (100 ms, while a recogniser holds its lock) then takes 30 ms of the user's words with it, measured through
        PulseAudio: one stream starts anew as a whole, where in two only the loudspeaker stumbles.
    """

    input: str = ""
    output: str = ""
    input_hz: int = 0
    output_hz: int = 0
    block_ms: int = 10
    latency_ms: int = 30
    duplex: bool = False

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where a value is out of range."""
        for name in ("input_hz", "output_hz"):
            if getattr(self, name) != 0 and not 4_000 <= getattr(self, name) <= 384_000:
                raise ValueError(f"{name} must be 0 or 4000 to 384000, not {getattr(self, name)}")
        if not 2 <= self.block_ms <= 100:
            raise ValueError(f"block_ms must be 2 to 100, not {self.block_ms}")
        if not 0 <= self.latency_ms <= 2_000:
            raise ValueError(f"latency_ms must be 0 to 2000, not {self.latency_ms}")
