"""What became of a reply, told from the output by laying the undisturbed reply beside it.

The same reply, with nothing at the microphone, is the control: until the engine reacts, the output is the control to
the sample; where it is turned down their ratio is the gain; where it is held and goes on, it is the control again,
later; and where it never comes back, it was given up. So nothing is asked of the engine's own account.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.score.gate import GATE, Mask
from models.ports import MIC_HZ, Samples

DUCKED_DB, FULL_DB = -12.0, -2.0
SILENT_DB = -30.0
_STEP = 1.5 / 32768
_INFORMATIVE = 0.006
"""Samples of the control below this (-44 dB) tell nothing about the gain."""
_STEADY = 20 * MIC_HZ // 1000
_NEEDED = _STEADY // 10
_GAP = 10 * MIC_HZ // 1000
_NOTHING = 1e-6
_SNIPPET = 200 * MIC_HZ // 1000
_FADE_IN = 20 * MIC_HZ // 1000
_REACH = MIC_HZ // 2
_UNSEEN = 2
"""The last steps of a fade, at a gain of nothing or nearly: said, and never seen."""
_SAME = 0.9
"""Correlation from which what is heard after a silence is the same reply going on."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence of the reply's, after which it went on. ``lost``, ``repeated``: samples of it, in its own count.

    ``shift``: how far it lies behind the control from then on, in samples.
    """

    first: int
    end: int
    lost: int
    repeated: int
    shift: int


@dataclass(frozen=True, slots=True)
class Trace:
    """``reacted``: first sample at ``DUCKED_DB`` or below; ``silenced``: first silent one; -1: never.

    ``given_up``: where the reply fell silent for good, and ``said_until``: how far in the control it had come;
    -1 where it was still going on at the end. ``turned_down``: samples at or below ``DUCKED_DB`` or silent while it
    was still to be said, ``spoken``: all of its time. ``full_again``: first sample from which it is at full level,
    -1 where it never was turned down, or never again full.
    """

    reacted: int
    silenced: int
    given_up: int
    said_until: int
    pauses: tuple[Pause, ...]
    turned_down: int
    spoken: int
    full_again: int


def trace(out: Samples, control: Samples, since: int = 0, shift: int = 0) -> Trace:
    """Follow the reply through ``out`` from sample ``since``, where it lies ``shift`` samples behind the control."""
    aligned = np.zeros(len(out), dtype=np.float32)
    at, pauses, undisturbed = since, list[Pause](), _shifted(control, shift, len(out))
    silenced = given_up = said_until = -1
    while True:
        stretch = _shifted(control, shift, len(out))
        aligned[at:] = stretch[at:]
        silent = _first(out, stretch, at, SILENT_DB)
        if silent < 0:
            break
        silenced = silent if silenced < 0 else silenced
        faded, heard_again = _gap(out, silent)
        found = _goes_on(out, control, heard_again, faded - shift)
        aligned[silent : len(out) if found is None else found[0]] = 0
        if found is None:
            given_up, said_until = silent, faded - shift
            break
        first, shift_then = found
        pauses.append(_pause(control, silent, faded - shift, first, shift_then))
        shift, at = shift_then, first
    reacted = _first(out, np.where(aligned == 0, undisturbed, aligned), since, DUCKED_DB)
    low = _low(out, aligned, since)
    held = sum(pause.end - pause.first for pause in pauses)
    spoken = int(np.count_nonzero(_blocks(np.abs(aligned[since:])).max(axis=1) > GATE)) * _BLOCK + held
    return Trace(
        reacted, silenced, given_up, said_until, tuple(pauses), len(low) * _BLOCK + held, spoken,
        -1 if given_up >= 0 else _full_again(out, aligned, since, pauses),
    )  # fmt: skip


_BLOCK = MIC_HZ // 100


def _blocks(samples: Samples) -> Samples:
    return samples[: len(samples) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)


def _shifted(control: Samples, shift: int, length: int) -> Samples:
    result = np.zeros(length, dtype=np.float32)
    part = control[max(0, -shift) : max(0, length - shift)]
    result[max(0, shift) : max(0, shift) + len(part)] = part
    return result


def _first(out: Samples, control: Samples, since: int, level_db: float) -> int:
    """First sample from which, for ``_STEADY`` samples, the output is at most so loud against the control; -1: none.

    Counted from the last informative sample that was louder, so that a cut is found where it is.
    """
    informative: Mask = np.abs(control) > _INFORMATIVE
    louder = informative & (np.abs(out) > 10 ** (level_db / 20) * np.abs(control) + _STEP)
    counts = np.concatenate(([0], np.cumsum(louder)))
    told = np.concatenate(([0], np.cumsum(informative)))
    last = len(out) - _STEADY
    if last <= since:
        return -1
    quiet = (counts[since + _STEADY : last + _STEADY] == counts[since:last]) & (
        told[since + _STEADY : last + _STEADY] - told[since:last] >= _NEEDED
    )
    places = np.flatnonzero(quiet)
    if not len(places):
        return -1
    place = since + int(places[0])
    before = np.flatnonzero(louder[since:place])
    return since + int(before[-1]) + 1 if len(before) else place


def _gap(out: Samples, silent: int) -> tuple[int, int]:
    """Where nothing at all is left of the sound, be it too low to be heard, and where there is some again; -1: never.

    The end of a fade lies between ``silent`` and the first.
    """
    sounding = silent + np.flatnonzero(np.abs(out[silent:]) > _NOTHING)
    if not len(sounding):
        return silent, -1
    if sounding[0] - silent > _GAP:
        return silent, int(sounding[0])
    breaks = np.flatnonzero(np.diff(sounding) > _GAP)
    if not len(breaks):
        return int(sounding[-1]) + 1, -1
    return int(sounding[breaks[0]]) + 1, int(sounding[breaks[0] + 1])


def _goes_on(out: Samples, control: Samples, first: int, place: int) -> tuple[int, int] | None:
    """Whether what is heard from ``first`` on is the reply going on, and its shift against the control; None: no.

    ``place``: how far it had come, in the control.
    """
    if first < 0:
        return None
    snippet = out[first + _FADE_IN : first + _FADE_IN + _SNIPPET].astype(np.float64)
    low = max(0, place - _REACH)
    room = control[low : place + _REACH + _FADE_IN + len(snippet)].astype(np.float64)
    if len(snippet) < _SNIPPET // 4 or len(room) <= len(snippet) or not snippet.any():
        return None
    size = 1 << (len(room) + len(snippet)).bit_length()
    product = np.fft.irfft(np.fft.rfft(room, size) * np.conj(np.fft.rfft(snippet, size)), size)
    lags = len(room) - len(snippet) + 1
    power = np.concatenate(([0.0], np.cumsum(room**2)))
    norms = np.sqrt(np.maximum(power[len(snippet) :][:lags] - power[:lags], 1e-9) * np.sum(snippet**2))
    likeness: npt.NDArray[np.float64] = product[:lags] / norms
    best = int(np.argmax(likeness))
    if likeness[best] < _SAME:
        return None
    return first, first + _FADE_IN - (low + best)


def _pause(control: Samples, silent: int, came: int, first: int, shift_then: int) -> Pause:
    """Compare how far the reply had come with where it goes on, in informative samples."""
    goes_on = first - shift_then
    missing = control[came + _UNSEEN : max(came + _UNSEEN, goes_on)]
    return Pause(
        silent, first, int(np.count_nonzero(np.abs(missing) > _INFORMATIVE)), max(0, came - goes_on), shift_then
    )


def _levels_db(out: Samples, aligned: Samples, since: int) -> npt.NDArray[np.float64]:
    """Gain of each 10 ms of the reply; NaN where the reply itself is too quiet to tell."""
    said, was = _blocks(out[since:]).astype(np.float64), _blocks(aligned[since:]).astype(np.float64)
    power = np.sum(was**2, axis=1)
    ratio = np.sqrt(np.sum(said**2, axis=1) / np.maximum(power, 1e-12))
    level: npt.NDArray[np.float64] = 20 * np.log10(np.maximum(ratio, 1e-6))
    return np.where(power > _BLOCK * _INFORMATIVE**2, level, np.nan)


def _low(out: Samples, aligned: Samples, since: int) -> npt.NDArray[np.intp]:
    return np.flatnonzero(_levels_db(out, aligned, since) <= DUCKED_DB + 0.5)


def _full_again(out: Samples, aligned: Samples, since: int, pauses: list[Pause]) -> int:
    below = np.flatnonzero(_levels_db(out, aligned, since) < FULL_DB)
    low_until = since + (int(below[-1]) + 1) * _BLOCK if len(below) else -1
    after = max([low_until, *(pause.end for pause in pauses)])
    return after if after + _BLOCK < len(out) else -1
