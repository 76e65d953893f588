"""Drive a session through the sound card, in real time, until it is stopped."""

import sys
from collections.abc import Callable
from threading import Event as Flag

from engine.audio.card_path import CardPath
from engine.audio.card_plan import Plan, Side
from engine.audio.portaudio import Kind
from engine.audio.sound_card import SoundCard
from engine.clock import MonotonicClock
from engine.run_real import run_threads
from engine.session import Session
from states.events import DeviceLost, DeviceRestored
from states.state import State

PUMP_WAIT_S = 0.1

SWITCH_S = 0.001
"""How long a thread may keep the interpreter while another waits for it; 5 ms otherwise. The audio callback has a
block's time for all it does, and waits once or twice for its turn. A library that does not let go is not helped."""


def run_card(session: Session, *, note: Callable[[str], None], warn: Callable[[str], None]) -> None:
    """Talk until the session is stopped, by Ctrl-C or otherwise. Blocks, as ``run_threads`` does.

    ``note`` is told what was opened, ``warn`` what was lost and came back, and at the end what went wrong.
    Raises ``AudioDeviceError`` where there is no card to begin with.
    """

    def tell(kind: Kind, back: bool) -> None:
        session.mailbox.post(DeviceRestored(kind) if back else DeviceLost(kind))
        warn(f"the {kind} is back" if back else f"the {kind} is gone; trying to get it back")

    path = CardPath(
        session.capture,
        session.playout,
        session.recorder,
        now_us=session.clock.now_us,
        switch=session.switch,
    )
    card = SoundCard(
        path,
        session.config.audio,
        now_us=session.clock.now_us,
        tell=tell,
        sounding=lambda: session.dialogue.state is State.SPEAKING,
    )
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        note(described(card.open(), card))
        run_threads(session, {"audio": lambda stop: _pump(path, stop), "device": card.watch})
        _fade(session, card)
    finally:
        sys.setswitchinterval(usual_s)
        card.close()
        path.pump()
        _account(session, path, card, warn)


def described(plan: Plan, card: SoundCard) -> str:
    """What was opened, in a line."""
    sides: list[tuple[Kind, Side | None]] = [("microphone", plan.microphone), ("loudspeaker", plan.loudspeaker)]
    return "; ".join(
        f"{kind} {side.device.name!r} at {side.rate_hz} Hz, {card.latency_ms[kind]:.0f} ms"
        for kind, side in sides
        if side is not None
    )


def _pump(path: CardPath, stop: Flag) -> None:
    while not stop.is_set():
        path.pump(PUMP_WAIT_S)


def _fade(session: Session, card: SoundCard) -> None:
    """Let what was cut off by the end fade out in the room; closing the card would cut it off with a click."""
    clock = session.clock
    assert isinstance(clock, MonotonicClock)
    last_ms = session.config.playout.fade_ms + session.config.audio.block_ms + card.latency_ms.get("loudspeaker", 0)
    clock.sleep_until(clock.now_us() + round(1000 * last_ms))


def _account(session: Session, path: CardPath, card: SoundCard, warn: Callable[[str], None]) -> None:
    """Leave in the metrics what the card did, and tell it where it was not as it should be."""
    health = card.health
    session.metrics.card(
        blocks=health.blocks,
        under_runs=health.under_runs,
        over_runs=health.over_runs,
        longest_gap_us=health.longest_gap_us,
        losses=card.losses,
        drift_ppm=round(path.drift.ppm, 1),
        leaps=path.alignment.leaps,
    )
    if health.under_runs:
        warn(f"the loudspeaker broke up {health.under_runs} times; more latency helps: --set audio.latency_ms=100")
    if health.over_runs:
        warn(f"the microphone lost sound {health.over_runs} times; longer blocks help: --set audio.block_ms=30")
