"""Drive a session on a virtual clock: one thread, as fast as it goes, the same every time."""

from engine.audio.file_device import FileDevice, Source
from engine.clock import VirtualClock
from engine.config import LatencySettings
from engine.executor_inline import InlineExecutor, Latency
from engine.session import Session
from models.ports import FRAME_SAMPLES
from states.errors import IS2SError
from states.events import SessionStopped
from states.state import State


def latencies(settings: LatencySettings, factor: float = 1.0) -> dict[str, Latency]:
    """Declared costs by stage, all multiplied by ``factor``."""

    def cost(first_ms: int, each_ms: int = 0) -> Latency:
        return Latency(int(first_ms * 1000 * factor), int(each_ms * 1000 * factor))

    return {
        "transcription": cost(settings.transcription_ms),
        "assessment": cost(settings.assessment_ms),
        "generation": cost(settings.generation_first_ms, settings.generation_piece_ms),
        "synthesis": cost(settings.synthesis_ms),
    }


def run_virtual(session: Session, source: Source) -> None:
    """Run to the end of the source and a quiet tail. The session must have a virtual clock and inline workers.

    Within one moment: workers and deadlines that are due, the microphone's block, its events, the next block of the
    loudspeaker. Raises ``IS2SError`` where the session does not come to an end within ``session.max_s``.
    """
    clock, executor, loop = session.clock, session.executor, session.loop
    assert isinstance(clock, VirtualClock)
    assert isinstance(executor, InlineExecutor)
    device = FileDevice(
        source,
        session.capture,
        session.playout,
        session.recorder,
        block_samples=FRAME_SAMPLES,
        switch=session.switch,
    )
    tail_blocks = session.config.session.tail_ms * 1000 // device.block_us
    max_us = session.config.session.max_s * 1_000_000
    quiet_blocks = 0
    at_us = 0
    device.render()
    while not loop.stopped:
        at_us += device.block_us
        _work_until(at_us, clock, executor, session)
        device.deliver()
        session.endpointing.pump()
        loop.pump()
        device.render()
        loop.pump()
        quiet = source.finished and session.dialogue.state is State.IDLE and executor.is_idle()
        quiet_blocks = quiet_blocks + 1 if quiet else 0
        if quiet_blocks > tail_blocks:
            session.mailbox.post(SessionStopped())
            loop.pump()
        elif at_us > max_us:
            raise IS2SError(f"the session did not end within {session.config.session.max_s} s")


def _work_until(at_us: int, clock: VirtualClock, executor: InlineExecutor, session: Session) -> None:
    """Let workers and deadlines have their turns, in the order of their times."""
    loop = session.loop
    while True:
        work_us, deadline_us = executor.next_due_us(), loop.next_due_us()
        due = [due_us for due_us in (work_us, deadline_us) if due_us is not None]
        if not due or min(due) > at_us:
            break
        clock.advance_to(min(due))
        if work_us is not None and work_us == min(due):
            executor.run_due()
        else:
            loop.fire_due()
        loop.pump()
    clock.advance_to(at_us)
