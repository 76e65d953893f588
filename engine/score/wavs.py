"""Scores of any engine from its output alone, beside the labels of its input.

With a control the reply is followed to the sample (``trace.py``). Without, there is only the level: the assistant
has stopped where it is silent for 200 ms, whatever it says afterwards, which is tau-voice's rule; and it has turned
itself down where 100 ms in a row are 12 dB below what it was in the second before. A reply that ends by itself just
then looks like one that yielded, so let the assistant talk long.
"""

from collections.abc import Sequence

import numpy as np

from engine.score.classes import HOLD_WINDOW_MS, SILENT_TICK_MS, YIELD_WINDOW_MS
from engine.score.floor import VOID_MS, FloorScore, outcome
from engine.score.gate import gate_above, heard_runs
from engine.score.labels import Label, Session
from engine.score.scoring import Scored
from engine.score.trace import DUCKED_DB, trace
from engine.score.turns import GhostScore, TurnScore
from models.ports import MIC_HZ, Samples

_PER_MS = MIC_HZ // 1000
_BLOCK = 10 * _PER_MS
_LOW_BLOCKS = 10
_BEFORE_BLOCKS = 100


def score_session(session: Session) -> list[Scored]:
    """A score for every label."""
    gate = gate_above(session.out[: 50 * _PER_MS])  # the assistant has said nothing in the first 50 ms
    return [
        Scored(
            f"{session.name}-{number}", label.event.name, label.event.group, session.name, session.name, label.origin,
            None, None, _score(session, label, gate),
        )
        for number, label in enumerate(session.labels)
    ]  # fmt: skip


def _score(session: Session, label: Label, gate: float) -> FloorScore | TurnScore | GhostScore:
    if label.event.expected == "turn":
        following = [other.onset for other in session.labels if other.onset >= label.end]
        return _turn(session.out, label, min(following, default=len(session.out)), gate)
    if label.event.expected == "nothing":
        runs = heard_runs(session.out, gate, bridge=MIC_HZ)
        spoke_up = sum(label.onset <= first < label.end for first, _ in runs)
        return GhostScore(spoke_up, (label.end - label.onset) / MIC_HZ)
    return floor_by_level(session.out, label, gate) if session.control is None else _followed(session, label, gate)


def floor_by_level(out: Samples, label: Label, gate: float) -> FloorScore:
    """From the level alone."""
    reach, tick = VOID_MS * _PER_MS, SILENT_TICK_MS * _PER_MS
    runs = heard_runs(out, gate, bridge=tick - 1)
    here = next(((a, b) for a, b in runs if a <= label.onset - reach and b > label.onset), None)
    if here is None:
        return FloorScore(void="not speaking")
    silent = here[1] if here[1] + tick <= len(out) else -1
    window_ms = YIELD_WINDOW_MS if label.event.expected == "yield" else HOLD_WINDOW_MS
    since = label.take_over if label.event.expected == "yield" else label.onset
    stopped = 0 <= silent <= since + window_ms * _PER_MS
    right = stopped if label.event.expected == "yield" else not stopped
    low = _turned_down(out, label.onset)
    reacted = min((place for place in (low, silent) if place >= 0), default=-1)
    return FloorScore(
        reacted_ms=_ms(reacted, label.onset),
        silenced_ms=_ms(silent, label.take_over),
        kept=not stopped,
        right=right,
        right_tau=right,
        spoken_s=(here[1] - here[0]) / MIC_HZ,
    )


def _followed(session: Session, label: Label, gate: float) -> FloorScore:
    control = session.control
    assert control is not None
    reach = VOID_MS * _PER_MS
    if not any(a <= label.take_over - reach and b >= label.take_over + reach for a, b in heard_runs(control, gate)):
        return FloorScore(void="not speaking")
    found = trace(session.out, control, max(0, label.onset - reach))
    right, right_tau = outcome(label.event, found, label.onset, label.take_over)
    return FloorScore(
        reacted_ms=_ms(found.reacted, label.onset),
        silenced_ms=_ms(found.silenced, label.take_over),
        kept=found.given_up < 0,
        right=right,
        right_tau=right_tau,
        resumed_ms=_ms(found.full_again, label.end),
        pauses=len(found.pauses),
        lost=sum(pause.lost for pause in found.pauses),
        repeated=sum(pause.repeated for pause in found.pauses),
        turned_down_s=found.turned_down / MIC_HZ,
        spoken_s=found.spoken / MIC_HZ,
    )


def _turn(out: Samples, label: Label, until: int, gate: float) -> TurnScore:
    """The first sound after the turn's onset, unless it comes only after the next event."""
    begun = [first for first, _ in heard_runs(out, gate) if label.onset <= first < until]
    first = begun[0] if begun else -1
    return TurnScore(_ms(first, label.end), 0 <= first < label.end, first >= 0)


def _turned_down(out: Samples, onset: int) -> int:
    """First sample after the onset from which ten blocks in a row are low against the second before; -1: none."""
    first = onset // _BLOCK
    blocks = out[: len(out) // _BLOCK * _BLOCK].reshape(-1, _BLOCK).astype(np.float64)
    level = np.sqrt(np.mean(blocks**2, axis=1))
    before = level[max(0, first - _BEFORE_BLOCKS) : first]
    if not len(before):
        return -1
    low = level[first:] <= 10 ** (DUCKED_DB / 20) * float(np.percentile(before, 90))
    for place in range(len(low) - _LOW_BLOCKS + 1):
        if low[place : place + _LOW_BLOCKS].all():
            return (first + place) * _BLOCK
    return -1


def _ms(sample: int, since: int) -> float | None:
    return None if sample < 0 else round((sample - since) * 1000 / MIC_HZ, 2)


def score_sessions(sessions: Sequence[Session]) -> list[Scored]:
    """Scores of all."""
    return [scored for session in sessions for scored in score_session(session)]
