"""Which setting a verdict hangs on, proved by re-execution: with it alone changed, the core decides otherwise."""

from collections.abc import Sequence

from engine.codec import Record, event_of, is_older, settings_of
from engine.earlier import earlier_of
from engine.inspect.reader import Log
from engine.whatif.settings_diff import Setting, with_setting
from states.dialogue import Dialogue
from states.errors import JournalError, UnexpectedEvent

VERDICT = ("source", "dest", "outcome", "reason", "verdict")
"""What a step decided."""


def verdict_of(line: Record) -> tuple[object, ...]:
    """What the step of this line decided."""
    return tuple(line.get(name) for name in VERDICT)


def to_blame(log: Log, place: int, wanted: Record, settings: Sequence[Setting]) -> tuple[Setting, ...]:
    """Those of the settings each of which, alone, makes the core decide at ``place`` of ``log`` as ``wanted`` did."""
    ours = [setting for setting in settings if setting.key.startswith("dialogue.") and setting.b is not None]
    return tuple(setting for setting in ours if _decides(log, place, setting) == verdict_of(wanted))


def _decides(log: Log, place: int, setting: Setting) -> tuple[object, ...] | None:
    """What is decided there with the second session's value; None where it cannot be told."""
    try:
        head = {**log.head, "settings": with_setting(log.head["settings"], setting.key, setting.b)}
        earlier = earlier_of(head)
        dialogue = Dialogue(settings_of(head), earlier.history, turn=earlier.turn)
        step = None
        for line in log.lines[: place + 1]:
            event = event_of(line, older=is_older(head))
            step = dialogue.handle(event, now=line["t_us"], heard=line["heard_samples"])
    except (JournalError, UnexpectedEvent, KeyError):
        return None
    if step is None:
        return None
    return step.source.value, step.dest.value, step.outcome, step.reason, step.verdict
