"""A session as Chrome's trace JSON, for ui.perfetto.dev or chrome://tracing.

By the Trace Event Format (Google, 2016): a track for each kind of thing, complete events (``X``) that lie beside or
within each other, instants (``i``) for what takes no time, and flows (``s`` to ``f``) from what caused to what came
of it. Times are microseconds, as in the journal.
"""

from collections.abc import Iterator
from typing import Any

from engine.codec import as_line
from engine.inspect.exports import Told
from engine.inspect.story import Answer, Story, plain

TRACKS = ("states", "user", "barge-ins", "replies")

PROCESS = 1

Event = dict[str, Any]


def render(told: Told) -> str:
    """The trace as one line of JSON."""
    story = told.story
    events = [
        _meta("process_name", 0, f"IS2S {told.path.resolve().parent.name}"),
        *(_meta("thread_name", _tid(track), track) for track in TRACKS),
        *(_meta("thread_sort_index", _tid(track), _tid(track), key="sort_index") for track in TRACKS),
    ]
    for part in (_states, _speeches, _candidates, _answers, _instants, _flows):
        events += part(story)
    return (
        as_line({"displayTimeUnit": "ms", "otherData": {"format": told.head["format"]}, "traceEvents": events}) + "\n"
    )


def _states(story: Story) -> Iterator[Event]:
    for at in story.states:
        yield _slice("states", at.state, at.from_us, at.to_us, reason=at.reason, seq=at.seq)


def _speeches(story: Story) -> Iterator[Event]:
    for speech in story.speeches.values():
        end = _end(story, speech.ended_us)
        told = {"voiced_ms": speech.voiced_ms, "confidence_pct": speech.confidence_pct, "fate": speech.fate}
        yield _slice(
            "user", plain(speech.text) or f"utterance {speech.id}", speech.began_us, end, id=speech.id, **told
        )


def _candidates(story: Story) -> Iterator[Event]:
    last_us = 0
    for candidate in story.candidates:
        begin = max(last_us, candidate.onset_us)  # one at a time, so that the track stays flat
        last_us = end = max(begin, _end(story, candidate.verdict_us))
        name = f"{candidate.verdict}: {candidate.reason}"
        yield _slice("barge-ins", name, begin, end, utterance=candidate.utterance, reply=candidate.reply)


def _answers(story: Story) -> Iterator[Event]:
    for answer in story.answers.values():
        end = _end(story, answer.closed_us)
        told = {"turn": answer.turn, "closed_by": answer.closed_by, "cut": answer.cut}
        words = {"kept": plain(answer.kept), "dropped": plain(answer.dropped)}
        yield _slice("replies", f"reply {answer.id}", answer.opened_us, end, **told, **words)
        heard = answer.heard_us
        yield _slice("replies", "preparing", answer.opened_us, end if heard is None else heard)
        if heard is not None:
            yield _slice("replies", "playing", heard, end)
            yield from _gains(answer, heard, end)


def _gains(answer: Answer, heard: int, end: int) -> Iterator[Event]:
    """Where it was ducked or held, within ``playing``."""
    gain, since = "", heard
    for at, change in [*answer.gains, (end, "stop")]:
        at = min(max(at, heard), end)
        if gain in ("duck", "hold") and at > since:
            yield _slice("replies", {"duck": "ducked", "hold": "held"}[gain], since, at)
        gain, since = change, at


def _instants(story: Story) -> Iterator[Event]:
    for turn in story.turns:
        yield {
            "ph": "i",
            "s": "t",
            "name": f"turn {turn.number} taken",
            **_place("states", turn.taken_us),
            "args": {"user": plain(turn.text), "typed": turn.typed, "wait_ms": turn.wait_ms},
        }


def _flows(story: Story) -> Iterator[Event]:
    """Arrows from what the user said to the reply, and from the reply that was cut off to who did it."""
    number = 0
    for turn in story.turns:
        speech = story.speeches.get(turn.utterance)
        for reply in turn.replies:
            if speech is not None:
                number += 1
                answer = story.answers[reply]
                begin = min(max(turn.asked_us or 0, speech.began_us), _end(story, speech.ended_us), answer.opened_us)
                yield from _flow(number, "answer", ("user", begin), ("replies", answer.opened_us))
    last_us = 0
    for candidate in story.candidates:
        begin = max(last_us, candidate.onset_us)
        last_us = max(begin, _end(story, candidate.verdict_us))
        if candidate.utterance in story.speeches and begin == candidate.onset_us:
            number += 1
            yield from _flow(number, candidate.verdict, ("user", begin), ("barge-ins", begin))


def _flow(number: int, name: str, source: tuple[str, int], dest: tuple[str, int]) -> Iterator[Event]:
    yield {"ph": "s", "id": number, "name": name, "cat": "flow", **_place(*source)}
    yield {"ph": "f", "bp": "e", "id": number, "name": name, "cat": "flow", **_place(*dest)}


def _slice(track: str, name: str, begin: int, end: int, **told: object) -> Event:
    return {"ph": "X", "name": name, "cat": track, **_place(track, begin), "dur": max(0, end - begin), "args": told}


def _place(track: str, at: int) -> Event:
    return {"pid": PROCESS, "tid": _tid(track), "ts": at}


def _meta(name: str, tid: int, value: object, key: str = "name") -> Event:
    return {"ph": "M", "name": name, "pid": PROCESS, "tid": tid, "args": {key: value}}


def _tid(track: str) -> int:
    return TRACKS.index(track) + 1


def _end(story: Story, at: int | None) -> int:
    return story.end_us if at is None else at
