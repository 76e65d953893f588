"""Drive a typed conversation: no device and no microphone, a loudspeaker that plays into nothing, and the loop."""

from threading import Event, Thread

from engine.clock import MonotonicClock
from engine.interrupt import orderly_interrupt
from engine.session import Session
from models.ports import MIC_HZ
from states.events import SessionStopped

BLOCK_SAMPLES = 320
"""20 ms: replies go on and are cut at such steps, a small part of a word."""


def run_text(session: Session) -> None:
    """Run until the session is stopped, by an event or by Ctrl-C, which closes it in order.

    Blocks; the loop runs in the calling thread, the main one where Ctrl-C is to work. A second Ctrl-C breaks in as
    ``KeyboardInterrupt``. An exception of the playing thread is raised here.
    """
    stop = Event()
    faults: list[BaseException] = []

    def play() -> None:
        try:
            _play(session, stop)
        except BaseException as fault:
            faults.append(fault)
            session.mailbox.post(SessionStopped())

    thread = Thread(target=play, name="is2s-player")
    with orderly_interrupt(session.mailbox.post):
        thread.start()
        try:
            session.loop.run()
        finally:
            stop.set()
            thread.join()
    if faults:
        raise faults[0]


def _play(session: Session, stop: Event) -> None:
    clock = session.clock
    assert isinstance(clock, MonotonicClock)
    at_us = clock.now_us()
    while not stop.is_set():
        at_us += BLOCK_SAMPLES * 1_000_000 // MIC_HZ
        clock.sleep_until(at_us)
        session.playout.render(BLOCK_SAMPLES)
