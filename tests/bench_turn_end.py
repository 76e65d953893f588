"""Measure what ends a turn: ``python -m tests.bench_turn_end [--test]``.

Prints Markdown. Prosody: AUC of ends against pauses by corpus, learned on dev. Rules: turns cut off against the
median silence waited for, as the rules' silences are scaled; the figures at 300 ms and at 5 % are the best measured
point of the curve that keeps to them. ``--test`` scores the held-out half; nothing may be chosen by it.
"""

import sys
from collections.abc import Callable, Sequence

import numpy as np

from engine.clock import MonotonicClock
from models.ports import MIC_HZ
from states.turn_end import TurnEndSettings, silence_that_ends
from tests.turn_end_trials import PAUSE_MS, Place, Turn, dictations, human, lacking, phrases
from tests.turn_prosody import auc, final_pct, fit, measures

Wait = Callable[[Place, tuple[int, ...]], int]
KEPT = 8
"""Own pauses remembered."""


def curve(turns: Sequence[Turn], wait: Wait) -> list[tuple[float, float]]:
    """Median silence in ms and share of turns cut off, at each scale."""
    points = []
    for scale in np.geomspace(0.1, 8, 60):
        cut, waits, own = 0, [], dict[str, list[int]]()
        for turn in turns:
            mine = own.setdefault(turn.speaker, [])
            early = False
            for place in turn.places:
                ms = max(PAUSE_MS, scale * wait(place, tuple(mine[-KEPT:])))
                if place.pause_ms is None:
                    waits.append(ms)
                elif place.pause_ms > ms:
                    early = True
            mine += [place.pause_ms for place in turn.places if place.pause_ms is not None]
            cut += early
        points.append((float(np.median(waits)), cut / len(turns)))
    return points


def figures(points: Sequence[tuple[float, float]]) -> str:
    """Cut-offs at 300 ms, and the least median silence with at most 5 % of them."""
    at_300 = [cut for ms, cut in points if ms <= 300]
    at_5 = [ms for ms, cut in points if cut <= 0.05]
    return f"{min(at_300):.1%} | {min(at_5):.0f} ms" if at_300 and at_5 else "not reached | not reached"


def main(held_out: bool) -> None:
    """Blocks for a minute; says so where the recordings are not here."""
    if missing := lacking():
        print(f"what ends a turn is not measured: {missing}")
        return
    turns = [*phrases(), *dictations(), *human()]
    dev = [t for t in turns if not t.test]
    scored = [t for t in turns if t.test is held_out]
    learned = [p for t in dev for p in t.places]
    model = fit([p.row for p in learned], [p.pause_ms is None for p in learned])
    print(
        f"{'test' if held_out else 'dev'}: {len(scored)} turns\n\n| corpus | ends | pauses | AUC |\n|---|---|---|---|"
    )
    for corpus in sorted({t.corpus for t in scored}):
        places = [p for t in scored if t.corpus == corpus for p in t.places]
        ends = [p.pause_ms is None for p in places]
        found = auc([final_pct(model, p.row) for p in places], ends)
        print(f"| {corpus} | {sum(ends)} | {len(ends) - sum(ends)} | {found:.2f} |")
    settings = TurnEndSettings()
    rules: dict[str, Wait] = {
        "fixed": lambda _p, _own: 500,
        "words": lambda p, _own: silence_that_ends(p.text, -1, (), settings)[0],
        "prosody": lambda p, _own: silence_that_ends("", final_pct(model, p.row), (), settings)[0],
        "words, prosody": lambda p, _own: silence_that_ends(p.text, final_pct(model, p.row), (), settings)[0],
        "words, own pauses": lambda p, own: silence_that_ends(p.text, -1, own, settings)[0],
    }
    paused = [t for t in scored if t.corpus != "vap_phrases"]
    groups = {"dictation": {"dictation"}, "human clips": {"barista", "librivox"}}
    for group, corpora in groups.items():
        of = [t for t in paused if t.corpus in corpora]
        print(
            f"\n{group}: {len(of)} turns\n\n| rule | cut at 300 ms | silence at 5 % | as shipped |\n|---|---|---|---|"
        )
        for name, wait in rules.items():
            if group == "human clips" and "words" in name:
                continue  # no text there
            print(f"| {name} | {figures(curve(of, wait))} | {shipped(of, wait)} |")
    clock, sound = MonotonicClock(), np.random.default_rng(1).standard_normal(3 * MIC_HZ // 2).astype(np.float32)
    began = clock.now_us()
    for _ in range(50):
        measures(sound)
    print(f"\nprosody: {(clock.now_us() - began) / 50_000:.1f} ms a call on 1.5 s")


def shipped(turns: Sequence[Turn], wait: Wait) -> str:
    """Cut-offs and median silence with the silences as they are, unscaled."""
    cut, waits, own = 0, [], dict[str, list[int]]()
    for turn in turns:
        mine = own.setdefault(turn.speaker, [])
        found = [(p.pause_ms, wait(p, tuple(mine[-KEPT:]))) for p in turn.places]
        cut += any(pause is not None and pause > ms for pause, ms in found)
        waits += [ms for pause, ms in found if pause is None]
        mine += [pause for pause, _ in found if pause is not None]
    return f"{cut / len(turns):.1%}, {np.median(waits):.0f} ms"


if __name__ == "__main__":
    main("--test" in sys.argv[1:])
