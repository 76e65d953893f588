"""When things happen in a scenario: moments given in time, or by what the conversation is doing."""

from collections.abc import Callable

from engine.replay.scenario import After
from models.ports import MIC_HZ
from states.events import ChunkSynthesized, PlayoutStarted
from states.step import Step


def samples_of(us: int) -> int:
    """Microseconds as samples of the microphone's timeline."""
    return us * MIC_HZ // 1_000_000


class Moments:
    """Watches the steps of a session and tells at which sample an ``After`` came true."""

    def __init__(self, heard: Callable[[int], int]) -> None:
        self._heard = heard
        self._entered: dict[str, list[int]] = {}
        self._started: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self._words: dict[int, list[int]] = {}
        self._clauses: dict[tuple[int, int], int] = {}
        self.user_ends: dict[int, int] = {}

    def __call__(self, step: Step, _waited_us: int, _took_us: int) -> None:
        """Take note of a step."""
        at = samples_of(step.now_us)
        if step.outcome == "moved":
            self._entered.setdefault(step.dest.value, []).append(at)
        if step.outcome == "stale":
            return
        if step.kept is not None:
            self._ended[step.reply] = at
        match step.event:
            case PlayoutStarted(reply):
                self._started[reply] = at
            case ChunkSynthesized() as chunk:
                first = self._clauses.setdefault((chunk.reply, chunk.clause), chunk.first_sample)
                self._words.setdefault(chunk.reply, []).extend(first + span[2] for span in chunk.words)
            case _:
                pass

    def sample_of(self, after: After, now: int) -> int | None:
        """The sample of this moment; ``now`` is the sample at which a word found to be heard is placed."""
        base: int | None
        if after.user:
            base = self.user_ends.get(after.user)
        elif after.state:
            times = self._entered.get(after.state, [])
            base = times[after.nth - 1] if len(times) >= after.nth else None
        elif after.end:
            base = self._ended.get(after.reply)
        elif after.word:
            words = self._words.get(after.reply, [])
            reached = len(words) >= after.word and self._heard(after.reply) > words[after.word - 1]
            base = now if reached else None
        else:
            base = self._started.get(after.reply)
        return None if base is None else base + after.plus_ms * MIC_HZ // 1000
