"""Coughs, laughs, keys and sirens made with numpy: stand-ins for recordings, and labelled as made.

The idea is source and filter (Fant 1960): the throat's sounds are pulses of the glottis and noise of the breath,
each shaped by a few resonances of the vocal tract and an envelope; the room's sounds are noise bursts and tones.
A cough follows the three phases seen in recordings (Korpas et al. 1996): burst, turbulent flow, voiced end.
How much voice it holds decides whether a voice detector believes it, so that is a parameter here.

Weakness: nobody has mistaken these for people. They have the envelopes, bands and pitch of the real things and
none of their variety; what they show about false barge-ins is a lower bound of the trouble.

Every function returns mono float64 at ``HZ``, level arbitrary, and is the same on every call: its noise is seeded.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]
Points = Sequence[tuple[float, float]]
"""(time in ms, value) corners, joined by straight lines."""

HZ = 16_000
PER_MS = HZ // 1000

THROAT = ((650, 120), (1100, 160), (2500, 260), (3500, 400))
"""(centre, bandwidth) in Hz of an open throat, near the vowel of "but" (Peterson and Barney 1952)."""


def line(samples: int, points: Points) -> Signal:
    """Straight lines through ``points`` over ``samples`` samples; an envelope or a pitch track."""
    times_ms, values = zip(*points, strict=True)
    drawn: Signal = np.interp(np.arange(samples) / PER_MS, times_ms, values)
    return drawn


def noise(ms: float, seed: int) -> Signal:
    """White noise of unit variance."""
    return np.random.default_rng(seed).standard_normal(int(ms * PER_MS))


def pulses(pitch_hz: Signal, seed: int, jitter: float) -> Signal:
    """Glottal pulses: ones at the pitch's periods, its frequency wandering by ``jitter`` (1 = 100 %) every 5 ms."""
    knots = np.arange(0, len(pitch_hz) + 80, 80)
    wander = np.interp(np.arange(len(pitch_hz)), knots, np.random.default_rng(seed).standard_normal(len(knots)))
    phase = np.cumsum(pitch_hz * (1 + jitter * wander) / HZ)
    return np.diff(np.floor(phase), prepend=0.0).clip(0, 1)


def resonate(
    source: Signal, peaks: Sequence[tuple[float, float]], *, widen: float = 1.0, tilt_hz: float = 0.0
) -> Signal:
    """Pass ``source`` through two-pole resonators (Klatt 1980) at ``peaks`` (centre, bandwidth in Hz).

    ``tilt_hz`` adds a one-pole low-pass, the glottis' own slope. The result has unit power.
    """
    size = 1 << (len(source) + 4096).bit_length()
    frequency_hz = np.fft.rfftfreq(size, 1 / HZ)
    delay = np.exp(-2j * np.pi * frequency_hz / HZ)
    response = np.ones(len(delay), dtype=np.complex128)
    for centre_hz, bandwidth_hz in peaks:
        radius = np.exp(-np.pi * bandwidth_hz * widen / HZ)
        turn = 2 * radius * np.cos(2 * np.pi * centre_hz / HZ)
        response *= (1 - turn + radius**2) / (1 - turn * delay + radius**2 * delay**2)
    if tilt_hz:
        response /= 1 + 1j * frequency_hz / tilt_hz
    shaped: Signal = np.fft.irfft(np.fft.rfft(source, size) * response, size)[: len(source)]
    unit: Signal = shaped / (np.sqrt(np.mean(shaped**2)) + 1e-12)
    return unit


def place(ms: float, *parts: tuple[float, Signal]) -> Signal:
    """Sum ``(start in ms, signal)`` parts in ``ms`` of silence; what does not fit is cut off."""
    out = np.zeros(int(ms * PER_MS))
    for start_ms, part in parts:
        first = int(start_ms * PER_MS)
        fitting = part[: max(0, len(out) - first)]
        out[first : first + len(fitting)] += fitting
    return out


def breath(ms: float, seed: int, peaks: Sequence[tuple[float, float]], points: Points) -> Signal:
    """Noise of the breath with an envelope."""
    shaped = resonate(noise(ms, seed), peaks)
    return shaped * line(len(shaped), points)


def voice(
    pitch: Points, seed: int, peaks: Sequence[tuple[float, float]], points: Points, *, jitter: float = 0.03
) -> Signal:
    """A sung or spoken vowel; ``pitch`` is in Hz and its last corner gives the length."""
    samples = int(pitch[-1][0] * PER_MS)
    shaped = resonate(pulses(line(samples, pitch), seed, jitter), peaks, tilt_hz=700)
    return shaped * line(samples, points)


