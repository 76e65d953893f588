"""``is2s devices``, and ``is2s run`` without a device to run on."""

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fake_portaudio import Card, Hardware

if TYPE_CHECKING:
    from tests.engine.command import Call


@pytest.fixture
def hardware(monkeypatch: pytest.MonkeyPatch) -> Hardware:
    found = Hardware([Card("Built-in Audio", 2, 0), Card("HDMI", 0, 8, (48_000,))])
    found.default.device = (0, 1)
    monkeypatch.setitem(sys.modules, "sounddevice", found)
    return found


def test_the_list_marks_the_defaults(is2s: "Call", hardware: Hardware) -> None:
    hardware.seen.append(Card("Camera", 1, 0))
    answer = is2s("devices")
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert [line[:2] for line in lines] == ["< ", " >", "  "]
    assert lines[1].split() == [">", "1", "0", "in", "8", "out", "48000", "Hz", "HDMI", "(ALSA)"]


@pytest.mark.usefixtures("hardware")
def test_the_list_for_programs(is2s: "Call") -> None:
    found = json.loads(is2s("devices", "--json").out)
    assert found["test"] is None
    assert [device["default_output"] for device in found["devices"]] == [False, True]


@pytest.mark.parametrize(("left", "lacks"), [(0, "sound card"), (1, "loudspeaker")])
@pytest.mark.parametrize("option", [[], ["--test"], ["--json"]])
def test_what_is_lacking(is2s: "Call", hardware: Hardware, left: int, lacks: str, option: list[str]) -> None:
    del hardware.seen[left:]
    answer = is2s("devices", *option)
    assert answer.status == 1
    assert answer.err.startswith(f"is2s: there is no {lacks};")
    assert len(answer.err.splitlines()) == 1


@pytest.mark.usefixtures("hardware")
def test_a_conversation_needs_the_device_that_is_named(is2s: "Call") -> None:
    answer = is2s("run", "--output-device", "headset", "--stt", "nonsense")
    assert answer.status == 1
    assert answer.err == "is2s: no loudspeaker is called 'headset'; there are: 1 'HDMI'\n"
