"""Scores of one trial in which something happens while the assistant speaks."""

from dataclasses import dataclass

import numpy as np

from engine.score.classes import HOLD_WINDOW_MS, SILENT_TICK_MS, YIELD_WINDOW_MS, EventClass
from engine.score.corpus import Corpus
from engine.score.gate import heard_runs, voicing
from engine.score.running import Rendered
from engine.score.trace import Trace, trace
from engine.score.trial import Trial
from models.ports import MIC_HZ, Samples
from states.judge import tokens

VOID_MS = 100
_LAST_MS = 60
"""The end of a session fades the assistant out; so much before it is not looked at."""


_UNHEARD = 2e-3
"""What of the reply lies below this (-54 dB) is lost in the end of a fade."""

_FADE = 20 * MIC_HZ // 1000

_OTHER_WORDS = 1000
"""The error of a history that is no prefix of the reply."""


Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FloorScore:
    """``void``: why the trial tells nothing, or empty. Times in ms, signed; None where it never was so.

    ``reacted_ms``: from the onset to the first sample at -12 dB. ``silenced_ms``: from where the floor is taken to
    the first silent sample. ``committed_ms``: to the barge-in, by the engine's own log. ``kept``: the reply was
    still going on at the end. ``right``: it did what the class asks for; ``right_tau``: by tau-voice's windows,
    where a pause of 200 ms counts as having stopped. ``resumed_ms``: from the event's end to full level;
    ``resumed_after_ms``: from the last dismissal before that, by the log. ``lost``, ``repeated``: samples, over all
    pauses. ``history``: words kept in the history less the words heard; None where none was to be cut;
    ``history_faded``: it is right where the last 20 ms, a fade, may be left out. ``over_claimed``: a word of which
    nothing was heard is in it. ``reason``: of the engine's last verdict.
    """

    void: str = ""
    reacted_ms: float | None = None
    silenced_ms: float | None = None
    committed_ms: float | None = None
    kept: bool = True
    right: bool = False
    right_tau: bool = False
    resumed_ms: float | None = None
    resumed_after_ms: float | None = None
    pauses: int = 0
    lost: int = 0
    repeated: int = 0
    turned_down_s: float = 0.0
    spoken_s: float = 0.0
    history: int | None = None
    history_faded: bool = True
    over_claimed: bool = False
    reason: str = ""


def score_floor(trial: Trial, rendered: Rendered, control: Samples, corpus: Corpus) -> FloorScore:
    """Score a trial from its output, beside the control."""
    end = min(len(rendered.out), trial.length) - _LAST_MS * MIC_HZ // 1000
    out = rendered.out[:end]
    at, reach = trial.take_over, VOID_MS * MIC_HZ // 1000
    found = trace(out, control)
    before = 0
    if 0 <= found.reacted < trial.onset - reach:  # to the noise around it, to our own echo, to nothing
        since = trial.onset - reach
        shift = next((pause.shift for pause in reversed(found.pauses) if pause.end <= since), 0)
        whole, found = found, trace(out, control, since, shift)
        before = whole.turned_down - found.turned_down
        if found.reacted == since or 0 <= whole.given_up < since:
            return FloorScore(void="already reacting", turned_down_s=max(0, before) / MIC_HZ)
        at_control = at - shift
    else:
        at_control = at
    if not voicing(heard_runs(control), at_control - reach, at_control + reach):
        return FloorScore(void="not speaking")
    history, faded, over_claimed = _history(rendered, found, control, corpus)
    kept = found.given_up < 0
    right, right_tau = outcome(trial.event, found, trial.onset, at)
    return FloorScore(
        reacted_ms=_ms(found.reacted, trial.onset),
        silenced_ms=_ms(found.silenced, at),
        committed_ms=_committed(trial, rendered),
        kept=kept,
        right=right,
        right_tau=right_tau,
        resumed_ms=_ms(found.full_again, trial.end),
        resumed_after_ms=_since_dismissed(rendered, found),
        pauses=len(found.pauses),
        lost=sum(pause.lost for pause in found.pauses),
        repeated=sum(pause.repeated for pause in found.pauses),
        turned_down_s=(found.turned_down + max(0, before)) / MIC_HZ,
        spoken_s=found.spoken / MIC_HZ,
        history=history,
        history_faded=faded,
        over_claimed=over_claimed,
        reason=_reason(trial, rendered),
    )