def one_cough(ms: float, voiced: float, seed: int) -> Signal:
    """One cough of ``ms``; ``voiced`` is the level of its voice relative to its burst."""
    wide = [(centre_hz, bandwidth_hz * 2.5) for centre_hz, bandwidth_hz in THROAT]
    burst = breath(ms, seed, wide, [(0, 0), (4, 1), (35, 0.6), (90, 0.25), (ms * 0.7, 0.1), (ms, 0)])
    tone = voice(
        [(0, 220), (ms, 128)], seed + 1, THROAT, [(0, 0), (20, 0), (45, 1), (ms * 0.6, 0.7), (ms, 0)], jitter=0.05
    )
    return burst + voiced * tone


def cough_double() -> Signal:
    """Two voiced coughs in one breath, the second weaker."""
    return place(950, (0, one_cough(340, 2.0, 3)), (480, 0.8 * one_cough(340, 2.6, 12)))


def hem(ms: float, seed: int, pitch_hz: float, voiced: float) -> Signal:
    """Half a throat clearing: creaking voice, broken about 36 times a second, in a tightened pharynx."""
    tight = [(600, 90), (1050, 120), (2400, 200)]
    shape = [(0, 0), (25, 1), (ms * 0.7, 0.8), (ms, 0)]
    creak = voice([(0, pitch_hz), (ms, pitch_hz * 0.85)], seed, tight, shape, jitter=0.08)
    broken = 1 - 0.7 * (np.arange(len(creak)) / PER_MS % 28 < 10)
    return voiced * creak * broken + 0.6 * breath(ms, seed + 1, tight, shape)


def laugh() -> Signal:
    """Six falling "ha": 70 ms of breath, 110 ms of voice, about five a second (Bachorowski et al. 2001)."""
    vowel = [(750, 110), (1250, 140), (2600, 220)]
    parts: list[tuple[float, Signal]] = []
    for beat in range(6):
        at_ms = beat * 205 - 2 * beat * (beat - 1)
        high_hz, low_hz = 260 * (1.15 - 0.06 * beat), 260 * (0.98 - 0.06 * beat)
        ha = voice([(0, high_hz), (110, low_hz)], 9 + beat, vowel, [(0, 0), (15, 1), (70, 0.8), (110, 0)])
        h = breath(70, 59 + beat, [(900, 400), (1600, 500), (2700, 600)], [(0, 0), (30, 1), (70, 0.2)])
        parts += [(at_ms, 0.35 * (1 - 0.1 * beat) * h), (at_ms + 60, (1 - 0.1 * beat) * ha)]
    return place(1260, *parts)


def sneeze() -> Signal:
    """An indrawn vowel, a hiss, a fading vowel: "ah-tshoo"."""
    drawn = voice([(0, 190), (220, 260)], 40, THROAT, [(0, 0), (80, 0.6), (200, 1), (220, 0)])
    hiss = breath(380, 41, [(2800, 900), (4500, 1200)], [(0, 0), (6, 1), (80, 0.7), (250, 0.2), (380, 0)])
    out = voice([(0, 230), (200, 150)], 42, [(350, 100), (900, 150), (2300, 250)], [(0, 0), (30, 1), (200, 0)])
    return place(660, (0, 0.5 * drawn), (230, hiss), (430, 0.4 * out))


def hum() -> Signal:
    """Three hummed notes through the nose, with vibrato."""
    notes = [(0, 196.0), (395, 196.0), (405, 220.0), (795, 220.0), (805, 247.0), (1200, 247.0)]
    pitch_hz = line(1200 * PER_MS, notes)
    pitch_hz += 4 * np.sin(2 * np.pi * 5.2 * np.arange(len(pitch_hz)) / HZ)
    tone = resonate(pulses(pitch_hz, 60, 0.004), [(260, 70), (1000, 200), (2200, 300)], tilt_hz=400)
    return tone * line(len(tone), [(0, 0), (60, 1), (1100, 0.9), (1200, 0)])


def smack() -> Signal:
    """Lips parting: 60 ms, two clicks."""
    clicks = [(0, 0), (1, 1), (8, 0.2), (40, 0.35), (44, 0.1), (60, 0)]
    return breath(60, 30, [(1800, 500), (3400, 700)], clicks)


def hit(ms: float, seed: int, peaks: Sequence[tuple[float, float]], decay_ms: float) -> Signal:
    """Something struck: noise through ``peaks``, dying away by e every ``decay_ms``."""
    struck = resonate(noise(ms, seed), peaks)
    # The last 5 ms go to zero, so that a slow decay does not end in a click.
    fade = line(len(struck), [(0, 0), (1, 1), (ms - 5, 1), (ms, 0)])
    return struck * np.exp(-np.arange(len(struck)) / PER_MS / decay_ms) * fade


def typing() -> Signal:
    """Key presses and their softer releases, 3 s, uneven, about seven a second."""
    rng = np.random.default_rng(70)
    starts_ms = np.cumsum(rng.uniform(70, 230, 18))
    parts: list[tuple[float, Signal]] = []
    for key, at_ms in enumerate(starts_ms[starts_ms < 2850]):
        down = hit(40, 71 + key, [(1900, 700), (4200, 900)], 5)
        up = hit(30, 171 + key, [(2600, 800), (5200, 900)], 3)
        parts += [(float(at_ms), rng.uniform(0.6, 1) * down), (float(at_ms) + 75, 0.35 * up)]
    return place(3000, *parts)


