"""Scenarios are composed to the sample and to the byte from labelled clips."""

import math
import shutil
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.errors import ScenarioError

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenarios"))

# The generator is a script beside its data, found by the line above.
import compose

BANK = compose.load_bank()

SCENARIO = """
[[user]]
at_ms = 500
clip = "tell_me_a_story"

[[user]]
after = "playout_started + 1200 ms"
clip = "stop"
gain_db = -6
noise = "fan"
snr_db = 10

[[user]]
at_ms = 9000
clip = "tell_me_a_story"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    return tmp_path


def composed(folder: Path) -> tuple[np.ndarray[Any, np.dtype[np.int16]], list[dict[str, Any]]]:
    """What ``main`` wrote into ``folder``: samples and takes."""
    assert compose.main([str(folder)]) == 0
    with wave.open(str(folder / "user.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return samples, compose.read_toml(folder / "user.toml")["take"]


def test_takes_lie_one_after_the_other_in_order_of_first_use(folder: Path) -> None:
    samples, takes = composed(folder)
    assert [(take["clip"], take["gain_db"], take["noise"]) for take in takes] == [
        ("tell_me_a_story", 0.0, ""),
        ("stop", -6.0, "fan"),
    ]
    first, second = takes
    assert first["first_sample"] == 0
    assert second["first_sample"] == first["end_sample"] + 1600
    assert second["end_sample"] == len(samples)
    assert not samples[first["end_sample"] : second["first_sample"]].any()


def test_a_clean_take_is_its_clip(folder: Path) -> None:
    samples, (take, _) = composed(folder)
    assert np.array_equal(samples[take["first_sample"] : take["end_sample"]], compose.read_clip("tell_me_a_story"))


def test_labels_move_with_their_take(folder: Path) -> None:
    _, (_, take) = composed(folder)
    clip, first = BANK["stop"], take["first_sample"]
    assert (take["text"], take["kind"]) == ("stop", "speech")
    assert take["onset_sample"] == first + clip.onset_sample
    assert take["speech_end_sample"] == first + clip.end_sample
    assert take["words"] == [[first + start, first + end] for start, end in clip.words]


def test_composing_again_gives_the_same_bytes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    composed(folder)
    before = {name: (folder / name).read_bytes() for name in ("user.wav", "user.toml")}
    capsys.readouterr()
    composed(folder)
    assert capsys.readouterr().out == ""  # nothing written anew
    assert before == compose.compose(folder, BANK)


def test_check_finds_a_changed_file_and_mends_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compose.main(["--check", str(folder)]) == 1
    assert not (folder / "user.wav").exists()
    composed(folder)
    assert compose.main(["--check", str(folder)]) == 0
    (folder / "user.toml").write_text("", encoding="utf-8")
    capsys.readouterr()
    assert compose.main(["--check", str(folder)]) == 1
    assert capsys.readouterr().out == f"differs {folder / 'user.toml'}\n"
    assert (folder / "user.toml").read_bytes() == b""


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('clip = "mmhm"', "user[0].clip: there is no clip 'mmhm'; the nearest is 'mm_hm'"),
        ("at_ms = 5", "user[0].clip: must be the name of a clip"),
        ('clip = "stop"\nnoise = "fam"\nsnr_db = 3', "user[0].noise: there is no clip 'fam'; the nearest is 'fan'"),
        ('clip = "stop"\nnoise = "fan"', "user[0]: noise and snr_db go together"),
        ('clip = "stop"\nsnr_db = 3', "user[0]: noise and snr_db go together"),
        ('clip = "stop"\ngain_db = "loud"', "user[0].gain_db: must be a number of decibels from -60 to 20"),
        ('clip = "stop"\ngain_db = nan', "user[0].gain_db: must be a number of decibels from -60 to 20"),
        ('clip = "stop"\ngain_db = 12', "user[0]: 'stop' with these levels clips; lower gain_db by 5"),
        ('clip = "silence"\nnoise = "fan"\nsnr_db = 3', "user[0]: 'silence' is silence"),
        ("clip = ", "cannot be read"),
    ],
)
def test_a_wrong_scenario_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], entry: str, message: str
) -> None:
    (tmp_path / "scenario.toml").write_text(f"[[user]]\n{entry}\n", encoding="utf-8")
    assert compose.main([str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "scenario.toml" in error
    assert error.count("\n") == 1


def test_a_folder_without_a_scenario_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"scenario\.toml"):
        compose.compose(tmp_path, BANK)


def test_a_recorded_scenario_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text('name = "recorded"\n', encoding="utf-8")
    (tmp_path / "user.wav").write_bytes(b"theirs")
    assert compose.main([str(tmp_path)]) == 0
    assert (tmp_path / "user.wav").read_bytes() == b"theirs"
    assert not (tmp_path / "user.toml").exists()


def test_a_broken_bank_names_the_clip(tmp_path: Path) -> None:
    shutil.copy(compose.BANK / "fan.flac", tmp_path)
    (tmp_path / "clips.toml").write_text('[fan]\nkind = "noise"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match="fan: missing or malformed label"):
        compose.load_bank(tmp_path)
    with pytest.raises(ScenarioError, match=r"gone\.flac"):
        compose.read_clip("gone", tmp_path)


speech = st.sampled_from(["stop", "mm_hm", "count_to_ten_m3"])
levels = st.integers(-40, -6).map(float)


@settings(max_examples=40, deadline=None)
@given(clip=speech, gain_db=levels, noise=st.sampled_from(["fan", "news_rp", "typing"]), snr_db=st.integers(0, 30))
def test_the_noise_lies_as_far_below_as_asked(clip: str, gain_db: float, noise: str, snr_db: int) -> None:
    """Only over many of its periods does a noise have its mean power: the steady fan must agree within 1 dB."""
    clean = compose.mix(compose.Take(clip, gain_db), BANK).astype(float)
    mixed = compose.mix(compose.Take(clip, gain_db, noise, float(snr_db)), BANK).astype(float)
    assert len(mixed) == len(compose.read_clip(clip))
    if noise == "fan":
        label = BANK[clip]
        inside = slice(label.onset_sample, label.end_sample)
        power, noise_power = np.mean(clean[inside] ** 2), np.mean((mixed - clean)[inside] ** 2)
        # Below a few units the rounding to 16 bits is a noise of its own.
        if noise_power > 25:
            assert abs(10 * math.log10(power / noise_power) - snr_db) < 1.0


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.sampled_from(sorted(BANK)), min_size=1, max_size=6))
def test_every_region_is_in_the_file_and_none_overlap(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("scenario")
    text = "".join(f'[[user]]\nclip = "{name}"\n' for name in names)
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    samples, takes = composed(folder)
    assert [take["clip"] for take in takes] == list(dict.fromkeys(names))
    end = -compose.GAP_SAMPLES
    for take in takes:
        assert take["first_sample"] == end + compose.GAP_SAMPLES
        end = take["end_sample"]
        assert take["first_sample"] <= take["onset_sample"] <= take["speech_end_sample"] <= end
        assert all(take["onset_sample"] <= first < last <= take["speech_end_sample"] for first, last in take["words"])
    assert end == len(samples)
