"""Typed turns, one after another or at once, and replies printed as they are heard."""

import io
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from engine.replay.runner import replay
from engine.replay.scenario import load
from engine.terminal.telling import Teller
from engine.terminal.turns import LineSplitter, SpokenTurns, WrittenTurns
from engine.terminal.words import MARGIN_SAMPLES, WordPrinter
from models import registry
from models.tts_silent import SilentSynthesizer
from states.errors import BackendUnavailable, ConfigError
from states.events import Event, ReplyGenerated, SessionStopped, StopRequested, TurnTyped
from states.state import State
from states.step import Step

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


def step(event: Event, source: State, dest: State) -> Step:
    return Step(0, 0, event, source, dest, "moved", "", 0, 0, 0, 0)


def test_lines_of_bytes() -> None:
    lines: list[str] = []
    splitter = LineSplitter(lines.append, lambda: lines.append("<end>"))
    for part in (b"one\ntw", b"o\r\n\n", "spä".encode()[:3], "spä".encode()[3:] + b"t"):
        splitter.feed(part)
    assert lines == ["one", "two", ""]
    splitter.ended()
    assert lines == ["one", "two", "", "spät", "<end>"]


def test_written_turns_wait_for_the_answer() -> None:
    posted: list[Event] = []
    turns = WrittenTurns(posted.append)
    for line in ("first", " ", "second"):
        turns.line(line)
    turns.ended()
    assert posted == [TurnTyped("first")]
    turns(step(posted[0], State.IDLE, State.THINKING), 0, 0)
    turns(step(ReplyGenerated(1, 1), State.THINKING, State.SPEAKING), 0, 0)
    assert posted == [TurnTyped("first")], "still being answered"
    turns(step(ReplyGenerated(1, 1), State.SPEAKING, State.IDLE), 0, 0)
    assert posted == [TurnTyped("first"), TurnTyped("second")]
    turns(step(posted[1], State.IDLE, State.THINKING), 0, 0)
    turns(step(ReplyGenerated(2, 1), State.SPEAKING, State.IDLE), 0, 0)
    assert posted[2:] == [SessionStopped()]


def test_a_late_step_in_idle_does_not_end_a_turn_that_was_only_posted() -> None:
    posted: list[Event] = []
    turns = WrittenTurns(posted.append)
    turns.line("first")
    turns.line("second")
    turns(step(StopRequested(), State.IDLE, State.IDLE), 0, 0)
    assert posted == [TurnTyped("first")]


def test_no_lines_at_all_end_the_session() -> None:
    posted: list[Event] = []
    WrittenTurns(posted.append).ended()
    assert posted == [SessionStopped()]


def test_a_person_is_not_made_to_wait() -> None:
    posted: list[Event] = []
    turns = SpokenTurns(posted.append)
    for line in ("one", "two ", ""):
        turns.line(line)
    turns.ended()
    assert posted == [TurnTyped("one"), TurnTyped("two"), StopRequested(), SessionStopped()]


@pytest.mark.parametrize("name", ["interrupt_counting", "twenty_barge_ins", "model_says_nothing", "hard_text"])
def test_what_is_printed_is_what_the_history_keeps(name: str) -> None:
    steps = replay(load(SCENARIOS / name)).steps
    out: list[str] = []
    printer = WordPrinter(out.append)
    for one in steps:
        printer(one, 0, 0)
        printer.look(lambda _, one=one: one.heard_samples)  # type: ignore[misc]
    kept = [" ".join(one.kept.split()) + (" --" if one.cut else "") for one in steps if one.kept]
    assert "".join(out).splitlines() == kept


def test_words_are_printed_one_by_one_and_none_too_early() -> None:
    from states.commands import GenerateReply
    from states.events import ChunkSynthesized, ClauseGenerated

    out: list[str] = []
    printer = WordPrinter(out.append)
    word = 4 * MARGIN_SAMPLES
    spans = ((0, 3, 0, word), (4, 7, word, 2 * word), (8, 13, 2 * word, 3 * word))
    state = State.THINKING
    for event, commands in (
        (TurnTyped("go"), (GenerateReply(1, ()),)),
        (ClauseGenerated(1, 0, "One two three"), ()),
        (ChunkSynthesized(1, 0, 0, 3 * word, spans, True, False), ()),
    ):
        printer(Step(0, 0, event, state, state, "stayed", "", 0, 0, 1, 0, commands), 0, 0)
    found = []
    for heard in range(0, 3 * word + MARGIN_SAMPLES + 1, word // 4):
        printer.look(lambda _, heard=heard: heard)  # type: ignore[misc]
        found.append("".join(out))
    assert found == sorted(found, key=len)
    assert {"", "One", "One two", "One two three"} == set(found)


class Broken(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def test_a_teller_writes_in_order_and_elsewhere() -> None:
    stream = io.StringIO()
    teller: Teller[int] = Teller(lambda number: f"{number}\n", stream)
    for number in range(100):
        teller.tell(number)
    teller.close()
    assert stream.getvalue().split() == [str(number) for number in range(100)]


def test_a_teller_without_a_reader_says_so_once() -> None:
    broken: list[str] = []
    stream: IO[str] = Broken()
    teller: Teller[str] = Teller(str, stream, broken=lambda: broken.append("broken"))
    teller.tell("a")
    teller.tell("b")
    with pytest.raises(BrokenPipeError):
        teller.close()
    assert broken == ["broken"]


def test_the_silent_voice_gives_words_their_time() -> None:
    text = "  Hello, wide   world. "
    chunks = list(SilentSynthesizer(240).synthesize(text))
    spans = [span for chunk in chunks for span in chunk.words]
    assert [text[first:end] for first, end, _, _ in spans] == ["Hello,", "wide", "world."]
    at = 0
    for chunk, (_, _, first, end) in zip(chunks, spans, strict=True):
        assert (first, end) == (at, at + len(chunk.samples)), "no gap and no overlap"
        assert chunk.samples.dtype == np.float32
        assert not chunk.samples.any()
        at = end
    assert list(SilentSynthesizer().synthesize(" \n ")) == []


def test_its_rate_is_the_one_asked_for() -> None:
    prose = "one of the hundred usual words that English prose is made of again " * 10
    voice = SilentSynthesizer(240)
    seconds = sum(len(chunk.samples) for chunk in voice.synthesize(prose)) / voice.rate_hz
    assert abs(len(prose) / 6 / seconds * 60 - 240) < 5, "by words of six letters, space included"
    with pytest.raises(ConfigError, match="30 to 60000"):
        SilentSynthesizer(20)


def test_auto_never_means_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda _: None)
    with pytest.raises(BackendUnavailable, match="no tts is ready"):
        registry.resolve("tts")
