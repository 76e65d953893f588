"""Record a session: its models behind recording ones, and the times of its jobs."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.cassette.times import JobTimes
from engine.clock import Clock, VirtualClock
from engine.session import Models
from models.cassette import RecordingLanguageModel, RecordingRecognizer, RecordingSynthesizer, RecordingVad, Tape
from states.errors import IS2SError


@contextmanager
def recording(
    models: Models, folder: Path, clock: Clock, *, source_samples: int | None, warn: Callable[[str], None]
) -> Iterator[tuple[Models, JobTimes | None]]:
    """While inside, keep in ``folder`` what the models given out here answer. Leave it after the session is closed.

    ``source_samples`` is the length of the input, None for a microphone. On a virtual clock no times are kept: there
    the declared latencies, which are among the session's settings, are the times. Raises ``IS2SError`` where the
    folder cannot be written.
    """
    virtual = isinstance(clock, VirtualClock)
    head = {
        "clock": "virtual" if virtual else "monotonic",
        "rate_hz": models.tts.rate_hz,
        "source_samples": source_samples,
        "models": dict(models.names),
    }
    try:
        tape = Tape(folder, head, warn=warn)
    except OSError as error:
        raise IS2SError(f"cannot write a cassette to {folder}: {error.strerror}") from error
    with closing(tape):
        times = None if virtual else JobTimes(clock, lambda record: tape.write_line("jobs.jsonl", record))
        recorded = Models(
            RecordingVad(models.vad, tape),
            RecordingRecognizer(models.stt, tape),
            RecordingLanguageModel(models.llm, tape),
            RecordingSynthesizer(models.tts, tape),
            models.names,
        )
        try:
            yield recorded, times
        finally:
            if times is not None:
                times.close()
