"""A long random walk through the core: ``python -m tests.core.soak --steps 1000000 --seed 1``.

Many sessions in a row, each checked step by step and re-executed from its own record. A failure prints the session
and the seed to find it again with.
"""

import argparse
import random
import time
from collections import Counter

from states.settings import DialogueSettings
from states.table import Row
from tests.core.chaos import Walk
from tests.core.exploration import SILENT

SESSION_STEPS = 500


def soak(steps: int, seed: int, rows: set[Row] | None = None) -> Counter[str]:
    """Walk that many steps and more, to the end of the last session; returns how often each outcome came.

    The rows of the table that were taken are added to ``rows``.
    """
    outcomes: Counter[str] = Counter()
    session = 0
    while outcomes.total() < steps:
        rng = random.Random(f"{seed}/{session}")
        walk = Walk(rng.randrange, SILENT if session % 4 == 3 else DialogueSettings())
        try:
            for _ in range(SESSION_STEPS):
                walk.go()
            walk.finish()
        except Exception as error:
            raise AssertionError(f"session {session} of seed {seed}, step {len(walk.steps)}: {error}") from error
        outcomes += walk.outcomes
        if rows is not None:
            rows |= walk.rows
        session += 1
    return outcomes


def main() -> None:
    """Run from the command line and print what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.process_time()
    outcomes = soak(options.steps, options.seed)
    seconds = time.process_time() - began
    done = outcomes.total()
    print(f"{done} steps, each checked and executed twice, in {seconds:.0f} s of processor time: {dict(outcomes)}")


if __name__ == "__main__":
    main()
