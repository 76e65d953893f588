"""A session in the room that keeps, besides its folder, what a measurement needs.

``python -m tests.rig.watched FOLDER [SETTINGS [CANCELLER]]``, settings of the section ``audio`` as TOML. With an echo
canceller's name, or ``none``, the conversation is in the voices of ``voices``, by the usual settings.
``watched.json``: when the session's clock began by the monotonic clock, and every step's time, reply and heard
position. ``replies.npz``: the sound of each reply as it was given to playout.
"""

import json
import signal
import sys
import time
from pathlib import Path

import numpy as np

from engine.clock import MonotonicClock
from engine.config import build, parse_toml
from engine.executor_threads import ThreadExecutor
from engine.run_card import run_card
from engine.session import Models, Session
from models import registry
from models.ports import Samples
from models.vad_energy import EnergyVad
from models.vad_silero import SileroVad
from states.step import Step
from tests.rig.talk import CONFIG
from tests.rig.tones import NoiseSynthesizer, TalkativeModel, ToneRecognizer


def _voices() -> Models:
    from tests.rig.voices import ClipRecognizer, LevelSynthesizer, Reader

    return Models(SileroVad(), ClipRecognizer(), Reader(), LevelSynthesizer())


def main(folder: Path, settings: str = "", canceller: str = "") -> None:
    """Talk until Ctrl-C."""
    config = {} if canceller else parse_toml(CONFIG)
    config.pop("models", None)
    if settings:
        config["audio"] = parse_toml(settings)
    steps: list[dict[str, object]] = []
    replies: dict[int, list[Samples]] = {}

    def watch(step: Step, _waited_us: int, _took_us: int) -> None:
        steps.append(
            {
                "now_us": step.now_us,
                "reply": step.reply,
                "heard": step.heard_samples,
                "source": step.source.value,
                "verdict": step.verdict or "",
                "reason": step.reason,
                "event": type(step.event).__name__,
            }
        )

    def told(text: str) -> None:
        print(text, flush=True)

    before_ns = time.monotonic_ns()
    clock = MonotonicClock()
    session = Session(
        build(config),
        _voices() if canceller else Models(EnergyVad(), ToneRecognizer(), TalkativeModel(), NoiseSynthesizer()),
        folder,
        clock=clock,
        executor=lambda mailbox: ThreadExecutor(mailbox.post),
        warn=told,
        listeners=(watch,),
        canceller=None if canceller in ("", "none") else registry.create("aec", canceller),
    )
    write = session.playout.write

    def kept(reply: int, samples: Samples) -> bool:
        taken = write(reply, samples)
        if taken:
            replies.setdefault(reply, []).append(samples.copy())
        return taken

    session.playout.write = kept  # type: ignore[method-assign]
    try:
        run_card(session, note=told, warn=told)
    finally:
        session.close()
        sound = {str(reply): np.concatenate(parts) for reply, parts in replies.items()}
        np.savez(folder / "replies.npz", **sound)  # type: ignore[arg-type]
        began = {"start_ns": before_ns, "steps": steps}
        (folder / "watched.json").write_text(json.dumps(began), encoding="utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it
    main(Path(sys.argv[1]), *sys.argv[2:])
