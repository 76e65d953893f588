"""Makes the clip bank: ``clips/<name>.flac`` and their labels in ``clips/clips.toml``.

Speech is espeak-ng's, in voices that the assistant does not use; all other sounds are numpy's (``noises.py``). None
is a recording. espeak-ng is not the same to the bit on every call, so the bank is made once and committed, and a
clip changes only when it is asked for: ``python scenarios/make_clips.py NAME ...`` makes those, ``--all`` makes all.

Every clip is 16 kHz mono, cut to 30 ms before its first and 60 ms after its last audible sample (above -45 dB
relative to its peak). It keeps 11 bits of a 16 bit file: FLAC stores the empty low bits for nothing, which halves
the bank; the rounding lies some 63 dB below the peak.

What Silero makes of each clip is measured and written down: frames of 32 ms at or above 0.5, in digital silence.
Where the frames happen to fall decides much (a cough of 300 ms may be voiced for 130 or for 350 ms), so besides the
figures with the onset on a frame's first sample there are ranges over eight positions, 4 ms apart.
The delay counts from the clip's onset to the *end* of the first such frame, when an engine can know of it, and is
therefore 32 ms at best with the onset on a frame's first sample; -1 where the clip is never heard as speech.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from compose import BANK, RATE_HZ, Pcm, read_toml, toml_bytes
from lines import LINES, Line
from noises import NOISES

from models.ports import FRAME_SAMPLES, Samples
from models.tts_espeak import EspeakSynthesizer
from models.vad_silero import SileroVad
from states.errors import IS2SError

AUDIBLE_DB = -45
LEAD_SAMPLES, TAIL_SAMPLES = 480, 960
STEP = 32
"""One step of the 11 bits kept."""

PEAKS_DB = {"speech": -7.0, "backchannel": -8.0}
OTHER_PEAK_DB = -9.0

VAD_THRESHOLD = 0.5
POSITIONS = range(0, FRAME_SAMPLES, FRAME_SAMPLES // 8)
QUIET_SAMPLES = 20 * FRAME_SAMPLES
"""Digital silence on either side while Silero listens; 640 ms is longer than its memory of a clip's end."""

HEADING = b"""# Labels of the clips, written by scenarios/make_clips.py; samples at 16 kHz, ends exclusive.
# All clips are made, none is recorded: speech by espeak-ng, the rest by numpy (voice = "numpy").

"""


def audible(samples: Pcm) -> tuple[int, int]:
    """First and end sample above ``AUDIBLE_DB`` relative to the peak; (0, 0) for silence."""
    loud = np.abs(samples.astype(np.int32))
    heard = np.flatnonzero(loud > loud.max() * 10 ** (AUDIBLE_DB / 20))
    return (int(heard[0]), int(heard[-1]) + 1) if len(heard) else (0, 0)


def to_pcm(samples: Samples, peak_db: float) -> tuple[Pcm, int]:
    """Level, round and cut a signal; gives it and how many samples it was moved by (positive: later).

    Silence stays as it is.
    """
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak == 0.0:
        return np.zeros(len(samples), np.int16), 0
    steps = np.rint(samples * (10 ** (peak_db / 20) * 32768 / STEP / peak))
    pcm = np.pad((steps * STEP).astype(np.int16), (LEAD_SAMPLES, TAIL_SAMPLES))
    onset, end = audible(pcm)
    cut: Pcm = pcm[onset - LEAD_SAMPLES : end + TAIL_SAMPLES]
    return cut, 2 * LEAD_SAMPLES - onset


