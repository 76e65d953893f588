"""What the user's hand did in a recorded session is done again when it is replayed."""

from pathlib import Path

from engine.cassette.replaying import replay_session
from engine.inspect.reader import read_log
from engine.session import Session
from states.events import MicrophoneMuted, SpeechPaused, TurnTyped
from states.step import Step
from tests.cassette.recorded_session import record


def hand(session: Session, step: Step) -> None:
    """Type into the first reply; mute in the pause after what is said next, which ends it."""
    if step.verdict == "dismiss":
        session.mailbox.post(TurnTyped("what about spain"))
    match step.event:
        case SpeechPaused(utterance=3):
            session.switch.turn(False)
        case _:
            pass


def test_typed_and_muted(tmp_path: Path) -> None:
    says = ((50, "count on now"), (1_500, "yeah"), (4_500, "does it ever end"))
    long = {"endpointing": {"silence_ms": 700}}
    folder = record(tmp_path / "live", says, live=True, settings=long, hand=hand)
    kinds = [line["on"]["type"] for line in read_log(folder).lines]
    assert [kind for kind in kinds if kind.startswith(("turn", "microphone"))] == ["turn_typed", "microphone_muted"]
    found = replay_session(folder)
    assert found.problems == ()
    again = [type(step.event) for step in found.result.steps]
    assert [kind for kind in again if kind in (TurnTyped, MicrophoneMuted)] == [TurnTyped, MicrophoneMuted]
