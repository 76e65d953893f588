"""The conversation as rows: what both sides said, word by word as it is heard."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from engine.inspect.timeline import shown
from engine.terminal.controls import Handles
from engine.terminal.glyphs import Glyphs
from engine.terminal.scene import Caption, Line, Scene, words_of

LABELS = {"user": "you", "assistant": "assistant"}
LABEL_CELLS = 12

SAID = "bold"
HEARD = ""
TO_COME = "dim italic"
CUT = "dim strike"

DROPPED_CHARACTERS = 160
"""Of words that were never heard so many are shown: enough to see what was cut off, not all that was in store."""

AHEAD_CHARACTERS = 4000
"""Of words to come so many are looked at: more than a screen."""

_CONSOLE = Console()  # wrapping asks for one; nothing is printed by it


def conversation_rows(scene: Scene, heard: int, width: int, room: int, glyphs: Glyphs) -> list[Text]:
    """At most ``room`` rows. Of a long conversation the end, of a long reply the place that is being heard."""
    caption = _labelled("hears", _caption(scene.caption, glyphs), width) if scene.caption else []
    space = max(1, room - len(caption))
    done: list[Text] = []
    for line in reversed(scene.lines):
        done = [*_line(line, width, glyphs), *done]
        if len(done) >= space:
            break
    now, place = _reply(scene, heard, width, glyphs)
    everything = [*done, *now]
    if len(everything) > space:
        below = len(now) - place if now else 0  # rows of the reply after the one that is being heard
        end = len(everything) - max(0, below - max(1, space // 2))
        everything = everything[max(0, end - space) : max(end, space)]
    return (everything + caption)[-room:] if room < len(caption) else everything[: room - len(caption)] + caption


def opening_rows(notes: Sequence[str], handles: Handles, width: int, glyphs: Glyphs) -> list[Text]:
    """What there is to know before anybody has spoken, and how to begin."""
    begin = "Type something." if handles.text_only else "Say something."
    if handles.push_to_talk:
        begin = "Press the space bar, say something, and press it again."
    texts = [Text(_tidy(note, glyphs), "dim") for note in notes]
    rows = [row for text in texts for row in [*text.wrap(_CONSOLE, max(1, width - 2)), Text()]]
    return [Text(" ").append_text(row) for row in [*rows, Text(begin)]]


def _reply(scene: Scene, heard: int, width: int, glyphs: Glyphs) -> tuple[list[Text], int]:
    """Rows of the live reply, and the number of the one in which the words heard end, from 1."""
    if scene.reply is None:
        return [], 0
    spoken, to_come = words_of(scene.reply, heard)
    spoken, to_come = _tidy(spoken, glyphs), _tidy(to_come[:AHEAD_CHARACTERS], glyphs)
    whole = _labelled("assistant", Text.assemble((spoken, HEARD), (to_come, TO_COME)), width)
    return whole, len(_labelled("assistant", Text(spoken), width))


def _line(line: Line, width: int, glyphs: Glyphs) -> list[Text]:
    text = Text().append(_tidy(line.text, glyphs), SAID if line.role == "user" else HEARD)
    if line.dropped:
        text.append(glyphs.cut if line.text else "", "red")
        text.append(_tidy(_shortened(line.dropped), glyphs), CUT)
    elif line.cut:
        text.append(glyphs.cut.rstrip(), "red")
    return _labelled(LABELS[line.role], text, width)


def _caption(caption: Caption, glyphs: Glyphs) -> Text:
    text = Text().append(_tidy(caption.text, glyphs), "dim" if caption.settled else "italic")
    if caption.fate:
        text.append(f"  ({caption.fate.replace('_', ' ')})", "dim")
    return text


def _labelled(label: str, text: Text, width: int) -> list[Text]:
    """Text beside its label, wrapped at white space; where the terminal is narrow, below it in one column less."""
    indent = LABEL_CELLS if width >= 40 else 2
    wrapped = list(text.wrap(_CONSOLE, max(1, width - indent))) or [Text()]
    result = []
    for number, line in enumerate(wrapped):
        line.rstrip()
        head = (f" {label}" if indent > 2 else f"{label[0]} ") if not number else ""
        result.append(Text().append(f"{head:{indent}}", "dim").append_text(line))
    return result


def _shortened(words: str) -> str:
    if len(words) <= DROPPED_CHARACTERS:
        return words
    return words[:DROPPED_CHARACTERS].rpartition(" ")[0] + " ..."


def _tidy(words: str, glyphs: Glyphs) -> str:
    """One line of words that cannot steer a terminal, with the spaces at its ends kept."""
    left = " " if words[:1].isspace() else ""
    right = " " if words.strip() and words[-1:].isspace() else ""
    return left + glyphs.fit(shown(words)) + right
