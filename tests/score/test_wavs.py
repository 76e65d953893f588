"""Any engine's sound is scored by its level, or beside its control; what is wrong with it is told in a line."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.score.classes import ScoreError
from engine.score.floor import FloorScore
from engine.score.labels import read_session
from engine.score.report import score_folders
from engine.score.turns import GhostScore, TurnScore
from engine.score.wavs import score_session
from models.ports import MIC_HZ, Samples
from tests.score.made_outputs import SECOND, control, cut_at, held, turned_down

REPLY = control()
ONSET, END = 4 * SECOND, 5 * SECOND


def folder(
    path: Path,
    out: Samples,
    kind: str = "stop",
    *,
    mic: Samples | None = None,
    with_control: bool = False,
    extra: str = "",
) -> Path:
    if mic is None:
        mic = np.zeros(len(REPLY), np.float32)
        mic[ONSET:END] = 0.1
    path.mkdir(exist_ok=True)
    soundfile.write(path / "input.wav", mic, MIC_HZ)
    soundfile.write(path / "output.wav", quiet_first(out), MIC_HZ)
    if with_control:
        soundfile.write(path / "control.wav", quiet_first(REPLY), MIC_HZ)
    text = f'[[event]]\nclass = "{kind}"\nonset_sample = {ONSET}\nend_sample = {END}\n{extra}'
    (path / "labels.toml").write_text(text, encoding="utf-8")
    return path


def quiet_first(out: Samples) -> Samples:
    """An assistant says nothing in its first tenth of a second."""
    result = out.copy()
    result[: SECOND // 10] = 0
    return result


def scored(path: Path) -> FloorScore:
    (only,) = score_session(read_session(path))
    assert isinstance(only.score, FloorScore)
    return only.score


@pytest.mark.parametrize("with_control", [False, True])
def test_a_cut_is_found_to_the_sample(tmp_path: Path, with_control: bool) -> None:
    score = scored(folder(tmp_path / "a", cut_at(ONSET + 3333, REPLY), with_control=with_control))
    assert score.silenced_ms == pytest.approx(3333 / 16, abs=0.01)
    assert score.right


@pytest.mark.parametrize("with_control", [False, True])
def test_an_engine_that_talks_on(tmp_path: Path, with_control: bool) -> None:
    assert not scored(folder(tmp_path / "a", REPLY, with_control=with_control)).right
    assert scored(folder(tmp_path / "b", REPLY, "backchannel", with_control=with_control)).right


def test_silence_is_void_and_not_quick(tmp_path: Path) -> None:
    assert scored(folder(tmp_path / "a", np.zeros_like(REPLY))).void == "not speaking"
    result = score_folders([tmp_path / "a"], "silent", "C")
    assert result["voids"] == {"not speaking": 1}
    assert result["groups"] == {}
    assert result["measures"]["M1_silence_ms"] is None


def test_turning_down_is_seen_without_a_control(tmp_path: Path) -> None:
    score = scored(folder(tmp_path / "a", turned_down(ONSET + 1600, ONSET + 16000, REPLY), "cough"))
    assert score.reacted_ms == pytest.approx(100, abs=10)
    assert score.right


def test_without_a_control_a_long_pause_is_a_stop_and_with_one_it_is_a_pause(tmp_path: Path) -> None:
    out = held(ONSET + 1600, 4800, REPLY)
    assert not scored(folder(tmp_path / "a", out, "cough")).right
    followed = scored(folder(tmp_path / "b", out, "cough", with_control=True))
    assert followed.right
    assert not followed.right_tau
    assert (followed.pauses, followed.lost, followed.repeated) == (1, 0, 0)


def test_an_answer_is_timed_from_the_turns_end_and_signed(tmp_path: Path) -> None:
    for name, begin, wanted in (("a", END + 8000, 500.0), ("b", END - 1600, -100.0)):
        out = np.zeros_like(REPLY)
        out[begin:] = REPLY[begin:]
        (found,) = score_session(read_session(folder(tmp_path / name, out, "complete")))
        assert found.score == TurnScore(wanted, wanted < 0, True)
    (none,) = score_session(read_session(folder(tmp_path / "c", np.zeros_like(REPLY), "complete")))
    assert none.score == TurnScore(None, False, False)


def test_ghosts_are_counted(tmp_path: Path) -> None:
    out = np.zeros_like(REPLY)
    out[ONSET + 1000 : ONSET + 9000] = 0.1
    (found,) = score_session(read_session(folder(tmp_path / "a", out, "room_noise")))
    assert found.score == GhostScore(1, 1.0)


def test_both_sides_may_be_in_one_file(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", cut_at(ONSET + 1600, REPLY))
    sides = [soundfile.read(path / name)[0] for name in ("input.wav", "output.wav")]
    for name in ("input.wav", "output.wav"):
        (path / name).unlink()
    soundfile.write(path / "conversation.wav", np.stack(sides, axis=1), MIC_HZ)
    assert scored(path).silenced_ms == pytest.approx(100, abs=0.01)


@pytest.mark.parametrize(
    ("out", "message"),
    [(REPLY, "the output begins at every event"), (cut_at(ONSET, REPLY), "the input is silent at every event")],
)
def test_swapped_channels_are_told(tmp_path: Path, out: Samples, message: str) -> None:
    path = folder(tmp_path / "a", out)
    (path / "input.wav").rename(path / "x.wav")
    (path / "output.wav").rename(path / "input.wav")
    (path / "x.wav").rename(path / "output.wav")
    with pytest.raises(ScoreError, match=message):
        read_session(path)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("take_over_sample = 10\n", "must be in this order"),
        ("when = 3\n", "unknown key 'when'"),
        ('[[event]]\nclass = "nope"\nonset_sample = 1\nend_sample = 2\n', "event 2: unknown class 'nope'"),
        ('[[event]]\nclass = "stop"\nend_sample = 2\n', "event 2: has no onset_sample"),
        ('[[event]]\nclass = "stop"\nonset_sample = 1\nend_sample = 99999999\n', "192000 samples there are"),
        ('[[event]]\nclass = "stop"\nonset_sample = 1.5\nend_sample = 2\n', "whole numbers"),
    ],
)
def test_wrong_labels_are_told_with_their_place(tmp_path: Path, extra: str, message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        read_session(folder(tmp_path / "a", REPLY, extra=extra))


def test_what_is_missing_or_unequal_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="no such folder"):
        read_session(tmp_path / "none")
    with pytest.raises(ScoreError, match="there are no labels"):
        read_session(tmp_path)
    path = folder(tmp_path / "a", REPLY[: 6 * SECOND])
    with pytest.raises(ScoreError, match=r"12\.0 s of input and 6\.0 s of output"):
        read_session(path)
