"""The painter writes what has changed and no more, and leaves the terminal as it was."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from engine.terminal.painter import Painter

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen:
    """A terminal that keeps what is written to it."""

    def __init__(self, width: int = 20, height: int = 4) -> None:
        self.stream = io.StringIO()
        self.console = Console(
            file=self.stream, force_terminal=True, color_system="standard", width=width, height=height, _environ={}
        )
        self.painter = Painter(self.console)

    def written(self, *rows: str) -> str:
        """What painting these rows sends."""
        self.stream.seek(0)
        self.stream.truncate()
        self.painter.paint([Text(row) for row in rows])
        return self.stream.getvalue()


def test_the_first_picture_is_whole_and_the_next_only_what_changed() -> None:
    screen = Screen()
    first = screen.written("one", "two", "three")
    assert first.startswith("\x1b[2J")
    assert all(row in first for row in ("one", "two", "three"))
    assert screen.written("one", "two", "three") == "", "nothing changed, nothing is sent"
    second = screen.written("one", "TWO", "three")
    assert "TWO" in second
    assert "one" not in second
    assert "\x1b[2;1H" in second, "to its own row"
    assert "\x1b[0K" in second, "over what was longer"
    assert screen.written("one", "TWO").count("\x1b[0K") == 1, "a row that is gone is cleared"


def test_a_style_alone_is_a_change() -> None:
    screen = Screen()
    screen.painter.paint([Text().append("heard", "dim")])
    assert screen.painter.paint([Text().append("heard", "bold")]) == 1


def test_after_a_change_of_size_all_is_painted_anew() -> None:
    screen = Screen()
    screen.written("one", "two")
    screen.console.size = (30, 6)  # type: ignore[assignment]
    again = screen.written("one", "two")
    assert again.startswith("\x1b[2J")
    assert "one" in again
    assert "two" in again


def test_nothing_is_wider_than_the_screen() -> None:
    screen = Screen(width=10)
    assert "x" * 11 not in screen.written("x" * 40)


def test_leaving_twice_is_leaving_once() -> None:
    screen = Screen()
    with screen.painter.screen():
        screen.painter.leave()
    assert screen.stream.getvalue().count(LEAVE) == 1


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_the_screen_is_left_on_every_way_out(error: type[BaseException] | None) -> None:
    screen = Screen()

    def visit() -> None:
        with screen.painter.screen():
            screen.painter.paint([Text("x")])
            if error is not None:
                raise error

    if error is None:
        visit()
    else:
        with pytest.raises(error):
            visit()
    written = screen.stream.getvalue()
    assert written.index(ENTER) < written.index(HIDE) < written.index(SHOW) < written.index(LEAVE)
