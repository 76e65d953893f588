"""Go on with an earlier session: its history and its turn number, from its journal alone.

The journal's events are handed to a fresh core, which remembers what the core then did. Where the process died with a
reply in the air, the session is taken to have been stopped at the last whole line: of that reply the history keeps
what had been heard by then. What was heard after that line, at most until the next step, is lost: to claim too little
is a repetition, to claim too much is a lie.
"""

from dataclasses import dataclass
from pathlib import Path

from engine.codec import Record, event_of, history_of, is_older, settings_of
from engine.earlier import Earlier, earlier_of
from engine.inspect.reader import Log, read_log
from states.dialogue import Dialogue
from states.errors import JournalError, UnexpectedEvent
from states.events import SessionStopped
from states.history import Entry, History, Message, ToolUse
from states.step import Step


@dataclass(frozen=True, slots=True)
class Resumed:
    """``earlier`` is what the new session begins with; ``notes`` tell, a line each, what was cut or is unsure."""

    earlier: Earlier
    notes: tuple[str, ...]


def resume(path: Path) -> Resumed:
    """Rebuild what a session's core knew from its folder or its journal, whole or cut off at any byte.

    Raises ``JournalError`` where there is no head, or nothing was said.
    """
    log = read_log(path)
    folder = log.path.resolve().parent
    notes = [f"{log.path}: {log.note}"] if log.note else []
    before = earlier_of(log.head)
    try:
        dialogue, heard = re_executed(log, before)
        history, turn = dialogue.history.messages, dialogue.memory.turn
        if not dialogue.memory.stopped:
            step, history, turn = _stopped(dialogue, log.lines[-1]["t_us"] if log.lines else 0, heard)
            notes += _about(step)
    except (JournalError, UnexpectedEvent, KeyError) as error:
        history, turn = _as_written(log, before)
        notes.append(
            f"{log.path}: another version wrote this ({error}); of a reply in the air nothing is taken for heard"
        )
    if not history:
        raise JournalError(f"{log.path}: nothing was said in this session, so there is nothing to go on from")
    return Resumed(Earlier(history, turn, folder.name, len(log.lines)), tuple(notes))


def re_executed(log: Log, before: Earlier) -> tuple[Dialogue, int]:
    """The core after the last line, and the samples known to be heard of the reply that is live then.

    Raises ``JournalError`` where it does not do as it did, as far as the history goes, or a line tells of no event.
    """
    dialogue = Dialogue(settings_of(log.head), before.history, turn=before.turn)
    heard, older = 0, is_older(log.head)
    for number, line in enumerate(log.lines, 2):
        live = dialogue.live_reply
        step = dialogue.handle(event_of(line, older=older), now=line["t_us"], heard=line["heard_samples"])
        if difference := _difference(step, line):
            raise JournalError(f"line {number}: {difference}")
        heard = line["heard_samples"] if live is not None and live == dialogue.live_reply else 0
    return dialogue, heard


def _difference(step: Step, line: Record) -> str:
    """How the history would come out differently, in a few words; empty where it would not."""
    then = (line["dest"], line.get("turn"), line.get("text.said"), line.get("text.kept"), line.get("cut", False))
    now = (step.dest.value, step.turn, step.said, step.kept, step.cut)
    if then == now:
        return ""
    return f"{line['on']['type']} led to {line['dest']}, and leads to {step.dest.value} now"


def _stopped(dialogue: Dialogue, now_us: int, heard: int) -> tuple[Step, tuple[Entry, ...], int]:
    step = dialogue.handle(SessionStopped(), now=now_us, heard=heard)
    return step, dialogue.history.messages, dialogue.memory.turn


def _about(step: Step) -> list[str]:
    found = []
    if step.said:
        found.append(f"the last turn, {step.said!r}, had not been answered")
    if step.kept is not None and step.cut:
        what = f"heard up to {step.kept!r}" if step.kept else "not heard yet"
        found.append(f"the reply in the air when the session broke off was {what}")
    return found


def _as_written(log: Log, before: Earlier) -> tuple[tuple[Entry, ...], int]:
    """History and turn as the lines tell them, without a core: user words, words heard, functions called."""
    history, turn = History(before.history), before.turn
    for line in log.lines:
        turn = line["turn"] if type(line.get("turn")) is int else turn
        said, kept = str(line.get("text.said", "")), str(line.get("text.kept", ""))
        cut = line.get("cut") is True
        parts: list[Entry] = [Message("user", said), Message("assistant", kept, cut=cut)]
        typed = line["on"]["type"] == "turn_typed"  # closes the reply first; all else takes the turn first
        for part in reversed(parts) if typed else parts:
            history.add(part)
        if line["on"]["type"] == "tool_used" and line["outcome"] in ("moved", "stayed"):
            history.add(_tool_use(line))
    return history.messages, turn


def _tool_use(line: Record) -> Entry:
    words = {"arguments": line.get("text.arguments", ""), "result": line.get("text.result", "")}
    on = line["on"]
    record = {"role": "tool", "name": on.get("name", ""), **words, "failed": on.get("failed", False)}
    (entry,) = history_of({"text.history": [record]})
    assert isinstance(entry, ToolUse)
    return entry
