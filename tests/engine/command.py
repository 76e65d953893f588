"""A call of the command line, and what a refusal looks like."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a call of ``is2s`` came to."""

    status: object
    out: str
    err: str


Call = Callable[..., Answer]


def refused(answer: Answer, *parts: object) -> None:
    """One line on stderr with all of these in it, nothing on stdout, and exit status 1."""
    assert answer.status == 1
    assert answer.out == ""
    assert answer.err.startswith("is2s: ")
    assert answer.err.count("\n") == 1
    assert answer.err.endswith("\n")
    for part in parts:
        assert str(part) in answer.err
