"""Going on with a session whose journal may end anywhere: at any line, at any byte."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.resume import resume
from engine.session import Session
from states.errors import JournalError
from states.events import TurnTyped
from states.history import Entry, History, Message
from states.step import Step
from tests.cassette.recorded_session import SAYS, record
from tests.engine.command import Call, refused


@dataclass
class Seen:
    """What the core of a running session knew after each step, in place 0 before the first."""

    histories: list[tuple[Entry, ...]] = field(default_factory=lambda: [()])
    turns: list[int] = field(default_factory=lambda: [0])
    in_the_air: list[str] = field(default_factory=lambda: [""])
    prepared: list[str] = field(default_factory=lambda: [""])
    _live: int | None = None

    def __call__(self, session: Session, step: Step) -> None:
        memory, live = session.dialogue.memory, session.dialogue.live_reply
        heard = step.heard_samples if live is not None and live == self._live else 0
        self.histories.append(session.dialogue.history.messages)
        self.turns.append(memory.turn)
        self.in_the_air.append(memory.reply.spoken_text(heard) if memory.reply else "")
        self.prepared.append(memory.prepared.text if memory.prepared else "")
        self._live = live

    def expected(self, lines: int) -> tuple[Entry, ...]:
        """The history that a session broken off after so many steps must leave."""
        history = History(self.histories[lines])
        history.add(Message("user", self.prepared[lines]))
        history.add(Message("assistant", self.in_the_air[lines], cut=True))
        return history.messages


@dataclass(frozen=True)
class Talk:
    """A recorded session and what was seen of it."""

    folder: Path
    seen: Seen

    @property
    def raw(self) -> bytes:
        return (self.folder / "transitions.jsonl").read_bytes()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    """Three spoken turns, a dismissed word, a barge-in, a typed turn and a failing model."""
    seen = Seen()

    def hand(session: Session, step: Step) -> None:
        seen(session, step)
        if step.reason == "first_sample" and step.turn == 2:
            session.mailbox.post(TurnTyped("and in winter"))

    return Talk(record(tmp_path_factory.mktemp("resume") / "talk", SAYS, hand=hand), seen)


def broken_off(folder: Path, raw: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "transitions.jsonl").write_bytes(raw)
    return folder


def texts(history: tuple[Entry, ...]) -> list[tuple[str, str]]:
    return [(entry.role, entry.text) for entry in history]


def test_the_talk_has_what_can_go_wrong(talk: Talk) -> None:
    lines = [json.loads(line) for line in talk.raw.splitlines()[1:]]
    assert {"barge_in", "dismiss"} <= {line.get("verdict", "").replace("interrupt", "barge_in") for line in lines}
    assert any(line["on"]["type"] == "turn_typed" for line in lines)
    assert any(talk.seen.in_the_air), "a reply was in the air"
    assert any(talk.seen.prepared), "an answer was prepared"
    assert len(talk.seen.histories) == len(lines) + 1


def test_at_every_line(talk: Talk, tmp_path: Path) -> None:
    raw = talk.raw.splitlines(keepends=True)
    said_nothing = 0
    for lines in range(len(raw)):
        folder = broken_off(tmp_path / "cut", b"".join(raw[: lines + 1]))
        expected = talk.seen.expected(lines)
        if not expected:
            said_nothing += 1
            with pytest.raises(JournalError, match="nothing was said"):
                resume(folder)
            continue
        found = resume(folder).earlier
        assert texts(found.history) == texts(expected), f"after step {lines}"
        assert found.turn == talk.seen.turns[lines] + bool(talk.seen.prepared[lines])
        assert (found.session, found.lines) == ("cut", lines)
    assert 0 < said_nothing < len(raw) // 2


def test_never_more_than_was_heard_in_the_end(talk: Talk) -> None:
    """The claim for a reply in the air is a prefix of what the whole journal says was heard of it."""
    whole = [json.loads(line) for line in talk.raw.splitlines()[1:]]
    kept = {line["reply"]: line["text.kept"] for line in whole if line.get("text.kept")}
    claims = 0
    for lines, words in enumerate(talk.seen.in_the_air):
        if words:
            claims += 1
            reply = whole[lines - 1]["reply"] or max(line["reply"] for line in whole[:lines])
            assert any(text.startswith(words) for number, text in kept.items() if number >= reply)
    assert claims


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data())
def test_at_any_byte(talk: Talk, tmp_path: Path, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(talk.raw)))
    folder = broken_off(tmp_path / "cut", talk.raw[:end])
    whole = 0
    for line in talk.raw[:end].split(b"\n"):
        try:
            json.loads(line)
        except ValueError:
            break
        whole += 1
    if not whole or not (expected := talk.seen.expected(whole - 1)):
        with pytest.raises(JournalError):
            resume(folder)
        return
    assert texts(resume(folder).earlier.history) == texts(expected)


def test_a_whole_session_is_gone_on_from_as_it_ended(talk: Talk) -> None:
    found = resume(talk.folder)
    assert found.earlier.history == talk.seen.histories[-1]
    assert found.notes == ()


def test_another_versions_journal_is_read_as_it_stands(talk: Talk, tmp_path: Path) -> None:
    """A verdict that this core would not draw: the words in the lines count."""
    lines = [json.loads(line) for line in talk.raw.splitlines()]
    head = {**lines[0], "settings": {**lines[0]["settings"], "min_voiced_ms": 60_000, "voice_alone_ms": 60_000}}
    head["settings"]["stop_phrases"] = []
    raw = "\n".join(json.dumps(line) for line in [head, *lines[1:]]).encode()
    found = resume(broken_off(tmp_path / "other", raw))
    assert any("another version" in note for note in found.notes)
    assert texts(found.earlier.history) == texts(talk.seen.histories[-1])
    assert found.earlier.turn == talk.seen.turns[-1]


def test_the_chain_goes_on(talk: Talk, tmp_path: Path) -> None:
    """A session that goes on from another re-executes, replays and can be gone on from."""
    from engine.cassette.replaying import replay_session
    from engine.inspect.reader import read_log
    from engine.inspect.verify import verify

    cut = broken_off(tmp_path / "first", b"".join(talk.raw.splitlines(keepends=True)[: len(talk.seen.turns) // 2]))
    first = resume(cut).earlier
    second = record(tmp_path / "second", SAYS[:1], earlier=first)
    log = read_log(second)
    assert log.head["resumes"] == {"session": "first", "lines": first.lines}
    turns = [line["turn"] for line in log.lines if line["turn"]]
    assert min(turns) >= first.turn
    assert max(turns) == first.turn + 1
    assert verify(log).mismatch == ""
    assert replay_session(second).problems == ()
    third = resume(second).earlier
    assert texts(third.history)[: len(first.history) - 1] == texts(first.history)[:-1]
    assert (third.session, third.turn) == ("second", first.turn + 1)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "has no head"),
        (b'{"event":"session","format":', "has no head"),
        (b'{"event":"session","format":77}\n', "format 77"),
    ],
)
def test_a_damaged_head_is_one_clear_line(is2s: Call, tmp_path: Path, raw: bytes, why: str) -> None:
    refused(is2s("run", "--text", "--resume", broken_off(tmp_path / "bad", raw)), why)


def test_nothing_said_is_one_clear_line(is2s: Call, talk: Talk, tmp_path: Path) -> None:
    folder = broken_off(tmp_path / "silent", talk.raw.splitlines(keepends=True)[0])
    refused(is2s("run", "--text", "--resume", folder), "nothing was said")
    refused(is2s("run", "--text", "--resume", tmp_path / "absent"), "absent")


def test_a_damaged_chain_is_refused(talk: Talk, tmp_path: Path) -> None:
    head = {**json.loads(talk.raw.splitlines()[0]), "turn": "seven"}
    folder = broken_off(tmp_path / "bad", json.dumps(head).encode() + b"\n")
    with pytest.raises(JournalError, match="goes on from"):
        resume(folder)


def test_its_head_holds_to_the_schema(talk: Talk, tmp_path: Path) -> None:
    from engine.inspect.schema import checker

    second = record(tmp_path / "second", SAYS[:1], earlier=resume(talk.folder).earlier)
    head = json.loads((second / "transitions.jsonl").read_text(encoding="utf-8").partition("\n")[0])
    assert head["resumes"]["session"] == "talk"
    assert checker(head["format"])(head) == ""


@pytest.mark.parametrize("name", ["format_1", "format_1_tool"])
def test_a_journal_of_the_first_version(tmp_path: Path, name: str) -> None:
    """Whether or not the core of today would do the same, the words are those that were written."""
    raw = (Path(__file__).resolve().parents[1] / "inspect" / "journals" / f"{name}.jsonl").read_bytes()
    lines = [json.loads(line) for line in raw.splitlines()]
    said = [line["text.said"] for line in lines if line.get("text.said")]
    found = resume(broken_off(tmp_path / "old", raw)).earlier
    assert " ".join(entry.text for entry in found.history if entry.role == "user") == " ".join(said)
    assert found.turn == lines[-1]["turn"]


def test_no_scenario_is_made_of_half_a_conversation(is2s: Call, talk: Talk, tmp_path: Path) -> None:
    second = record(tmp_path / "second", SAYS[:1], earlier=resume(talk.folder).earlier)
    refused(is2s("scenario", "new", second, "--output", tmp_path / "made"), "goes on from another session")
    assert not (tmp_path / "made").exists()


def test_typing_goes_on(is2s: Call, talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    folder = broken_off(tmp_path / "first", talk.raw)
    (tmp_path / "typed").write_text("hello\n", encoding="utf-8")
    with (tmp_path / "typed").open(encoding="utf-8") as typed:
        monkeypatch.setattr(sys, "stdin", typed)
        to = ("--output", tmp_path / "second", "--resume", folder)
        answer = is2s("run", "--text", "--fast", "--llm", "companion", *to)
    assert answer.status == 0
    head, *_, last = (tmp_path / "second" / "transitions.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(head)["turn"] == talk.seen.turns[-1]
    assert json.loads(last)["turn"] == talk.seen.turns[-1] + 1
