"""A sound card made of files: one side is fed to the microphone, the other is what the loudspeaker renders.

Block ``k`` of the microphone and block ``k`` of the loudspeaker belong to the same moment. The loudspeaker's is
rendered when that moment begins and the microphone's is delivered when it ends, as with a real card, so that no
reaction can come before its cause.
"""

from typing import Protocol

import numpy as np

from engine.audio.recorder import Recorder
from engine.audio.switch import MicrophoneSwitch
from engine.stages.capture import Capture
from engine.stages.playout import Playout
from models.ports import MIC_HZ, Samples


class Source(Protocol):
    """What the microphone hears."""

    def read(self, n: int) -> Samples:
        """The next ``n`` samples at ``MIC_HZ``, shape (n,); zeros after the end."""

    @property
    def finished(self) -> bool:
        """True once only zeros follow."""


class EchoSource(Source, Protocol):
    """A source that also hears the loudspeaker."""

    def hear(self, rendered: Samples) -> None:
        """Take the block that the loudspeaker renders now; called before the ``read`` of the same moment."""


class FileDevice:
    """Moves blocks between source, capture, playout and recorder. One thread."""

    def __init__(
        self,
        source: Source,
        capture: Capture,
        playout: Playout,
        recorder: Recorder | None,
        *,
        block_samples: int,
        switch: MicrophoneSwitch | None = None,
    ) -> None:
        self._source = source
        self._hear = getattr(source, "hear", None)
        self._capture = capture
        self._playout = playout
        self._recorder = recorder
        self._switch = switch
        self._block = block_samples
        self._rendered: Samples = np.zeros(block_samples, dtype=np.float32)

    @property
    def block_us(self) -> int:
        """How long a block lasts."""
        return self._block * 1_000_000 // MIC_HZ

    def render(self) -> None:
        """A moment begins: render its block of the loudspeaker."""
        self._rendered = self._playout.render(self._block)
        if self._hear is not None:
            self._hear(self._rendered)

    def deliver(self) -> None:
        """The moment ends: deliver its block of the microphone."""
        mic = self._source.read(self._block)
        if self._switch is not None:
            mic = self._switch.through(mic)
        self._capture.push(mic, self._rendered)
        if self._recorder is not None:
            self._recorder.write(mic, self._rendered)