def _ms(sample: int, since: int) -> float | None:
    return None if sample < 0 else round((sample - since) * 1000 / MIC_HZ, 2)


def outcome(event: EventClass, found: Trace, onset: int, take_over: int) -> tuple[bool, bool]:
    """Whether the reply did what the class asks for, by the whole of it, and by tau-voice's windows."""
    given_up_ms = _ms(found.given_up, take_over)
    if event.expected == "yield":
        right = given_up_ms is not None and given_up_ms <= YIELD_WINDOW_MS
        return right, right
    stops = [(p.first, p.end) for p in found.pauses] + ([(found.given_up, 1 << 60)] if found.given_up >= 0 else [])
    window = onset + HOLD_WINDOW_MS * MIC_HZ // 1000
    tick = SILENT_TICK_MS * MIC_HZ // 1000
    return given_up_ms is None, not any(a < window and b - a >= tick for a, b in stops)


def _committed(trial: Trial, rendered: Rendered) -> float | None:
    for step in rendered.log:
        if step.outcome == "moved" and step.dest == "interrupted":
            return round(step.t_ms - trial.take_over * 1000 / MIC_HZ, 2)
    return None


def _since_dismissed(rendered: Rendered, found: Trace) -> float | None:
    """How long after the engine's last dismissal before it the reply was at full level again."""
    full_ms = found.full_again * 1000 / MIC_HZ
    told = [s.t_ms for s in rendered.log if s.verdict == "dismiss" and s.t_ms <= full_ms]
    return round(full_ms - told[-1], 2) if told and found.full_again >= 0 else None


def _reason(trial: Trial, rendered: Rendered) -> str:
    """What the log gives as the reason of the last verdict, or of the step into the interruption."""
    verdicts = [s for s in rendered.log if s.verdict or (s.outcome == "moved" and s.dest == "interrupted")]
    onset_ms = trial.onset * 1000 // MIC_HZ - VOID_MS
    after = [s for s in verdicts if s.t_ms >= onset_ms]
    taken = next((s for s in after if s.dest == "interrupted"), after[-1] if after else None)
    return "" if taken is None else f"{taken.verdict or 'interrupt'}:{taken.reason}"


def _divided(text: Words, story: Words, second: Words) -> tuple[int, bool]:
    """How many words of a message are the story's, and whether the rest, if any, is the next reply's.

    The next reply joins the same message where the user's words came to nothing.
    """
    common = next(
        (n for n, (a, b) in enumerate(zip(text, story, strict=False)) if a != b), min(len(text), len(story))
    )
    for count in range(common, -1, -1):
        if text[count:] == second[: len(text) - count]:
            return count, True
    return common, False


def _history(rendered: Rendered, found: Trace, control: Samples, corpus: Corpus) -> tuple[int | None, bool, bool]:
    """Words the history keeps of the reply less those half heard; right but for a fade; one not heard at all."""
    script, runs = corpus.story, heard_runs(control)
    if found.given_up < 0 or not runs or not rendered.told:
        return None, True, False
    begun = heard_runs(script.samples)[0][0]
    moved = runs[0][0] - begun
    place = found.said_until - moved
    loud = np.flatnonzero(np.abs(control[found.said_until + 1 :]) > _UNHEARD)
    furthest = place + (int(loud[0]) if len(loud) else 0)  # of silence in the reply nobody can tell how much was said
    said = sum(2 * (place - first) >= end - first for first, end in script.spans)
    at_most = sum(2 * (furthest - first) >= end - first for first, end in script.spans)
    touched = sum(furthest > first for first, _ in script.spans)
    kept_text = tokens(next((text for role, text in rendered.told if role == "assistant"), ""))
    story, second = tokens(corpus.story.text), tokens(corpus.second.text)
    kept, exact = _divided(kept_text, story, second)
    off = min(0, kept - said) + max(0, kept - at_most)
    least = sum(2 * (place - _FADE - first) >= end - first for first, end in script.spans)
    return (off if exact else off or _OTHER_WORDS), exact and least <= kept <= at_most, kept > touched
