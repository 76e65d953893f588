"""What stands in the place of ears in a conversation that is typed."""

from collections.abc import Iterator

from models.ports import Audio, Samples, Transcript


class NoMicrophone:
    """A ``VoiceActivityDetector`` and a ``SpeechRecognizer`` that hear nothing, whatever they are given."""

    def probability(self, frame: Samples) -> float:
        """0: nobody can speak."""
        del frame
        return 0.0

    def reset(self) -> None:
        """Nothing to forget."""

    def recognize(self, audio: Audio) -> Iterator[Transcript]:
        """Understand nothing."""
        del audio
        yield Transcript("")
