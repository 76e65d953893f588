"""One fake for three roles: it gives what it has, and tells whether it was closed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.ports import MIC_HZ, Audio, SpeechChunk, Transcript
from states.history import Message


@dataclass
class Speaker:
    """A language model, recogniser or synthesiser that gives what it has, and tells whether it was closed."""

    pieces: Sequence[object]
    rate_hz: int = MIC_HZ
    given: int = 0
    closed: int = 0
    asked: list[object] = field(default_factory=list)

    def _give(self, asked: object) -> Iterator[object]:
        self.asked.append(asked)
        try:
            for piece in self.pieces:
                self.given += 1
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed += 1

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        return self._give(messages)  # type: ignore[return-value]

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        return self._give(audio)  # type: ignore[return-value]

    def synthesize(self, text: str) -> Iterator[SpeechChunk]:
        return self._give(text)  # type: ignore[return-value]
