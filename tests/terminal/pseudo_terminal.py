"""``is2s run`` in a real pseudo-terminal: what it shows is read, keys are pressed, its attributes are looked at."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.clock import MonotonicClock
from tests.engine.small_scenario import write_tone
from tests.engine.test_run_command import CALL, CONFIG, ENTRY_POINTS, MODELS, ROOT, WAIT_S

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
"""CSI and OSC sequences and two-character escapes (ECMA-48)."""

TROUBLE = """
class BrokenVad:
    def __init__(self):
        self.frames = 0

    def probability(self, frame):
        self.frames += 1
        if self.frames == 20:
            raise RuntimeError("the detector broke")
        return 0.0

    def reset(self):
        pass

class BusyModel:
    def stream(self, messages):
        while True:  # as a model does that computes in Python, for ever
            sum(range(20_000))
            yield ""
"""


def furnish(folder: Path, *, sound_ms: int = 900) -> None:
    """A recording, settings, and a package with models, installed as pip would; some make trouble."""
    write_tone(folder / "user.wav", ms=sound_ms)
    (folder / "run.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "third_party.py").write_text(MODELS + TROUBLE, encoding="utf-8")
    about = folder / "third_party-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n", encoding="utf-8")
    points = ENTRY_POINTS.replace("[is2s.stt]", "broken = third_party:BrokenVad\n[is2s.stt]")
    points = points.replace("[is2s.tts]", "busy = third_party:BusyModel\n[is2s.tts]")
    (about / "entry_points.txt").write_text(points, encoding="utf-8")


class Terminal:
    """A process and the other end of its terminal."""

    def __init__(self, process: "subprocess.Popen[bytes]", master: int, slave: int) -> None:
        self.process = process
        self._master = master
        self._slave = slave
        self.written = ""
        self._read_to = 0
        self.attributes = termios.tcgetattr(slave)

    @property
    def shown(self) -> str:
        """All that was written, without what steers the terminal."""
        return ESCAPES.sub("", self.written)

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._master, keys.encode())

    def wait_for(self, text: str) -> None:
        """Read until this is shown, after what was waited for before."""
        clock = MonotonicClock()
        while (at := self.shown.find(text, self._read_to)) < 0:
            waiting = self._read(1.0) or (self.process.poll() is None and clock.now_us() < WAIT_S * 1e6)
            assert waiting, f"no {text!r} in {self.shown[self._read_to :][-2000:]!r}"
        self._read_to = at + len(text)

    def ends(self) -> int:
        """Read to the end of the process; its exit status."""
        clock = MonotonicClock()
        while self.process.poll() is None:
            self._read(0.1)
            assert clock.now_us() < WAIT_S * 1e6, f"it does not end: {self.shown!r}"
        while self._read(0.0):
            pass
        return self.process.returncode

    def is_restored(self) -> bool:
        """Whether the terminal is as it was before the process began, its usual screen and cursor included."""
        now = termios.tcgetattr(self._slave)
        entered, left = self.written.rfind("\x1b[?1049h"), self.written.rfind("\x1b[?1049l")
        hidden, shown = self.written.rfind("\x1b[?25l"), self.written.rfind("\x1b[?25h")
        return now == self.attributes and left >= entered and shown >= hidden

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a window manager would."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def close(self) -> None:
        """End the process if it has not ended, and the terminal."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        if self._master >= 0:
            os.close(self._master)
            os.close(self._slave)

    def _read(self, timeout_s: float) -> bool:
        if not select.select([self._master], [], [], timeout_s)[0]:
            return False
        self.written += os.read(self._master, 65536).decode(errors="replace")
        return True


@contextmanager
def at_terminal(
    folder: Path, *arguments: str, program: str = CALL, columns: int = 100, rows: int = 30, **env: str
) -> Iterator[Terminal]:
    """``is2s`` with all three streams at a terminal of its own, which is its controlling one."""
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    settings = {"PYTHONPATH": os.pathsep.join((str(folder), ROOT)), "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={**kept, **settings, **env},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    terminal = Terminal(process, master, slave)
    try:
        yield terminal
    finally:
        terminal.close()
