"""Drive a session in real time with real threads: device, endpointing, one a stage, and the loop in the caller's."""

import threading
from collections.abc import Callable

from engine.audio.file_device import FileDevice, Source
from engine.clock import MonotonicClock
from engine.interrupt import orderly_interrupt
from engine.session import Session
from states.events import SessionStopped
from states.state import State

BLOCK_SAMPLES = 160
"""10 ms, a usual block of a sound card."""


def run_real(session: Session, source: Source) -> None:
    """Run to the end of the source and a quiet tail, or to Ctrl-C, as ``run_threads`` says."""
    run_threads(session, {"device": lambda stop: _pace(session, source, stop)})


def run_threads(session: Session, works: dict[str, Callable[[threading.Event], None]]) -> None:
    """Run until the session is stopped, by an event or by Ctrl-C, which closes it in order.

    Blocks; the loop runs in the calling thread, the main one where Ctrl-C is to work. A second Ctrl-C breaks in as
    ``KeyboardInterrupt``. Endpointing and each of ``works`` get a thread, and the flag that ends them. An exception
    in one of them stops the session and is raised here once all have ended.
    """
    stop = threading.Event()
    faults: list[BaseException] = []

    def guarded(work: Callable[[threading.Event], None]) -> None:
        try:
            work(stop)
        except BaseException as fault:
            faults.append(fault)
            session.mailbox.post(SessionStopped())

    threads = [
        threading.Thread(target=guarded, args=(work,), name=f"is2s-{name}")
        for name, work in {**works, "endpointing": session.endpointing.run}.items()
    ]
    with orderly_interrupt(session.mailbox.post):
        for thread in threads:
            thread.start()
        try:
            session.loop.run()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    if faults:
        raise faults[0]


def _pace(session: Session, source: Source, stop: threading.Event) -> None:
    """Deliver and render a block each block's time; a late block is made up for."""
    clock = session.clock
    assert isinstance(clock, MonotonicClock)
    device = FileDevice(
        source,
        session.capture,
        session.playout,
        session.recorder,
        block_samples=BLOCK_SAMPLES,
        switch=session.switch,
    )
    tail_blocks = session.config.session.tail_ms * 1000 // device.block_us
    start_us = at_us = clock.now_us()
    quiet_blocks = 0
    device.render()
    while not stop.is_set():
        at_us += device.block_us
        clock.sleep_until(at_us)
        device.deliver()
        device.render()
        quiet = source.finished and session.dialogue.state is State.IDLE and session.executor.is_idle()
        quiet_blocks = quiet_blocks + 1 if quiet else 0
        if (quiet and quiet_blocks >= tail_blocks) or at_us - start_us > session.config.session.max_s * 1_000_000:
            session.mailbox.post(SessionStopped())
