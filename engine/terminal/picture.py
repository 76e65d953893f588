"""The picture: a scene as rows of text, for any size of terminal. Pure.

What is always there stands at fixed places: states and meters on top, transitions, flags and keys at the bottom, the
conversation between them. It fills from the top and scrolls only when it is full, so that nothing jumps.
"""

from dataclasses import dataclass, field, replace

from rich.text import Text

from engine.inspect.timeline import shown
from engine.terminal.controls import Handles
from engine.terminal.conversation import conversation_rows, opening_rows
from engine.terminal.footer import help_of, keys_row, status_row
from engine.terminal.glyphs import Glyphs
from engine.terminal.meters import Levels, meter_rows
from engine.terminal.scene import Change, Scene
from states.state import State

SMALL_ROWS = 10
"""Below this only the state, the conversation and one line at the bottom are shown."""

ROOMY_ROWS = 18
"""From here on the last transitions are shown."""

VERDICTS = {"interrupt": "takes the floor", "dismiss": "the reply goes on", "undecided": "not sure yet"}

COLORS = {
    State.IDLE: "white",
    State.LISTENING: "green",
    State.TRANSCRIBING: "cyan",
    State.THINKING: "yellow",
    State.SPEAKING: "bright_blue",
    State.INTERRUPTED: "magenta",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What is read anew for every picture. ``heard``: samples of the reply."""

    now_us: int = 0
    heard: int = 0
    levels: Levels = field(default_factory=Levels)
    handles: Handles = field(default_factory=Handles)
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The paper: its size, its signs, what is printed in its head, and on it before anybody has spoken."""

    width: int
    height: int
    glyphs: Glyphs
    title: str = ""
    backends: str = ""
    notes: tuple[str, ...] = ()


def rows(scene: Scene, moment: Moment, frame: Frame) -> list[Text]:
    """At most ``height`` rows, none wider than ``width - 1``: the last column would make some terminals wrap."""
    frame = replace(frame, width=max(1, frame.width - 1))
    top = _top(scene, moment, frame)
    bottom = _bottom(scene, moment, frame)
    room = max(1, frame.height - len(top) - len(bottom))
    if moment.handles.help:
        middle = _help(moment.handles)[:room]
    elif not (scene.lines or scene.reply or scene.caption):
        middle = opening_rows(frame.notes, moment.handles, frame.width, frame.glyphs)[:room]
    else:
        middle = conversation_rows(scene, moment.heard, frame.width, room, frame.glyphs)
    middle += [Text()] * (room - len(middle))
    everything = [*top, *middle, *bottom][-frame.height :] if frame.height < 3 else [*top, *middle, *bottom]
    for row in everything:
        row.truncate(frame.width, overflow="crop")
    return everything[: frame.height]


def _top(scene: Scene, moment: Moment, frame: Frame) -> list[Text]:
    states = _states(scene.state, frame.width)
    if frame.height < SMALL_ROWS:
        return [states]
    meters = [] if moment.handles.text_only else meter_rows(moment.levels, scene.playing, frame.width, frame.glyphs)
    return [_title(moment, frame), states, *meters, _rule(frame)]


def _bottom(scene: Scene, moment: Moment, frame: Frame) -> list[Text]:
    keys = keys_row(moment.handles, frame.width, frame.glyphs)
    if frame.height < SMALL_ROWS:
        return [keys]
    status = status_row(scene, moment.handles, moment.now_us, moment.warning, frame.glyphs)
    if frame.height < ROOMY_ROWS:
        return [_rule(frame), status, keys]
    room = min(10, max(3, (frame.height - 9) // 3))
    changes = [_change(change, frame.glyphs) for change in list(scene.changes)[-room:]]
    changes += [Text()] * (room - len(changes))
    return [_rule(frame), *changes, _rule(frame), status, keys]


def _title(moment: Moment, frame: Frame) -> Text:
    seconds = moment.now_us // 1_000_000
    clock = f"{seconds // 60}:{seconds % 60:02}"
    left = Text.assemble((" IS2S", "bold"), ("  " + shown(frame.title), "dim"))
    right = f"{frame.backends}   {clock}" if frame.backends else clock
    if left.cell_len + len(right) + 2 > frame.width:
        right = clock
    left.truncate(max(0, frame.width - len(right) - 2), overflow="crop")
    left.append(" " * max(1, frame.width - left.cell_len - len(right)))
    return left.append(right, "dim")


def _states(current: State, width: int) -> Text:
    """All six, the current one lit and, for terminals without colours, in brackets; alone where there is no room."""
    gap = " " if width > 70 else ""
    row = Text(" ")
    for state in State if width > 64 else (current,):
        lit = state is current
        name, style = (f"[{state.value}]", f"bold reverse {COLORS[state]}") if lit else (f" {state.value} ", "dim")
        row.append(name, style).append(gap)
    return row


def _change(change: Change, glyphs: Glyphs) -> Text:
    row = Text().append(f" {change.t_us / 1e6:9.3f}  ", "dim")
    row.append(change.source.value, "" if change.moved else "dim")
    if change.moved:
        row.append(f" {glyphs.arrow} ", "dim").append(change.dest.value, COLORS[change.dest])
    row.append(" " * (41 - row.cell_len))
    row.append(readable(change.reason), "" if change.moved else "dim")
    if change.verdict:
        row.append(f" {glyphs.dot} {VERDICTS.get(change.verdict, change.verdict)}", "" if change.moved else "dim")
    return row


def readable(reason: str) -> str:
    """A reason of the journal as words."""
    return reason.replace("_", " ")


def _rule(frame: Frame) -> Text:
    return Text(" " + frame.glyphs.rule * (frame.width - 2), "dim")


def _help(handles: Handles) -> list[Text]:
    return [Text.assemble((f" {key:15}", "bold"), what) for key, what in help_of(handles)]
