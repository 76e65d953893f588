"""A conversation from beginning to end: the session set up, driven by what there is, shown by a face, and closed."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from engine.audio.echo_path import EchoingSource
from engine.audio.file_device import Source
from engine.audio.wav_source import WavSource
from engine.backends import release
from engine.cassette.recording import recording
from engine.cassette.times import JobTimes
from engine.clock import Clock, MonotonicClock, VirtualClock
from engine.config import Config
from engine.diagnostics import diagnostics
from engine.earlier import NOTHING_EARLIER, Earlier
from engine.echo import choose_canceller
from engine.executor_inline import InlineExecutor
from engine.executor_threads import ThreadExecutor
from engine.interrupt import orderly_interrupt
from engine.mailbox import Mailbox
from engine.run_card import run_card
from engine.run_real import run_real
from engine.run_text import run_text
from engine.run_virtual import latencies, run_virtual
from engine.session import Models, Session
from engine.session_folder import make_folder
from engine.terminal.face import Face
from engine.work import Executor
from models.ports import EchoCanceller


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is to be held. ``source`` plays the microphone; None: the sound card does. ``folder`` is made for it.

    In a ``text`` conversation there is neither, nor any sound. ``virtual``: as fast as it goes, on a virtual clock.
    ``record``: keep what the models answer, in ``cassette``. ``earlier``: the session that it goes on from.
    """

    config: Config
    models: Models
    folder: Path
    source: WavSource | None
    text: bool = False
    virtual: bool = False
    record: bool = False
    earlier: Earlier = NOTHING_EARLIER


def converse(conversation: Conversation, face: Face) -> None:
    """Hold it to its end and close it, whatever happens. Blocks; to be called in the main thread for Ctrl-C.

    Its models are released with it. Raises ``KeyboardInterrupt`` where Ctrl-C ended a conversation on a virtual
    clock, or came a second time.
    """
    clock: Clock = VirtualClock() if conversation.virtual else MonotonicClock()
    with ExitStack() as last:
        last.callback(release, conversation.models)
        source, canceller = _microphone(conversation)
        make_folder(conversation.folder)  # only now, so that a missing canceller or room leaves no empty folder
        last.enter_context(diagnostics(conversation.folder))
        times = None
        if conversation.record:
            given = conversation.source
            tape = recording(
                conversation.models,
                conversation.folder / "cassette",
                clock,
                source_samples=None if given is None else given.length,
                warn=face.warn,
            )
            models, times = last.enter_context(tape)
            conversation = replace(conversation, models=models)
        session = _session(conversation, face, clock, times, canceller)
        last.callback(session.close)
        interrupt = last.enter_context(orderly_interrupt(session.mailbox.post))
        last.enter_context(face.attending(session))
        _drive(session, conversation, source, face)
    if conversation.virtual and interrupt.came:
        raise KeyboardInterrupt


def _microphone(conversation: Conversation) -> tuple[Source | None, EchoCanceller | None]:
    """What plays the microphone, a simulated echo in it where one is asked for, and what takes that out again."""
    echo, source = conversation.config.echo, conversation.source
    if conversation.text:
        return None, None
    audible = source is None or echo.simulated is not None  # a sound card stands in a room
    canceller = choose_canceller(echo, conversation.config.options, audible=audible)
    if source is None or echo.simulated is None:
        return source, canceller
    return EchoingSource(source, echo.simulated), canceller


def _session(
    conversation: Conversation, face: Face, clock: Clock, times: JobTimes | None, canceller: EchoCanceller | None
) -> Session:
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
        canceller=canceller,
        earlier=conversation.earlier,
    )


def _executor(config: Config, clock: Clock, times: JobTimes | None) -> Callable[[Mailbox], Executor]:
    if isinstance(clock, VirtualClock):
        costs = latencies(config.latency)
        return lambda mailbox: InlineExecutor(mailbox.post, clock, costs)
    return lambda mailbox: ThreadExecutor(mailbox.post, times)


def _drive(session: Session, conversation: Conversation, source: Source | None, face: Face) -> None:
    if conversation.text:
        run_text(session)
    elif source is None:
        run_card(session, note=face.note, warn=face.warn)
    elif conversation.virtual:
        run_virtual(session, source)
    else:
        run_real(session, source)
