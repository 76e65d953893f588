"""A session in the room to be watched for hours: ``python -m tests.rig.soaked FOLDER``.

Keeps nothing in memory for it. ``places.jsonl``: for each time the reply was found to go on sounding, the session's
clock, how far the loudspeaker was believed behind what was rendered, and the microphone's samples so far.
The last line of the output tells which threads and how many open files were left once the session was closed.
"""

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from engine.clock import MonotonicClock
from engine.config import build
from engine.echo import choose_canceller
from engine.executor_threads import ThreadExecutor
from engine.run_card import run_card
from engine.session import Models, Session
from models import registry
from models.ports import Samples
from states.step import Step
from tests.rig.long_talk import LastingModel, LengthRecognizer
from tests.rig.tones import NoiseSynthesizer


def opened() -> set[str]:
    """What this process has open, each with its number."""
    found: set[str] = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the folder itself
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
    return found


def main(folder: Path) -> None:
    """Talk until Ctrl-C."""
    with (folder / "places.jsonl").open("w", encoding="utf-8") as places:
        before = opened()
        session = prepared(folder, places)
        try:
            run_card(session, note=told, warn=told)
        finally:
            session.close()
        left = {"threads": [t.name for t in threading.enumerate()], "files": sorted(opened() - before)}
    told(json.dumps(left))


def told(text: str) -> None:
    """At once."""
    print(text, flush=True)


def prepared(folder: Path, places: TextIO) -> Session:
    """The session, with Silero, the default canceller, and whoever takes notes."""
    config = build({})
    taken = 0

    def watch(step: Step, _waited_us: int, _took_us: int) -> None:
        if step.reason == "still_sounding" or (step.reason == "onset" and step.heard_samples):
            behind = session.playout.rendered(step.reply) - step.heard_samples
            places.write(json.dumps({"now_us": step.now_us, "behind": behind, "taken": taken}) + "\n")

    session = Session(
        config,
        Models(registry.create("vad", "silero"), LengthRecognizer(), LastingModel(), NoiseSynthesizer()),
        folder,
        clock=MonotonicClock(),
        executor=lambda mailbox: ThreadExecutor(mailbox.post),
        warn=told,
        listeners=(watch,),
        canceller=choose_canceller(config.echo, {}, audible=True),
    )
    assert session.recorder is not None
    write = session.recorder.write

    def counted(mic: Samples, speaker: Samples) -> None:
        nonlocal taken
        taken += len(mic)
        write(mic, speaker)

    session.recorder.write = counted  # type: ignore[method-assign]
    return session


if __name__ == "__main__":
    main(Path(sys.argv[1]))
