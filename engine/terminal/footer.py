"""The last two rows: flags of the session, and the keys or the line being typed."""

from rich.cells import cell_len
from rich.text import Text

from engine.inspect.timeline import shown
from engine.terminal.controls import Handles
from engine.terminal.glyphs import Glyphs
from engine.terminal.scene import Scene

ECHO_SHOWN_US = 5_000_000
"""How long an echo stays suspected on the display."""

KEYS_HELP = (
    ("space, Enter", "stop the reply now"),
    ("m", "mute the microphone, or unmute it"),
    ("t", "type a turn: Enter sends it, Escape leaves it"),
    ("q, Ctrl-C", "quit"),
    ("?, h", "show these keys, or hide them"),
)
TURN_HELP = (
    ("space", "talk: press it, speak, and press it again when you are done"),
    ("Enter", "stop the reply now"),
    *KEYS_HELP[2:],
)
TEXT_HELP = (
    ("Enter", "send what you typed; with nothing typed, stop the reply"),
    ("Escape", "clear what you typed"),
    ("Ctrl-D, Ctrl-C", "quit"),
)


def help_of(handles: Handles) -> tuple[tuple[str, str], ...]:
    """Each key there is, and what it does."""
    return TEXT_HELP if handles.text_only else TURN_HELP if handles.push_to_talk else KEYS_HELP


def status_row(scene: Scene, handles: Handles, now_us: int, warning: str, glyphs: Glyphs) -> Text:
    """How quick the last answer was, and everything that is not as usual. A warning has the row to itself."""
    row = Text(" ")
    if warning:
        return _switch(row, handles, glyphs).append(glyphs.fit(shown(warning)), "yellow")
    if scene.latency_us is not None:
        row.append(f"answered in {scene.latency_us / 1e6:.2f} s   ", "dim")
    _switch(row, handles, glyphs)
    if scene.lost_devices:
        row.append(f"{glyphs.flag} no {' and no '.join(scene.lost_devices)}   ", "bold red")
    if scene.echo_us is not None and now_us - scene.echo_us < ECHO_SHOWN_US:
        row.append(f"{glyphs.flag} echo suspected   ", "yellow")
    if scene.under_runs:
        row.append(f"under-runs {scene.under_runs}   ", "yellow")
    if scene.lost_samples:
        row.append(f"samples lost {scene.lost_samples}", "yellow")
    return row


def _switch(row: Text, handles: Handles, glyphs: Glyphs) -> Text:
    """Whether the microphone counts, where that is not as usual."""
    if handles.push_to_talk:
        talking = not handles.muted
        return row.append(
            f"{glyphs.flag} talk now   " if talking else "push to talk   ", "bold green" if talking else "dim"
        )
    return row.append(f"{glyphs.flag} muted   ", "bold red") if handles.muted else row


def keys_row(handles: Handles, width: int, glyphs: Glyphs) -> Text:
    """The line being typed with its cursor, else the keys there are."""
    if handles.typing is not None:
        room = width - 8
        text = glyphs.fit(shown_while_typed(handles.typing))
        while text and cell_len(text) > room:
            text = text[1:]
        row = Text.assemble((f" you {glyphs.prompt} ", "bold"), text, (" ", "reverse"))
        return row if text or not handles.text_only else row.append(_hint(TEXT_KEYS, width - 10, glyphs), "dim")
    return Text(" " + _hint(TURN_KEYS if handles.push_to_talk else KEYS, width, glyphs), "dim")


KEYS = ("space stop", "m mute", "t type", "q quit", "? keys")
TURN_KEYS = ("space talk", "Enter stop", "t type", "q quit", "? keys")
TEXT_KEYS = ("Enter sends", "Enter alone stops", "Ctrl-D quits")


def _hint(keys: tuple[str, ...], width: int, glyphs: Glyphs) -> str:
    """As many as there is room for: the last, which tells of all the others, is the last to go."""
    separator = f" {glyphs.dot} "
    for first in range(len(keys)):
        text = separator.join(keys[first:])
        if len(text) < width:
            return text
    return ""


def shown_while_typed(text: str) -> str:
    """What was typed so far, spaces and all, without what would steer a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
