"""Diagrams of a session in Mermaid: one turn as a sequence, and the states by how often each way was taken."""

from collections.abc import Iterator

from engine.codec import Record
from engine.inspect.exports import Told
from engine.inspect.story import Story, Turn, plain
from states.diagram import moving_rows
from states.errors import ConfigError
from states.state import State

WHO = {
    "transcribe_utterance": ("R", "what did they say?"),
    "assess_utterance": ("R", "is that for us?"),
    "cancel_transcription": ("R", "never mind"),
    "generate_reply": ("L", "answer"),
    "synthesize_clause": ("S", "speak clause {clause}"),
    "cancel_reply": ("L", "stop"),
    "duck_playout": ("P", "duck"),
    "hold_playout": ("P", "hold"),
    "resume_playout": ("P", "resume"),
    "stop_playout": ("P", "fade out and forget the rest"),
}
"""To whom a command goes, and in what words. Deadlines and housekeeping are left out."""

FROM = {"utterance": "R", "transcription": "R", "clause": "L", "reply": "L", "generation": "L", "playout": "P"}
"""Whose fact an event is, by the first word of its name."""

HEAD = """sequenceDiagram
    actor U as You
    participant D as Dialogue
    participant R as Recogniser
    participant L as Language model
    participant S as Synthesiser
    participant P as Playout"""

SHADES = ("#9ecae1", "#4292c6", "#2171b5", "#08519c", "#08306b")
"""From rarely to often taken (ColorBrewer's sequential blues)."""


def sequence(told: Told) -> str:
    """One turn, from the user's first sound to the end of the last reply to it. Raises ``ConfigError``."""
    turn = _turn(told.story, told.turn)
    begin, _ = told.story.span_us(turn)
    closed = [told.story.answers[reply].closed_seq for reply in turn.replies]
    last = max(closed, default=0) or told.lines[-1]["seq"]
    out = [HEAD]
    before = ""
    for line in told.lines:
        if line["t_us"] < begin or line["seq"] > last or line["outcome"] not in ("moved", "stayed"):
            continue
        for arrow in _arrows(line):
            if arrow != before:  # speech that goes on and sound that grows is told once
                out.append(f"    {arrow}")
            before = arrow
    return "\n".join(out) + "\n"


def _turn(story: Story, number: int | None) -> Turn:
    found = [turn for turn in story.turns if number is None or turn.number == number]
    if not found:
        raise ConfigError(f"there is no turn {number} in this session" if number is not None else "there is no turn")
    return found[-1]


def _arrows(line: Record) -> Iterator[str]:
    kind = str(line["on"]["type"])
    if (arrow := _fact(kind, line)) is not None:
        yield arrow
    if "text.said" in line:
        yield f"Note over U,D: {_quoted(line['text.said'])}"
    for command in line["commands"]:
        if command["type"] in WHO:
            to, words = WHO[command["type"]]
            yield f"D->>{to}: {words.format(**command)}"
    if "text.kept" in line:
        heard = f"heard {_quoted(line['text.kept'])}" if line["text.kept"] else "nothing was heard"
        unheard = f", not heard {_quoted(line['text.dropped'])}" if line.get("text.dropped") else ""
        yield f"Note over D,P: {heard}{unheard}"
    if line["outcome"] == "moved":
        yield f"Note over D: {line['t_us'] / 1e6:.3f} s {line['dest']} ({_safe(line['reason'])})"


def _fact(kind: str, line: Record) -> str | None:
    if kind in ("speech_continued", "deadline_expired", "session_stopped"):
        return None
    if kind == "chunk_synthesized":
        return f"S-->>D: sound of clause {line['on']['clause']}"
    words = _quoted(line["text.text"]) if line.get("text.text") else ""
    told = f"{_safe(kind.replace('_', ' '))} {words}".rstrip()
    who = FROM.get(kind.partition("_")[0])
    return f"{who}-->>D: {told}" if who else f"U->>D: {told}"


def states(told: Told) -> str:
    """All states and ways between them; the more often one was taken, the darker and wider, and dotted where never.

    In the notation of a flowchart: Mermaid's own state diagram has no coloured arrows.
    """
    moves, most = told.story.moves, max(told.story.moves.values(), default=1)
    pairs = dict.fromkeys((row.source.value, row.dest.value) for row in moving_rows() if row.dest is not None)
    pairs |= dict.fromkeys(moves)  # an older version may have had others
    names = dict.fromkeys([*(state.value for state in State), *(name for pair in moves for name in pair)])
    out = ["flowchart TD", *(f'    {name}(["{name}"])' for name in names)]
    styles = []
    for number, (source, dest) in enumerate(pairs):
        count = moves.get((source, dest), 0)
        if count:
            reasons = sorted(
                (-n, reason) for (*way, reason), n in told.story.reasons.items() if way == [source, dest]
            )
            label = "<br/>".join(f"{_safe(reason)} {-n}" for n, reason in reasons)
            out.append(f'    {source} -->|"{label}"| {dest}')
            shade = SHADES[min(len(SHADES) - 1, count * len(SHADES) // (most + 1))]
            styles.append(f"    linkStyle {number} stroke:{shade},stroke-width:{1 + round(4 * count / most)}px")
        else:
            out.append(f"    {source} -.-> {dest}")
            styles.append(f"    linkStyle {number} stroke:#cccccc,stroke-width:1px")
    return "\n".join([*out, *styles]) + "\n"


def _quoted(words: object) -> str:
    return f"“{_safe(words)}”"


def _safe(words: object) -> str:
    """Without what Mermaid takes for its own: it knows entities by number."""
    text = "".join(c if c.isprintable() else "\ufffd" for c in plain(words))
    return "".join(f"#{ord(c)};" if c in '#;<>"%{}' else c for c in text)
