"""The walls of the room: what the loudspeaker plays comes back to the microphone.

``python -m tests.rig.walls LEVEL_DB``, until it is ended. One of the project's seeded rooms. The way through the two
programs of PulseAudio adds some 130 ms to its delay, so much that a busy machine is seldom late. Says "ready" when
the first sound has gone through.
"""

import signal
import subprocess
import sys

import numpy as np

from engine.audio.echo_path import EchoingSource, EchoPath
from engine.audio.wav_source import WavSource

BLOCK = 160
HALVED = np.float32(2)
"""What is played to the walls is heard by the half."""

FORMAT = ["--format=float32le", "--rate=16000", "--channels=1", "--channel-map=mono", "--raw"]


def main(level_db: float) -> None:
    """Send back what comes."""
    path = EchoPath(level_db=level_db, delay_ms=10, rt60_ms=250, seed=601, noise_db=-76)
    room = EchoingSource(WavSource(np.zeros(0, np.float32)), path)
    heard = subprocess.Popen(
        ["parec", "--device=loudspeaker.monitor", "--latency-msec=5", *FORMAT], stdout=subprocess.PIPE
    )
    played = subprocess.Popen(["pacat", "--device=walls", "--latency-msec=120", *FORMAT], stdin=subprocess.PIPE)
    assert heard.stdout is not None
    assert played.stdin is not None
    told = False
    try:
        while len(data := heard.stdout.read(4 * BLOCK)) == 4 * BLOCK:
            room.hear(np.frombuffer(data, np.float32))
            played.stdin.write((room.read(BLOCK) * HALVED).tobytes())
            played.stdin.flush()
            if not told:
                print("ready", flush=True)
                told = True
    except (BrokenPipeError, KeyboardInterrupt):
        pass  # the daemon is gone, or we are to go
    finally:
        heard.kill()
        played.kill()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have told us to ignore it
    main(float(sys.argv[1]))
