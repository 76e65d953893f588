"""When a real adapter fails in a real session: a clear logged outcome, an apology, and the next turn is answered.

Real threads, real HTTP. Whatever is said, Whisper hears its sentence.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.replay.scenario import After
from models.llm_ollama import OllamaModel
from states.events import GenerationFailed, PlayoutDrained
from states.settings import DialogueSettings
from states.step import Step
from tests.engine.live_session import Say
from tests.models.real_session import RealSession
from tests.ollama_server import OllamaServer, Reply, absent_url, answer, chat_line, last_line
from tests.small_models import HEARD, small_piper, small_whisper

pytestmark = pytest.mark.slow

WORDS = "one two three four five six"
APOLOGY = DialogueSettings().generation_failed
USER = ("user", HEARD)
HELLO = ("assistant", "Hello there.")
"""What a healthy server answers."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


Hold = Callable[..., RealSession]


@pytest.fixture
def hold(folder: Path, tmp_path: Path) -> Iterator[Hold]:
    """Hold a conversation with this model and return it."""
    recognizer, synthesizer = small_whisper(folder / "whisper"), small_piper(folder, speed=3.0)

    def holding(model: OllamaModel, *after: After, **more: Any) -> RealSession:
        says = [Say(WORDS, at_ms=50), *(Say(WORDS, after=each) for each in after)]
        session = RealSession(tmp_path, says, recognizer, model, synthesizer, **more)
        session.run()
        return session

    yield holding
    recognizer.close()


def end_of(reply: int) -> After:
    return After(reply=reply, end=True, plus_ms=50)


def test_absent_at_the_start(hold: Hold) -> None:
    found = hold(OllamaModel(host=absent_url()), end_of(2))
    assert found.history == [USER, ("assistant", APOLOGY)] * 2
    assert found.reasons.count("generation_failed") == 2
    assert "BackendUnavailable: no Ollama answers at http://127.0.0.1" in found.error("generation_failed")


AT_ONCE: list[tuple[str, Reply, str]] = [
    ("empty", Reply([last_line()]), "gave an empty answer"),
    ("error", Reply([{"error": "out of memory"}], status=500), "status 500: out of memory"),
    ("error line", Reply([chat_line("One"), {"error": "runner died"}]), "broke off its answer: runner died"),
    ("reset", Reply([chat_line("One")], end_at=Reply([chat_line("One")]).size() - 5, ending="reset"), ""),
]


@pytest.mark.parametrize(("reply", "error"), [pytest.param(*row[1:], id=row[0]) for row in AT_ONCE])
def test_no_answer_that_can_be_spoken(hold: Hold, server: OllamaServer, reply: Reply, error: str) -> None:
    """The words that came before the fault are no clause yet: nothing is left half said."""
    server.script("/api/chat", reply)
    found = hold(OllamaModel(host=server.url), end_of(2))
    assert found.history == [USER, ("assistant", APOLOGY), USER, HELLO]
    assert found.reasons.count("generation_failed") == 1
    assert "BackendError: " in found.error("generation_failed")
    assert error in found.error("generation_failed")
    assert server.bodies()[1]["messages"][-3:][1]["content"] == APOLOGY, "the model is told what was heard"


BEGUN = answer("It is noon, ", "I think. ", "Later ", "it will ", "rain.")
BROKEN_OFF: list[tuple[str, Reply, str]] = [
    ("error line", Reply([*BEGUN[:3], {"error": "runner died"}]), "broke off its answer"),
    ("reset", Reply(BEGUN, end_at=Reply(BEGUN[:3]).size(), ending="reset"), "connection was lost"),
    ("silence", Reply(BEGUN, end_at=Reply(BEGUN[:3]).size(), ending="silence"), "sent nothing for 0.2 s"),
]


@pytest.mark.parametrize(("reply", "error"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN_OFF])
def test_broken_off_in_mid_answer(hold: Hold, server: OllamaServer, reply: Reply, error: str) -> None:
    """What was written before it is spoken and stays; the next turn is answered."""
    server.script("/api/chat", reply)
    found = hold(OllamaModel(host=server.url, read_timeout_s=0.2), end_of(1))
    assert found.history == [USER, ("assistant", "It is noon, I think."), USER, HELLO]
    assert error in found.error("generation_failed")


def test_the_server_dies_in_mid_answer_and_comes_back(hold: Hold) -> None:
    """First its last words, then an apology for its absence, then an answer: by another server at the same place."""
    servers = [OllamaServer().__enter__()]
    try:
        servers[0].chat(BEGUN, end_at=Reply(BEGUN[:3]).size(), ending="silence")

        def fate(step: Step, _waited_us: int, _took_us: int) -> None:
            if step.reason == "first_sample" and step.reply == 1:
                servers[0].__exit__(None, None, None)
            if isinstance(step.event, PlayoutDrained) and step.reply == 3 and step.kept is not None:
                servers.append(OllamaServer(port=int(servers[0].url.rpartition(":")[2])).__enter__())

        found = hold(OllamaModel(host=servers[0].url), end_of(1), end_of(3), listeners=[fate])
        assert found.history == [
            USER,
            ("assistant", "It is noon, I think."),
            USER,
            ("assistant", APOLOGY),
            USER,
            HELLO,
        ]
        failures = [step.event for step in found.steps if isinstance(step.event, GenerationFailed)]
        assert [failure.reply for failure in failures] == [1, 2]
        assert "no Ollama answers" in failures[1].error
        assert len(servers) == 2
        assert len(servers[1].bodies()) == 1
    finally:
        servers[-1].__exit__(None, None, None)


