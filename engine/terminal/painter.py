"""The painter: rows of text onto a terminal's other screen, and only those that have changed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text


class Painter:
    """Paints on one console. One thread between entering ``screen`` and leaving it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._before: list[Text] = []
        self._size = (0, 0)
        self._entered = False

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows, as they are now."""
        return tuple(self._console.size)  # type: ignore[return-value]  # a named tuple of two

    @contextmanager
    def screen(self) -> Iterator[None]:
        """While inside, the terminal shows its alternate screen and no cursor; left behind is what was there before.

        Raises ``OSError`` where the terminal cannot be written to.
        """
        try:
            self._entered = True
            self._console.control(Control.alt_screen(True), Control.show_cursor(False))
            yield
        finally:
            self.leave()

    def leave(self) -> None:
        """Show the usual screen and the cursor again; a second time, do nothing. Any thread.

        Past the console, which would first try again to write what it has just failed to.
        """
        if self._entered:
            self._console.file.write(f"{Control.show_cursor(True)}{Control.alt_screen(False)}")
            self._console.file.flush()
            self._entered = False

    def paint(self, rows: Sequence[Text]) -> int:
        """Show these rows from the top; return how many had to be written. All of them after a change of size."""
        size = self.size
        controls: list[Control] = []
        if size != self._size:
            self._size, self._before = size, []
            controls.append(Control(ControlType.CLEAR, ControlType.HOME))
        changed = [y for y, row in enumerate(rows) if y >= len(self._before) or self._before[y] != row]
        changed += range(len(rows), len(self._before))
        if changed or controls:
            self._write(controls, rows, changed)
        self._before = list(rows)
        return len(changed)

    def _write(self, controls: list[Control], rows: Sequence[Text], changed: Sequence[int]) -> None:
        console = self._console
        with console:  # one write for all of them
            if controls:
                console.control(*controls)
            for y in changed:
                console.control(Control.move_to(0, y))
                if y < len(rows):
                    console.print(rows[y], end="", no_wrap=True, overflow="crop", crop=True, highlight=False)
                console.control(Control((ControlType.ERASE_IN_LINE, 0)))
