"""Keys: from the bytes a terminal sends to the events they become."""

import pytest

from engine.audio.switch import MicrophoneSwitch
from engine.terminal.controls import LONGEST_TURN, Controls
from engine.terminal.keys import KeyParser
from states.events import Event, MicrophoneMuted, MicrophoneUnmuted, SessionStopped, StopRequested, TurnTyped

BYTES = [
    pytest.param([b"qm "], ["q", "m", " "], id="letters"),
    pytest.param([b"\r\n"], ["enter", "enter"], id="enter"),
    pytest.param([b"\x7f\x08\x15\x04"], ["backspace", "backspace", "clear", "end"], id="control"),
    pytest.param([b"\x1b[A", b"\x1bOP", b"\x1b[15;5~", b"x"], ["x"], id="arrows and function keys"),
    pytest.param([b"\x1b", b"[", b"1;2", b"C", b"x"], ["x"], id="in pieces"),
    pytest.param([b"\x1bq", b"x"], ["x"], id="alt-q is no q"),
    pytest.param([b"\x1b\x1b[Ax"], ["escape", "x"], id="escape, then an arrow"),
    pytest.param(["ä€".encode()[:1], "ä€".encode()[1:]], ["ä", "€"], id="utf-8 in pieces"),
    pytest.param([b"\xff\x01"], ["\ufffd"], id="what is no text"),
]


@pytest.mark.parametrize(("data", "keys"), BYTES)
def test_bytes_into_keys(data: list[bytes], keys: list[str]) -> None:
    parser = KeyParser()
    assert [key for part in data for key in parser.feed(part)] == keys
    assert not parser.waiting


def test_only_time_tells_a_lone_escape() -> None:
    parser = KeyParser()
    assert parser.feed(b"\x1b") == []
    assert parser.waiting
    assert parser.flush() == ["escape"]
    assert not parser.waiting
    parser.feed(b"\x1b[1")
    assert parser.flush() == [], "a sequence that broke off is no key"
    assert parser.feed(b"A") == ["A"]


class Desk:
    """Controls and all that came of them."""

    def __init__(self, *, has_reply: bool = False, push_to_talk: bool = False, text_only: bool = False) -> None:
        self.events: list[Event] = []
        self.switch = MicrophoneSwitch(post=self.events.append, cut_off=lambda: None)
        self.controls = Controls(
            post=self.events.append,
            switch=self.switch,
            has_reply=lambda: has_reply,
            push_to_talk=push_to_talk,
            text_only=text_only,
        )

    def press(self, *keys: str) -> list[Event]:
        """Press these, and take what was posted."""
        for key in keys:
            self.controls.press(key)
        events, self.events[:] = list(self.events), []
        return events


def test_commands() -> None:
    desk = Desk()
    assert desk.press(" ") == [StopRequested()]
    assert desk.press("enter") == [StopRequested()]
    assert desk.press("q") == [SessionStopped()]
    assert desk.press("end") == [SessionStopped()]
    assert desk.press("x", "escape", "backspace", "\ufffd") == []


def test_mute_and_unmute() -> None:
    desk = Desk()
    assert desk.press("m") == [MicrophoneMuted()]
    assert (desk.controls.handles.muted, desk.switch.on) == (True, False)
    assert desk.press("m") == [MicrophoneUnmuted()]
    assert (desk.controls.handles.muted, desk.switch.on) == (False, True)


def test_help() -> None:
    desk = Desk()
    shown = []
    for key in ("?", "h", "h", "escape"):
        desk.press(key)
        shown.append(desk.controls.handles.help)
    assert shown == [True, False, True, False]


def test_a_typed_turn() -> None:
    desk = Desk()
    assert desk.press("t", *"quiet m  now", "backspace", "t", " ") == []
    assert desk.controls.handles.typing == "quiet m  not "
    assert desk.press("enter") == [TurnTyped("quiet m  not")]
    assert desk.controls.handles.typing is None
    assert desk.press("t", *"no", "escape", "q") == [SessionStopped()], "left: keys are commands again"
    assert desk.press("t", "enter", "m") == [MicrophoneMuted()], "nothing was typed: no turn"
    desk.press("t", *"abc", "clear", "x")
    assert desk.controls.handles.typing == "x"
    assert desk.press("end") == [], "not in the middle of a line"
    desk.press(*"y" * (LONGEST_TURN + 5))
    assert len(desk.controls.handles.typing or "") == LONGEST_TURN


def test_text_only() -> None:
    desk = Desk(text_only=True)
    assert desk.press(*"quit", "enter") == [TurnTyped("quit")]
    assert desk.controls.handles.typing == "", "the next line at once"
    assert desk.press("enter") == [StopRequested()]
    assert desk.press(*"no", "escape") == []
    assert desk.press("end") == [SessionStopped()]


def test_push_to_talk() -> None:
    desk = Desk(push_to_talk=True)
    assert desk.press() == [MicrophoneMuted()], "off until the key is pressed"
    assert desk.press(" ") == [MicrophoneUnmuted()]
    assert not desk.controls.handles.muted
    assert desk.press("m") == [], "the space bar is the switch"
    assert desk.press(" ") == [MicrophoneMuted()]
    assert desk.press("enter") == [StopRequested()]


def test_who_presses_to_talk_has_the_floor() -> None:
    desk = Desk(push_to_talk=True, has_reply=True)
    desk.press()
    assert desk.press(" ") == [StopRequested(), MicrophoneUnmuted()]
    assert desk.press(" ") == [MicrophoneMuted()], "the answer to what was said is not stopped"
