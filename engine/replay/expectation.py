"""What a person demanded of a replay, held against what came of it."""

from difflib import unified_diff

from engine.replay.runner import Replay
from engine.replay.scenario import Expectation, Scenario
from states.errors import ReplayMismatch, ScenarioError
from states.state import State


def failures(scenario: Scenario, result: Replay) -> list[str]:
    """Every demand that was not met, a line each; empty where all were."""
    expect = scenario.file.expect
    found = [f"{entry} was never said: its moment never came" for entry in result.unsaid]
    moved = [step for step in result.steps if step.outcome == "moved"]
    path = tuple(step.dest.value for step in moved)
    if expect.path is not None and path != expect.path:
        found.append(f"path: expected {' '.join(expect.path)}, got {' '.join(path)}")
    barge_ins = sum(step.dest is State.INTERRUPTED for step in moved)
    if expect.barge_ins is not None and barge_ins != expect.barge_ins:
        found.append(f"barge_ins: expected {expect.barge_ins}, got {barge_ins}")
    dismissed = tuple(step.reason for step in result.steps if step.verdict == "dismiss")
    if expect.dismissed is not None and dismissed != expect.dismissed:
        found.append(f"dismissed: expected {list(expect.dismissed)}, got {list(dismissed)}")
    reasons = {step.reason for step in result.steps}
    found += [f"reasons: {reason!r} did not occur" for reason in expect.reasons if reason not in reasons]
    return found + _history_failures(expect, result)


def _history_failures(expect: Expectation, result: Replay) -> list[str]:
    if expect.history is None:
        return []
    got = [(message.role, message.text) for message in result.history]
    if len(got) != len(expect.history):
        return [f"history: expected {len(expect.history)} messages, got {got}"]
    found = []
    for number, ((role, words), (got_role, got_words)) in enumerate(zip(expect.history, got, strict=True), 1):
        alike = got_words == words or (role == "assistant" and _nearly(words, got_words, expect.tolerance_words))
        if role != got_role or not alike:
            found.append(f"history {number}: expected {role} {words!r}, got {got_role} {got_words!r}")
    return found


def _nearly(expected: str, got: str, tolerance_words: int) -> bool:
    """One is the other with at most so many words more."""
    a, b = expected.split(), got.split()
    shorter = min(len(a), len(b))
    return a[:shorter] == b[:shorter] and abs(len(a) - len(b)) <= tolerance_words


def check_golden(scenario: Scenario, result: Replay) -> None:
    """Raise ``ReplayMismatch`` with the first differing line where the journal is not the golden one."""
    path = scenario.golden_path
    try:
        golden = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ScenarioError(
            f"{path}: no golden log yet; write it with: is2s replay --update {path.parent}"
        ) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not a log: {error}") from error
    if golden == result.journal:
        return
    expected, got = golden.splitlines(), result.journal.splitlines()
    for number, (a, b) in enumerate(zip(expected, got, strict=False), 1):
        if a != b:
            raise ReplayMismatch(f"{path}: line {number} differs\n  expected: {a}\n  got:      {b}")
    raise ReplayMismatch(f"{path}: expected {len(expected)} lines, got {len(got)}")


def golden_diff(scenario: Scenario, result: Replay) -> str:
    """A unified diff between golden log and this one."""
    golden = scenario.golden_path.read_text(encoding="utf-8") if scenario.golden_path.is_file() else ""
    lines = unified_diff(golden.splitlines(), result.journal.splitlines(), "expected", "got", lineterm="")
    return "\n".join(lines)
