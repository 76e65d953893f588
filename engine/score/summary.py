"""From scored trials to the figures of the scoreboard, as one JSON-able table."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from engine.score.classes import BY_NAME, CLASSES, JOINT_GROUPS
from engine.score.figures import share, spread
from engine.score.floor import FloorScore
from engine.score.scoring import Scored
from engine.score.turns import GhostScore, TurnScore

FORMAT = 1

Table = dict[str, Any]


def summarise(scored: Sequence[Scored]) -> Table:
    """The figures. Shares are of trials that are not void; how many were void is told beside them."""
    floor = [(s, s.score) for s in scored if isinstance(s.score, FloorScore)]
    valid = [(s, score) for s, score in floor if not score.void]
    return {
        "classes": _classes(scored),
        "groups": _groups(valid),
        "joint": _joint(valid),
        "measures": _measures(valid, [s.score for s in scored if isinstance(s.score, TurnScore)], scored),
        "conditions": _conditions(valid),
        "voids": dict(Counter(score.void for _, score in floor if score.void)),
        "origins": dict(Counter(s.origin for s in scored)),
        "reasons": _reasons(valid),
    }


_Floors = Sequence[tuple[Scored, FloorScore]]


def _table(value: Any) -> Table | None:
    return None if value is None else asdict(value)


def _classes(scored: Sequence[Scored]) -> Table:
    result: Table = {}
    for each in CLASSES:
        own = [s for s in scored if s.kind == each.name]
        if not own:
            continue
        row: Table = {"group": each.group, "expected": each.expected, "n": len(own)}
        row["recorded"] = sum(s.origin == "recorded" for s in own)
        floors = [s.score for s in own if isinstance(s.score, FloorScore)]
        valid = [score for score in floors if not score.void]
        row["void"] = len(floors) - len(valid)
        row["right"] = _table(share([score.right for score in valid]))
        row["right_tau"] = _table(share([score.right_tau for score in valid]))
        turns = [s.score for s in own if isinstance(s.score, TurnScore)]
        if turns:
            row["right"] = _table(share([t.answered and not t.cut for t in turns]))
            row["answer_ms"] = _table(spread([t.answer_ms for t in turns if t.answer_ms is not None and not t.cut]))
        if floors:
            row["silenced_ms"] = _table(spread([f.silenced_ms for f in valid if f.silenced_ms is not None]))
        result[each.name] = row
    return result


def _groups(valid: _Floors) -> Table:
    result: Table = {}
    for group in dict.fromkeys(each.group for each in CLASSES):
        own = [score for s, score in valid if s.group == group]
        if own:
            result[group] = {
                "kept": _table(share([score.right for score in own])),
                "tau": _table(share([score.right_tau for score in own])),
            }
    return result


def _joint(valid: _Floors) -> Table:
    """The worst of the four, by both rules; None where one of the four has no trial."""
    result: Table = {}
    for rule, right in _RULES.items():
        shares = [share([right(score) for s, score in valid if s.group == group]) for group in JOINT_GROUPS]
        result[rule] = None if None in shares else min(found.share for found in shares if found is not None)
    return result


_RULES: dict[str, Callable[[FloorScore], bool]] = {"kept": lambda s: s.right, "tau": lambda s: s.right_tau}


def _measures(valid: _Floors, turns: Sequence[TurnScore], scored: Sequence[Scored]) -> Table:
    yields = [score for s, score in valid if BY_NAME[s.kind].expected == "yield"]
    holds = [score for s, score in valid if BY_NAME[s.kind].expected == "hold"]
    cuts = [score.history for _, score in valid if score.history is not None]
    kept = [score for score in holds if score.kept]
    paused = [score for score in kept if score.pauses]
    spoken_s = sum(score.spoken_s for score in holds)
    ghosts = [s.score for s in scored if isinstance(s.score, GhostScore)]
    noises = [score for s, score in valid if s.group in ("S_VT", "S_N")]
    pauses = [(s, s.score) for s in scored if isinstance(s.score, TurnScore) and s.kind.startswith("pause_")]
    return {
        "M1_first_reaction_ms": _ms(yields, lambda s: s.reacted_ms),
        "M1_silence_ms": _ms(yields, lambda s: s.silenced_ms),
        "M1_needless_ducking": _ratio(sum(s.turned_down_s for s in holds), spoken_s),
        "M2_commit_ms_by_log": _ms(yields, lambda s: s.committed_ms),
        "M4_answer_ms": _table(spread([t.answer_ms for t in turns if t.answer_ms is not None])),
        "M5_answer_ms": _table(spread([t.answer_ms for t in turns if t.answer_ms is not None and not t.cut])),
        "M5_cut_audible": _table(share([t.cut for t in turns])),
        "M5_cut_by_log": _table(share([t.taken_ms is not None and t.taken_ms < 0 for t in turns])),
        "M5_taken_ms_by_log": _table(
            spread([t.taken_ms for t in turns if t.taken_ms is not None and t.taken_ms >= 0])
        ),
        "M5_unanswered": _table(share([not t.answered for t in turns])),
        "M5_answers_prepared_by_log": round(sum(t.prepared for t in turns) / len(turns), 2) if turns else None,
        "M6_pause_taken_over": _table(share([t.cut for _, t in pauses])),
        "M8_history_exact": _table(share([words == 0 for words in cuts])),
        "M8_history_exact_but_for_a_fade": _table(
            share([s.history_faded for _, s in valid if s.history is not None])
        ),
        "M8_over_claims": sum(score.over_claimed for _, score in valid),
        "M9_resumed_ms": _ms([s for s in kept if s.reacted_ms is not None], lambda s: s.resumed_ms),
        "M9_resumed_after_dismissal_ms_by_log": _ms(paused, lambda s: s.resumed_after_ms),
        "M9_exact": _table(share([score.lost == 0 and score.repeated == 0 for score in paused])),
        "M9_lost_samples": sum(score.lost for score in paused),
        "M9_repeated_samples": sum(score.repeated for score in paused),
        "M15_ghost_turns": _per_hour(sum(g.turns for g in ghosts), sum(g.exposed_s for g in ghosts)),
        "M15_ghost_barge_ins": _per_hour(sum(not s.kept for s in noises), sum(s.spoken_s for s in noises)),
    }


def _ms(scores: Sequence[FloorScore], value: Callable[[FloorScore], float | None]) -> Table | None:
    return _table(spread([found for score in scores if (found := value(score)) is not None]))


def _ratio(part: float, whole: float) -> Table | None:
    return {"share": round(part / whole, 4), "part_s": round(part, 1), "of_s": round(whole, 1)} if whole else None


def _per_hour(count: int, exposed_s: float) -> Table | None:
    """A rate; ``at_most``: the 95 % bound (rule of three where there was none, else normal)."""
    if not exposed_s:
        return None
    bound = 3.0 if count == 0 else count + 1.96 * count**0.5
    rate = {"per_hour": round(count * 3600 / exposed_s, 2), "at_most": round(bound * 3600 / exposed_s, 2)}
    return {"count": count, "exposed_s": round(exposed_s, 1), **rate}


def _conditions(valid: _Floors) -> Table:
    """Shares that are right by origin, noise and echo, for what must yield and for what must not."""
    result: Table = {}
    for expected in ("yield", "hold"):
        own = [(s, score) for s, score in valid if BY_NAME[s.kind].expected == expected]
        for label in ("origin", "snr_db", "echo_db"):
            for value in dict.fromkeys(getattr(s, label) for s, _ in own):
                name = f"{expected} {label}={'none' if value is None else value}"
                result[name] = _table(share([score.right for s, score in own if getattr(s, label) == value]))
    return result


def _reasons(valid: _Floors) -> Table:
    """By class, the engine's reasons where the trial came out wrong, most frequent first."""
    result: Table = {}
    for s, score in valid:
        if not score.right:
            result.setdefault(s.kind, Counter())[score.reason or "none"] += 1
    return {kind: dict(counts.most_common()) for kind, counts in result.items()}