def heard_by(vad: SileroVad, samples: Pcm, onset: int, position: int = 0) -> tuple[int, int]:
    """(voiced ms, delay of the first voiced frame's end after the onset in ms or -1), as Silero hears a clip.

    The clip's onset lies ``position`` samples into a frame; digital silence is around the clip.
    """
    vad.reset()
    first = QUIET_SAMPLES + position
    stream = np.concatenate([np.zeros(first - onset), samples / 32768, np.zeros(QUIET_SAMPLES)]).astype(np.float32)
    frames = stream[: len(stream) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    voiced = [place for place, frame in enumerate(frames) if vad.probability(frame) >= VAD_THRESHOLD]
    frame_ms = FRAME_SAMPLES * 1000 // RATE_HZ
    delay_samples = (voiced[0] + 1) * FRAME_SAMPLES - first if voiced else -RATE_HZ // 1000
    return len(voiced) * frame_ms, delay_samples * 1000 // RATE_HZ


def speak(line: Line) -> tuple[Samples, list[tuple[int, int]]]:
    """The sound of a line at ``RATE_HZ`` and the span of each of its words."""
    synthesizer = EspeakSynthesizer(line.voice, rate_wpm=line.rate_wpm)
    chunks = list(synthesizer.synthesize(line.say or line.text))
    sound = soxr.resample(np.concatenate([chunk.samples for chunk in chunks]), synthesizer.rate_hz, RATE_HZ)
    scale = RATE_HZ / synthesizer.rate_hz
    spans = [(round(first * scale), round(end * scale)) for c in chunks for _, _, first, end in c.words]
    if len(spans) != len(line.text.split()):
        raise IS2SError(f"{line.text!r}: {len(spans)} spans for {len(line.text.split())} words")
    return np.asarray(sound, dtype=np.float32), spans


def make(name: str, vad: SileroVad) -> tuple[Pcm, dict[str, Any]]:
    """One clip and its labels."""
    spans: list[tuple[int, int]] = []
    if name in LINES:
        line = LINES[name]
        kind, text, voice = line.kind, line.text, line.voice
        sound, spans = speak(line)
    else:
        kind, maker = NOISES[name]
        text, voice, sound = "", "numpy", maker().astype(np.float32)
    pcm, moved = to_pcm(sound, PEAKS_DB.get(kind, OTHER_PEAK_DB))
    onset, end = audible(pcm)
    words = [[min(max(at + moved, onset), end) for at in span] for span in spans]
    figures = [heard_by(vad, pcm, onset, position) for position in POSITIONS]
    voiced_ms, delays_ms = [ms for ms, _ in figures], [delay for _, delay in figures]
    return pcm, {
        "kind": kind,
        "text": text,
        "voice": voice,
        "onset_sample": onset,
        "end_sample": end,
        "words": words,
        "silero_voiced_ms": voiced_ms[0],
        "silero_voiced_range_ms": [min(voiced_ms), max(voiced_ms)],
        "silero_onset_ms": delays_ms[0],
        "silero_onset_range_ms": [min(delays_ms), max(delays_ms)],
    }


def write(names: Sequence[str], folder: Path) -> None:
    """Make the clips of ``names`` in ``folder``; labels of clips that no longer exist are dropped."""
    vad = SileroVad()
    path = folder / "clips.toml"
    labels = read_toml(path) if path.is_file() else {}
    for name in names:
        pcm, labels[name] = make(name, vad)
        soundfile.write(folder / f"{name}.flac", pcm, RATE_HZ, subtype="PCM_16", compression_level=1.0)
    known = [*LINES, *NOISES]
    path.write_bytes(toml_bytes(HEADING, {name: labels[name] for name in known if name in labels}))


def main() -> int:
    """Make the clips named on the command line. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Make clips of the bank anew.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="clips to make")
    parser.add_argument("--all", action="store_true", help="make every clip")
    options = parser.parse_args()
    known = [*LINES, *NOISES]
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"unknown clips: {', '.join(unknown)}")
    if not options.names and not options.all:
        parser.error("name the clips to make, or give --all")
    BANK.mkdir(exist_ok=True)
    try:
        write(known if options.all else options.names, BANK)
    except IS2SError as error:
        print(f"make_clips: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
