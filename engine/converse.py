"""A conversation from beginning to end: the session set up, driven by what there is, shown by a face, and closed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from engine.audio.wav_source import WavSource
from engine.backends import release
from engine.cassette.recording import recording
from engine.cassette.times import JobTimes
from engine.clock import Clock, MonotonicClock, VirtualClock
from engine.config import Config
from engine.executor_inline import InlineExecutor
from engine.executor_threads import ThreadExecutor
from engine.interrupt import orderly_interrupt
from engine.mailbox import Mailbox
from engine.run_card import run_card
from engine.run_real import run_real
from engine.run_text import run_text
from engine.run_virtual import latencies, run_virtual
from engine.session import Models, Session
from engine.terminal.face import Face
from engine.work import Executor


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is to be held. ``source`` plays the microphone; None: the sound card does.

    In a ``text`` conversation there is neither, nor any sound. ``virtual``: as fast as it goes, on a virtual clock.
    ``record``: keep what the models answer, in ``cassette``.
    """

    config: Config
    models: Models
    folder: Path
    source: WavSource | None
    text: bool = False
    virtual: bool = False
    record: bool = False


def converse(conversation: Conversation, face: Face) -> None:
    """Hold it to its end and close it, whatever happens. Blocks; to be called in the main thread for Ctrl-C.

    Its models are released with it. Raises ``KeyboardInterrupt`` where Ctrl-C ended a conversation on a virtual
    clock, or came a second time.
    """
    clock: Clock = VirtualClock() if conversation.virtual else MonotonicClock()
    with ExitStack() as last:
        last.callback(release, conversation.models)
        times = None
        if conversation.record:
            source = conversation.source
            tape = recording(
                conversation.models,
                conversation.folder / "cassette",
                clock,
                source_samples=None if source is None else source.length,
                warn=face.warn,
            )
            models, times = last.enter_context(tape)
            conversation = replace(conversation, models=models)
        session = _session(conversation, face, clock, times)
        last.callback(session.close)
        interrupt = last.enter_context(orderly_interrupt(session.mailbox.post))
        last.enter_context(face.attending(session))
        _drive(session, conversation, face)
    if conversation.virtual and interrupt.came:
        raise KeyboardInterrupt


def _session(conversation: Conversation, face: Face, clock: Clock, times: JobTimes | None) -> Session:
    return Session(
        conversation.config,
        conversation.models,
        conversation.folder,
        clock=clock,
        executor=_executor(conversation.config, clock, times),
        warn=face.warn,
        listeners=face.listeners,
        caption=face.caption,
        sound=not conversation.text,
    )


def _executor(config: Config, clock: Clock, times: JobTimes | None) -> Callable[[Mailbox], Executor]:
    if isinstance(clock, VirtualClock):
        costs = latencies(config.latency)
        return lambda mailbox: InlineExecutor(mailbox.post, clock, costs)
    return lambda mailbox: ThreadExecutor(mailbox.post, times)


def _drive(session: Session, conversation: Conversation, face: Face) -> None:
    source = conversation.source
    if conversation.text:
        run_text(session)
    elif source is None:
        run_card(session, note=face.note, warn=face.warn)
    elif conversation.virtual:
        run_virtual(session, source)
    else:
        run_real(session, source)
