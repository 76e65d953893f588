"""How speech sounds, apart from its words: evidence for the judge, added up frame by frame over an utterance.

Four figures, each of the voiced frames from the utterance's onset to now:

* ``steady_pct``: mean probability of speech from the first voiced frame to the last, short gaps between included.
  A person is speech through and through; a cough, a laugh or a chair is speech here and there. Measured over the
  first ten voiced frames (160 human recordings, 290 made coughs and the like): nine of ten people above 90, three of
  four noises of the mouth below 87. The strongest single sign.
* ``tonal_pct``: share of voiced frames with a pitch of 70 to 400 Hz. Clicks, paper and breath have none; a talker far
  away has little left after the room. A whisper has none either, so this may only ever ask for more evidence.
* ``over_floor_db``: mean power of the voiced frames above the running floor: noise of the room, and what an echo
  canceller left over.
* ``level_db``: the voice's own, that power less the floor's, in dB above the smallest step of 16 bits (96 dB below
  full scale). A voice buried in noise is given a tenth of the power, for what is left of it is mostly chance.

Pitch is found by the normalised autocorrelation of the last 64 ms at 4 kHz (Rabiner 1977, "On the use of
autocorrelation analysis for pitch detection"): the peak over lags of 70 to 400 Hz must be inside that range, for a
smooth hum rises towards its short end, and above ``TONAL``. Tried and left out: spectral flatness and centroid (they
part hiss from vowels, which the detector does already) and the wobble of the level in syllables (a cough has it too).

A frame costs some 2 us while nobody speaks and 15 us of speech, beside the 150 us that Silero needs for it.
"""

from dataclasses import replace
from math import log10, sqrt

import numpy as np

from models.ports import FRAME_SAMPLES, Samples
from states.events import Event, SpeechContinued, SpeechDropped, SpeechEnded, SpeechPaused, SpeechSustained

Witnessed = SpeechSustained | SpeechContinued | SpeechPaused | SpeechEnded
"""Events that carry the evidence."""

TONAL = 0.6
"""Least peak of the normalised autocorrelation for a pitch. Measured: vowels 0.7 to 0.95, babble and noise 0.3."""

FULL_SCALE_DB = 96
"""Level of a full-scale square wave, so that no level of 16 bit sound is negative."""

_DECIMATE = 4
_SHORTEST, _LONGEST = 10, 57  # lags at 4 kHz: 400 and 70 Hz
_WINDOW = 192  # samples at 4 kHz compared at each lag: 48 ms, over three periods of the lowest pitch
_SUM = np.ones(_DECIMATE, dtype=np.float32)
_LOW_SAMPLES = 2 * FRAME_SAMPLES // _DECIMATE
_MEAN = np.full(_LOW_SAMPLES, 1 / _LOW_SAMPLES, dtype=np.float32)
_FIRST, _END = _LOW_SAMPLES - _WINDOW - _LONGEST, _LOW_SAMPLES - _WINDOW - _SHORTEST + 1
_SILENT = 1e-12
_QUIETEST = 10 ** (-FULL_SCALE_DB / 10)
_LEAST_SHARE = 0.1
_FALL, _RISE = 0.3, 1.02
"""The floor takes 30 % of the way down a frame, and goes up by 2 % (2.7 dB a second), in frames without speech."""


class VoiceMeter:
    """Adds up the evidence. No thread, no clock; one caller at a time. Keeps one frame."""

    def __init__(self) -> None:
        self._before: Samples = np.zeros(FRAME_SAMPLES, dtype=np.float32)
        self._floor = -1.0  # power; below 0: not known yet
        self._voiced = self._frames = self._tonal = 0
        self._probability = self._power = 0.0
        self._gap, self._gap_probability = 0, 0.0  # frames since the last voiced one

    def process(self, frame: Samples, probability: float, *, voiced: bool) -> None:
        """Take the next frame, shape (512,), with the detector's word and what the endpointer made of it.

        The frame is kept until the next call and must not change until then.
        """
        power = max(float(frame.dot(frame)) / FRAME_SAMPLES, _QUIETEST)
        if not voiced:
            self._gap += 1
            self._gap_probability += probability
            self._follow(power)
        else:
            if not self._voiced:
                self._forget_gap()  # silence before the onset
            self._voiced += 1
            self._frames += 1 + self._gap
            self._probability += probability + self._gap_probability
            self._power += power
            self._tonal += is_tonal(self._before, frame)
            self._forget_gap()
        self._before = frame

    def witness(self, event: Event) -> Event:
        """The event with the evidence so far, where it is one that carries evidence; give a frame before its events.

        The event that closes an utterance also closes its count.
        """
        if isinstance(event, Witnessed) and self._voiced:
            power, floor = self._power / self._voiced, max(self._floor, _QUIETEST)
            event = replace(
                event,
                steady_pct=min(100, max(0, round(100 * self._probability / self._frames))),
                tonal_pct=100 * self._tonal // self._voiced,
                level_db=_level_db(max(power - floor, power * _LEAST_SHARE)),
                over_floor_db=max(0, _level_db(power) - _level_db(floor)),
            )
        if isinstance(event, SpeechPaused):
            self._forget_gap()  # a pause is none of the speech's unsteadiness
        if isinstance(event, SpeechEnded | SpeechDropped):
            self._forget_speech()
        return event

    def _forget_speech(self) -> None:
        self._voiced = self._frames = self._tonal = 0
        self._probability = self._power = 0.0
        self._forget_gap()

    def _forget_gap(self) -> None:
        self._gap, self._gap_probability = 0, 0.0

    def _follow(self, power: float) -> None:
        """Let the floor go after the level of a frame without speech."""
        if self._floor < 0:
            self._floor = power
        elif power > self._floor:
            self._floor = min(power, self._floor * _RISE)
        else:
            self._floor += _FALL * (power - self._floor)


def is_tonal(before: Samples, frame: Samples) -> bool:
    """Whether the last 64 ms, two frames of shape (512,), have a pitch of 70 to 400 Hz."""
    low = np.concatenate((before, frame)).reshape(-1, _DECIMATE) @ _SUM  # 4 kHz; the mean is a rough low-pass
    low -= low.dot(_MEAN)
    recent = low[-_WINDOW:]
    products = np.correlate(low, recent, "valid")[_FIRST:_END]  # the longest lag first
    peak = int(products.argmax())
    if not 0 < peak < _END - _FIRST - 1:
        return False
    earlier = low[_FIRST + peak : _FIRST + peak + _WINDOW]
    energy = float(earlier.dot(earlier)) * float(recent.dot(recent))
    return float(products[peak]) > TONAL * sqrt(energy) + _SILENT


def _level_db(power: float) -> int:
    return max(0, round(10 * log10(power)) + FULL_SCALE_DB)