def knock() -> Signal:
    """Three knocks on wood."""
    return place(
        700, *((at_ms, hit(120, 80 + at_ms, [(230, 60), (540, 120), (1200, 300)], 18)) for at_ms in (0, 210, 420))
    )


def door() -> Signal:
    """A door slam: a thud, the frame's rattle, a room."""
    thud = hit(900, 90, [(70, 25), (160, 60)], 120)
    latch = hit(150, 91, [(900, 300), (2400, 600)], 25)
    return place(900, (0, thud), (12, 0.9 * latch), (95, 0.4 * latch))


def fan() -> Signal:
    """Pink noise, 3 s, with the slight beat of blades."""
    white = np.fft.rfft(noise(3000, 100))
    steps_hz = np.fft.rfftfreq(3000 * PER_MS, 1 / HZ)
    pink = np.fft.irfft(white / np.sqrt(np.maximum(steps_hz, 20)), 3000 * PER_MS)
    return np.asarray(pink * (1 + 0.1 * np.sin(2 * np.pi * 23 * np.arange(len(pink)) / HZ)))


def siren() -> Signal:
    """A wailing siren: 600 to 1300 Hz and back in 1.5 s, twice, with two overtones."""
    samples = 3000 * PER_MS
    sweep_hz = line(samples, [(0, 600), (750, 1300), (1500, 600), (2250, 1300), (3000, 600)])
    phase = 2 * np.pi * np.cumsum(sweep_hz) / HZ
    tone = np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase)
    return np.asarray(tone * line(samples, [(0, 0), (150, 1), (2850, 1), (3000, 0)]))


def paper() -> Signal:
    """Paper crumpled: many tiny clicks over a hiss, 1.2 s."""
    rng = np.random.default_rng(110)
    sparse = noise(1200, 111) * (rng.random(1200 * PER_MS) < 0.02)
    swell = line(len(sparse), [(0, 0), (60, 1), (300, 0.3), (520, 0.9), (800, 0.2), (950, 0.7), (1200, 0)])
    return resonate(sparse, [(3000, 1500), (5500, 1800)]) * swell


def chair() -> Signal:
    """A chair dragged over a floor: a stick-slip squeal."""
    rough = pulses(line(500 * PER_MS, [(0, 70), (200, 140), (500, 90)]), 120, 0.3)
    squeal = resonate(rough + 0.1 * noise(500, 121), [(420, 60), (1350, 90), (2900, 200)])
    return squeal * line(len(squeal), [(0, 0), (40, 1), (400, 0.7), (500, 0)])


def music() -> Signal:
    """Two plucked chords of four notes with overtones, 2.6 s; no voice."""

    def chord(roots_hz: Sequence[float]) -> Signal:
        seconds = np.arange(1600 * PER_MS) / HZ
        tone = np.zeros(len(seconds))
        for root_hz in roots_hz:
            for overtone in range(1, 6):
                decay = np.exp(-seconds * (1.5 + overtone))
                tone += np.sin(2 * np.pi * root_hz * overtone * seconds) * decay / overtone
        return tone * line(len(tone), [(0, 0), (4, 1), (1500, 1), (1600, 0)])

    return place(2600, (0, chord([196.0, 246.9, 293.7, 392.0])), (1000, chord([174.6, 220.0, 261.6, 349.2])))


NOISES: dict[str, tuple[str, Callable[[], Signal]]] = {
    "cough": ("cough", lambda: one_cough(340, 2.0, 3)),
    "cough_short": ("cough", lambda: one_cough(180, 0.2, 7)),
    "cough_double": ("cough", cough_double),
    "throat": ("throat", lambda: place(760, (0, hem(280, 8, 112, 2.5)), (340, hem(400, 5, 105, 2.5)))),
    "throat_short": ("throat", lambda: hem(180, 6, 85, 0.0)),
    "laugh": ("laugh", laugh),
    "sneeze": ("noise", sneeze),
    "hum": ("noise", hum),
    "sigh": ("noise", lambda: breath(900, 21, THROAT[1:], [(0, 0), (150, 1), (400, 0.6), (900, 0)])),
    "smack": ("noise", smack),
    "typing": ("noise", typing),
    "tap": ("noise", lambda: hit(60, 130, [(350, 120), (1500, 400)], 8)),
    "knock": ("noise", knock),
    "door": ("noise", door),
    "chair": ("noise", chair),
    "paper": ("noise", paper),
    "fan": ("noise", fan),
    "siren": ("noise", siren),
    "music": ("noise", music),
    "silence": ("silence", lambda: np.zeros(1000 * PER_MS)),
}
"""Name of every made clip -> (kind, how it is made)."""
