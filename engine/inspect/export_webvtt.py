"""The conversation as WebVTT (W3C): captions beside ``conversation.wav``, both sides as voices.

Words of a reply that nobody heard are in class ``unheard`` and struck out; a dismissed interjection is in class
``dismissed``. Players that know no styles show them in brackets all the same.
"""

from collections.abc import Iterator

from engine.inspect.exports import Told
from engine.inspect.story import Answer, Story, plain

STYLE = """STYLE
::cue(.unheard) { text-decoration: line-through; opacity: 0.6; }
::cue(.dismissed) { font-style: italic; }"""

_LEAST_US = 1000


def render(told: Told) -> str:
    """Cues in the order of their time. A log that breaks off in a reply ends its cue there."""
    cues = sorted([*_user(told.story), *_assistant(told.story)])
    blocks = ["WEBVTT", STYLE]
    for number, (begin, end, text) in enumerate(cues, 1):
        blocks.append(f"{number}\n{_time(begin)} --> {_time(max(end, begin + _LEAST_US))}\n{text}")
    return "\n\n".join(blocks) + "\n"


def _user(story: Story) -> Iterator[tuple[int, int, str]]:
    for turn in story.turns:
        begin = turn.began_us if turn.began_us is not None else turn.taken_us
        end = turn.quiet_us if turn.quiet_us is not None else turn.taken_us + 1_000_000
        if words := _escaped(turn.text):
            yield begin, end, f"<v You>{words}</v>"
    for candidate in story.candidates:
        speech = story.speeches.get(candidate.utterance)
        if candidate.verdict == "dismiss" and speech is not None and (words := _escaped(speech.text)):
            end = speech.quiet_us or candidate.verdict_us or candidate.onset_us
            yield candidate.onset_us, end, f"<v You><c.dismissed>({words})</c></v>"


def _assistant(story: Story) -> Iterator[tuple[int, int, str]]:
    for answer in story.answers.values():
        if answer.heard_us is None:
            continue
        end = answer.closed_us if answer.closed_us is not None else story.end_us
        if text := _words(answer):
            yield answer.heard_us, end, f"<v Assistant>{text}</v>"


def _words(answer: Answer) -> str:
    kept, dropped = _escaped(answer.kept), _escaped(answer.dropped)
    if answer.closed_us is None:
        return "..."
    cut = f"-- <c.unheard>[{dropped}]</c>" if dropped else "--" if answer.cut else ""
    return " ".join(part for part in (kept, cut) if part)


def _escaped(words: str) -> str:
    text = "".join(c for c in plain(words) if c.isprintable())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(us: int) -> str:
    seconds, thousandths = divmod(us // 1000, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"
