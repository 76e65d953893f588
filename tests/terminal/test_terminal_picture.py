"""What a person reads off the screen, at usual, large, small and absurd sizes."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from engine.terminal.controls import Handles
from engine.terminal.glyphs import ASCII, UNICODE, Glyphs, glyphs_of
from engine.terminal.meters import FLOOR_DB, Levels, falling, peak_db
from engine.terminal.picture import Frame, Moment, rows
from engine.terminal.scene import Caption, Change, Line, Scene
from models.ports import MIC_HZ
from states.events import ChunkSynthesized
from states.reply import Reply
from states.state import State
from tests.engine.unhurried import unhurried

TEXT = "Once upon a time there was a lighthouse keeper."
WORD_SAMPLES = MIC_HZ // 4


def scene() -> Scene:
    """Speaking, three words into a reply, after one that was cut off."""
    made = Scene()
    made.state = State.SPEAKING
    made.lines.append(Line("user", "count to ten"))
    made.lines.append(Line("assistant", "One, two, three,", "four, five.", cut=True))
    made.lines.append(Line("user", "tell me a story"))
    made.changes.append(Change(2_500_000, State.LISTENING, State.TRANSCRIBING, True, "endpoint"))
    made.changes.append(Change(4_812_000, State.SPEAKING, State.SPEAKING, False, "no_words", "undecided"))
    made.reply = Reply(2)
    made.reply.add_clause(TEXT)
    spans, at = [], 0
    for number, word in enumerate(TEXT.split()):
        spans.append((at, at + len(word), number * WORD_SAMPLES, (number + 1) * WORD_SAMPLES))
        at += len(word) + 1
    made.reply.add_chunk(ChunkSynthesized(2, 0, 0, len(spans) * WORD_SAMPLES, tuple(spans), True, False))
    made.playing = "playing"
    made.latency_us = 612_000
    return made


def drawn(moment: Moment, made: Scene | None = None, *, width: int = 80, height: int = 24) -> list[Text]:
    return rows(made or scene(), moment, Frame(width, height, UNICODE, "sessions/001", "silero · sphinx"))


def read(picture: list[Text], **console: object) -> str:
    """What rich makes of it on a terminal without colours."""
    screen = Console(file=io.StringIO(), record=True, width=200, **console)  # type: ignore[arg-type]
    for row in picture:
        screen.print(row, no_wrap=True, overflow="crop")
    return screen.export_text()


def styled(picture: list[Text], style: str) -> str:
    """The words that are printed in this style, and nothing else, in order."""
    parts = [row.plain[span.start : span.end] for row in picture for span in row.spans if span.style == style]
    return " ".join(part.strip() for part in parts)


MOMENT = Moment(5_000_000, heard=3 * WORD_SAMPLES, levels=Levels(-30, -12, 83))


def test_the_current_state_is_lit() -> None:
    picture = drawn(MOMENT)
    assert " idle   listening   transcribing   thinking  [speaking]  interrupted" in read(picture)
    lit = [(row.plain[span.start : span.end], str(span.style)) for row in picture for span in row.spans]
    assert ("[speaking]", "bold reverse bright_blue") in lit
    assert len([1 for _, style in lit if "reverse" in style]) == 1


def test_words_heard_and_words_to_come() -> None:
    picture = drawn(MOMENT)
    assert f" assistant  {TEXT}\n" in read(picture)
    assert styled(picture, "dim italic") == TEXT.removeprefix("Once upon a ")


def test_cut_words_are_struck_out() -> None:
    picture = drawn(MOMENT)
    assert " assistant  One, two, three, – four, five.\n" in read(picture)
    assert styled(picture, "dim strike") == "four, five."


def test_reasons_are_words() -> None:
    lines = [" ".join(line.split()) for line in read(drawn(MOMENT)).splitlines()]
    assert "2.500 listening → transcribing endpoint" in lines
    assert "4.812 speaking no words · not sure yet" in lines


def test_meters_and_latency() -> None:
    picture = drawn(MOMENT)
    text = read(picture)
    assert text.count(" microphone  ━") == 1
    assert "voice  ━━━━━━━━──  80 %" in text
    assert "reply  playing" in text
    assert "answered in 0.61 s" in text
    microphone, loudspeaker = text.splitlines()[2:4]
    assert microphone[:51].count("━") == 19, "half of 38 cells is -30 dB"
    assert loudspeaker.count("━") == 30


def test_flags() -> None:
    made = scene()
    made.echo_us, made.under_runs, made.lost_samples = 4_000_000, 2, 160
    usual = read(drawn(MOMENT))
    assert not any(flag in usual for flag in ("muted", "echo", "under-run", "lost", "talk"))
    muted = Handles(muted=True)
    flags = read(drawn(Moment(5_000_000, handles=muted), made, width=100))
    assert " answered in 0.61 s   ● muted   ● echo suspected   under-runs 2   samples lost 160\n" in flags
    assert " ● muted   the disk is full\n" in read(drawn(Moment(handles=muted, warning="the disk is full"), made))
    assert "echo" not in read(drawn(Moment(60_000_000), made)), "not for ever"
    assert "push to talk" in read(drawn(Moment(handles=Handles(push_to_talk=True, muted=True))))
    assert "● talk now" in read(drawn(Moment(handles=Handles(push_to_talk=True))))
    made.lost_devices = ("microphone",)
    assert "● no microphone" in read(drawn(MOMENT, made))


def test_the_line_being_typed_and_the_keys() -> None:
    assert " space stop · m mute · t type · q quit · ? keys\n" in read(drawn(MOMENT))
    typing = read(drawn(Moment(handles=Handles(typing="what time"))))
    assert " you › what time \n" in typing
    long = read(drawn(Moment(handles=Handles(typing="x" * 200 + "end"))))
    assert long.splitlines()[-1].endswith("end "), "its end is what one types at"
    assert "Escape" in read(drawn(Moment(handles=Handles(help=True))))
    assert "Ctrl-D" in read(drawn(Moment(handles=Handles(typing="", text_only=True))))


def test_before_anybody_has_spoken() -> None:
    note = "llm: companion is taken, for ollama is not ready: no server answers; mend it with: ollama serve"
    frame = Frame(60, 24, UNICODE, notes=(note,))
    text = " ".join(read(rows(Scene(), Moment(), frame)).split())
    assert f"{note} Say something." in text
    assert "Type something." in read(rows(Scene(), Moment(handles=Handles(typing="", text_only=True)), frame))
    talk = Handles(push_to_talk=True, muted=True)
    assert "Press the space bar" in read(rows(Scene(), Moment(handles=talk), frame))
    assert "Say something." not in read(rows(scene(), Moment(), frame)), "the conversation has taken the place"


def test_what_is_heard_of_the_user() -> None:
    made = scene()
    made.caption = Caption(3, "stop wh", settled=False)
    assert " hears      stop wh\n" in read(drawn(MOMENT, made))
    made.caption = Caption(3, "mm-hm", settled=True, fate="backchannel")
    assert " hears      mm-hm  (backchannel)\n" in read(drawn(MOMENT, made))


def test_words_cannot_steer_the_terminal() -> None:
    made = scene()
    made.lines.append(Line("user", "a\x1b[2Jb\rc\x07"))
    made.caption = Caption(3, "\x1b]0;title\x07", settled=False)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system=None, width=200)
    for row in drawn(Moment(handles=Handles(typing="\x1b[1m")), made):
        console.print(row, no_wrap=True)
    written = screen.getvalue()
    assert not any(steering in written for steering in ("\x1b[2J", "\x1b]0", "\r", "\x07"))


def test_nothing_jumps_while_a_reply_is_heard() -> None:
    pictures = [drawn(Moment(heard=heard)) for heard in range(0, 9 * WORD_SAMPLES, WORD_SAMPLES // 2)]
    texts = {tuple(row.plain for row in picture) for picture in pictures}
    assert len(texts) == 1, "only the style of words changes"


def test_a_long_reply_is_followed_where_it_is_heard() -> None:
    made = scene()
    made.reply = Reply(3)
    words = [f"word{number}" for number in range(400)]
    made.reply.add_clause(" ".join(words))
    spans, at = [], 0
    for number, word in enumerate(words):
        spans.append((at, at + len(word), number * 100, (number + 1) * 100))
        at += len(word) + 1
    made.reply.add_chunk(ChunkSynthesized(3, 0, 0, 40_000, tuple(spans), True, False))
    for heard in range(0, 400, 13):
        text = read(drawn(Moment(heard=heard * 100), made))
        assert words[max(0, heard - 1)] in text.split(), "the last word heard is on the screen"


TERMINALS = [
    pytest.param("utf-8", "xterm", UNICODE, id="usual"),
    pytest.param("ascii", "xterm", ASCII, id="ascii"),
    pytest.param("latin-1", "xterm", ASCII, id="latin-1"),
    pytest.param("utf-8", "linux", ASCII, id="console"),
]


@pytest.mark.parametrize(("encoding", "term", "expected"), TERMINALS)
def test_signs_by_terminal(encoding: str, term: str, expected: Glyphs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    assert glyphs_of(encoding) is expected


def test_ascii_is_ascii() -> None:
    made = scene()
    made.lines.append(Line("user", "日本 “spät”"))
    picture = rows(made, MOMENT, Frame(80, 24, ASCII, "s", "a"))
    text = read(picture)
    assert text.isascii()
    assert "One, two, three, -- four, five." in text


@unhurried
@given(
    width=st.integers(1, 220),
    height=st.integers(1, 70),
    words=st.lists(st.text(max_size=40), max_size=8),
    typing=st.none() | st.text(max_size=50),
    signs=st.sampled_from([UNICODE, ASCII]),
    text_only=st.booleans(),
    heard=st.integers(0, 10 * WORD_SAMPLES),
)
def test_any_size(
    width: int, height: int, words: list[str], typing: str | None, signs: Glyphs, text_only: bool, heard: int
) -> None:
    made = scene()
    for number, text in enumerate(words):
        made.lines.append(Line("user" if number % 2 else "assistant", text, text, cut=True))
    made.caption = Caption(1, words[0], settled=True) if words else None
    handles = Handles(typing=typing, text_only=text_only)
    picture = rows(made, Moment(heard=heard, handles=handles), Frame(width, height, signs, "t", "b"))
    assert len(picture) == height
    assert all(cell_len(row.plain) <= max(1, width - 1) for row in picture)
    assert not any("\n" in row.plain or "\x1b" in row.plain for row in picture)


def test_levels() -> None:
    import numpy as np

    assert peak_db(np.zeros(0, dtype=np.float32)) == FLOOR_DB
    assert peak_db(np.array([0.5, -1.0], dtype=np.float32)) == 0.0
    assert abs(peak_db(np.array([0.1, -0.05], dtype=np.float32)) + 20) < 0.01
    assert falling(-10.0, -40.0) == -11.6
    assert falling(-40.0, -10.0) == -10.0