def test_a_slow_first_token(hold: Hold, server: OllamaServer) -> None:
    """Slow: ten looks without a line. It is waited for."""
    gate = threading.Event()
    server.chat(answer("Late ", "but ", "here."), gate=gate)

    class Watched(OllamaModel):
        looks = 0

        def stream(self, messages: Sequence[Any]) -> Any:
            for piece in super().stream(messages):
                self.looks += piece == ""
                if self.looks == 10:
                    gate.set()
                yield piece

    found = hold(Watched(host=server.url))
    assert found.history == [USER, ("assistant", "Late but here.")]


def test_a_first_token_that_never_comes(hold: Hold, server: OllamaServer) -> None:
    """Given up by the dialogue's deadline, which closes the connection, and by the adapter's."""
    for _ in range(2):
        server.chat(answer("x"), gate=threading.Event())
    model = OllamaModel(host=server.url, connect_timeout_s=1.0, first_timeout_s=60.0)
    found = hold(model, end_of(2), settings={"dialogue": {"reply_ms": 700}})
    assert found.history == [USER, ("assistant", APOLOGY)] * 2
    assert found.reasons.count("reply_overdue") == 2
    for _ in range(2):
        server.wait_gone()


def test_an_adapter_that_loses_patience(hold: Hold, server: OllamaServer) -> None:
    server.chat(answer("x"), gate=threading.Event())
    found = hold(OllamaModel(host=server.url, connect_timeout_s=0.2, first_timeout_s=0.2), end_of(2))
    assert found.history == [USER, ("assistant", APOLOGY), USER, HELLO]
    assert "sent nothing for 0.4 s" in found.error("generation_failed")
    server.wait_gone()


def test_an_endless_answer_is_cut_into(hold: Hold, server: OllamaServer) -> None:
    server.chat([chat_line("on and on, ")], endless=True)
    model = OllamaModel(host=server.url, options={"num_predict": 100_000, "num_ctx": 200_000})
    found = hold(model, After(reply=1, word=3))
    server.wait_gone()
    first, cut, *rest = found.history
    assert (first, rest) == (USER, [USER, HELLO])
    assert cut[1].startswith("on and on, on")
    assert cut[1] != "on and on, " * 1000
    assert [step.verdict for step in found.steps if step.verdict == "interrupt"] == ["interrupt"]


def test_an_endless_answer_ends_at_its_bound(hold: Hold, server: OllamaServer) -> None:
    server.chat([chat_line("on ")], endless=True)
    found = hold(OllamaModel(host=server.url, options={"num_predict": 2}))
    server.wait_gone()
    assert found.history == [USER, ("assistant", " ".join(["on"] * (2 + 16)))]
    assert "reply_finished" in found.reasons


@pytest.mark.parametrize("clause", [0, 1])
def test_one_clause_that_cannot_be_spoken(
    hold: Hold, server: OllamaServer, monkeypatch: pytest.MonkeyPatch, clause: int
) -> None:
    """Of the first nothing is left but an apology, in the same voice; of a later one what came before it."""
    from models.tts_piper import _EndableRun

    run, runs = _EndableRun.run, iter(range(1000))

    def failing(self: Any, outputs: Any, inputs: Any) -> Any:
        if next(runs) == clause:
            raise RuntimeError("the network is broken")
        return run(self, outputs, inputs)

    monkeypatch.setattr(_EndableRun, "run", failing)
    server.chat(BEGUN)
    found = hold(OllamaModel(host=server.url), end_of(1 + (clause == 0)))
    heard = APOLOGY if clause == 0 else "It is noon,"
    assert found.history == [USER, ("assistant", heard), USER, HELLO]
    assert "BackendError: piper failed: RuntimeError: the network is broken" in found.error("synthesis_failed")


def test_one_sound_that_cannot_be_recognised(
    hold: Hold, server: OllamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("faster_whisper")
    from models.whisper_call import Call

    encode, calls = Call.encode, iter(range(1000))

    def failing(self: Any, features: Any) -> Any:
        if next(calls) < 2:  # in the pause, and again at the end
            raise RuntimeError("out of memory")
        return encode(self, features)

    monkeypatch.setattr(Call, "encode", failing)
    found = hold(OllamaModel(host=server.url), end_of(1))
    assert found.history == [("assistant", DialogueSettings().recognition_failed), USER, HELLO]
    assert "BackendError: Whisper failed: out of memory" in found.error("recognition_failed")
