"""Recorded sessions replayed: to the byte, with other settings, made into scenarios, and damaged."""

import json
import re
import shutil
from pathlib import Path

import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.cassette.replaying import replay_session
from engine.cassette.scenario import new_scenario
from engine.cassette.session import microphone
from engine.inspect.reader import read_log
from engine.inspect.verify import verify
from engine.replay.expectation import check_golden, failures
from engine.replay.runner import replay
from engine.replay.scenario import find, load
from models.ports import MIC_HZ
from states.errors import BackendError, IS2SError, ScenarioError
from tests.cassette.recorded_session import SAYS, microphone_of, record
from tests.engine.command import Call, refused


def journal_of(folder: Path) -> str:
    return (folder / "transitions.jsonl").read_text(encoding="utf-8")


def test_the_recorded_session_has_in_it_what_these_tests_are_about(recorded: Path) -> None:
    journal = journal_of(recorded)
    assert "backchannel" in journal
    assert '"dest":"interrupted"' in journal
    assert "ConnectionResetError: [Errno 104] the line was cut since then" in journal
    assert verify(read_log(recorded)).mismatch == ""
    assert (recorded / "cassette" / "jobs.jsonl").read_bytes() == b"", "declared latencies are its times"


def test_a_session_on_a_virtual_clock_replays_to_the_byte(recorded: Path, tmp_path: Path) -> None:
    first = replay_session(recorded, output=None)
    (tmp_path / "again").mkdir()
    second = replay_session(recorded, output=tmp_path / "again")
    assert first.problems == second.problems == ()
    assert first.result.journal == second.result.journal == journal_of(recorded)
    again, then = (soundfile.read(f / "conversation.wav", dtype="int16")[0] for f in (tmp_path / "again", recorded))
    assert (again[:, 1] == then[:, 1]).all(), "the loudspeaker gave the very same sound"


def test_the_microphone_is_the_left_channel_without_the_tail(recorded: Path) -> None:
    sound, _ = microphone_of(SAYS)
    heard = microphone(recorded)
    assert len(heard) == len(sound)
    assert abs(heard - sound).max() < 1e-4


LIVE = ((50, "count on now"), (1400, "what about spain"))


def test_a_live_session_takes_the_same_way_again(tmp_path: Path) -> None:
    folder = record(tmp_path / "live", LIVE, live=True)
    lines = (folder / "cassette" / "jobs.jsonl").read_text(encoding="utf-8").splitlines()
    jobs = [json.loads(line) for line in lines]
    assert {job["stage"] for job in jobs} >= {"transcription", "assessment", "generation", "synthesis"}
    assert all(cost >= 0 for job in jobs for cost in job["costs_us"])
    first, second = replay_session(folder), replay_session(folder)
    assert first.problems == ()
    assert first.result.journal == second.result.journal
    assert len(first.apart_us) == sum(line["outcome"] == "moved" for line in read_log(folder).lines)
    new_scenario(folder, tmp_path / "kept")
    scenario = load(tmp_path / "kept")
    result = replay(scenario)
    assert failures(scenario, result) == []
    check_golden(scenario, result)


def test_slower_models_are_compared(recorded: Path) -> None:
    found = replay_session(recorded, factor=2.0)
    assert found.comparison is not None
    wait = found.comparison.waits[0]
    assert wait.before is not None
    assert wait.after is not None
    assert wait.after.after_speech_us > wait.before.after_speech_us


def test_a_barge_in_lost_and_one_gained(recorded: Path, is2s: Call) -> None:
    other = 'dialogue.backchannels=["what", "what about", "what about spain"]'
    answer = is2s("replay", recorded, "--json", "--set", other)
    assert answer.status == 0
    changes = json.loads(answer.out)["changes"]
    gained, lost = (changes["barge_ins"][part] for part in ("gained", "lost"))
    assert [mark["utterance"] for mark in gained] == [2]
    assert [mark["utterance"] for mark in changes["dismissed"]["lost"]] == [2]
    assert [mark["utterance"] for mark in lost] == [3]
    assert changes["transitions"]["gained"]
    shown = is2s("replay", recorded, "--set", other)
    assert "+ barge-in" in shown.out
    assert "- dismissal" in shown.out


def test_the_same_settings_change_nothing(recorded: Path, is2s: Call) -> None:
    answer = is2s("replay", recorded, "--set", "endpointing.silence_ms=192")
    assert answer.status == 0
    assert "the same transitions, barge-ins and dismissals" in answer.out


def test_a_longer_silence_is_told_as_such(recorded: Path, is2s: Call) -> None:
    answer = is2s("replay", recorded, "--set", "dialogue.turn_end.unknown_ms=900")
    assert answer.status == 0
    told = re.search(r"first sound of reply 1: .* s, (\d+) ms after the speech -> .* s, (\d+) ms after", answer.out)
    assert told is not None, answer.out
    assert int(told[2]) > int(told[1])


def test_the_command_replays_and_refuses(recorded: Path, session: Path, is2s: Call, tmp_path: Path) -> None:
    passed = is2s("replay", recorded)
    assert (passed.status, passed.err) == (0, "")
    assert "1 of 1 replays passed" in passed.out
    assert find([recorded.parent]) == [recorded]
    over = is2s("replay", session, "--output", session.parent)
    assert over.status == 1
    assert "would overwrite the session" in over.out
    shutil.rmtree(session / "cassette")
    refused(is2s("replay", session), "no cassette", "--record")
    refused(is2s("scenario", "new", session, "--output", tmp_path / "new"), "no cassette")


def test_a_session_becomes_a_scenario(recorded: Path, is2s: Call, tmp_path: Path) -> None:
    made = is2s("scenario", "new", recorded, "--output", "kept/spain")
    assert (made.status, made.err) == (0, "")
    assert "review [expect]" in made.out
    folder = tmp_path / "kept" / "spain"
    text = (folder / "scenario.toml").read_text(encoding="utf-8")
    assert "TO BE REVIEWED" in text
    assert (folder / "expected.jsonl").read_text(encoding="utf-8") == journal_of(recorded)
    assert soundfile.info(folder / "user.wav").subtype == "PCM_16"
    assert soundfile.info(folder / "user.wav").samplerate == MIC_HZ
    assert is2s("replay", folder).status == 0
    assert is2s("replay", "kept").out.count("ok ") == 1
    refused(is2s("scenario", "new", recorded, "--output", folder), "is there already")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["spain"], "nothing is left lying about"
    (folder / "scenario.toml").write_text(text.replace("barge_ins = 1", "barge_ins = 0"), encoding="utf-8")
    assert "expected 0, got 1" in is2s("replay", folder).out


def test_a_session_left_before_its_input_ended_is_left_again(session: Path) -> None:
    sound, rate_hz = soundfile.read(session / "conversation.wav", dtype="int16")
    soundfile.write(session / "conversation.wav", sound[: 3 * rate_hz], rate_hz, subtype="PCM_16")
    found = replay_session(session)
    last = found.result.steps[-1]
    assert last.reason == "session_stopped"
    assert last.now_us <= 3_032_000


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_cassette_cut_off_anywhere_is_read_as_far_as_it_goes(session: Path, data: st.DataObject) -> None:
    cassette = session / "cassette"
    name = data.draw(st.sampled_from(["calls.jsonl", "vad.u16"]))
    whole = (cassette / name).read_bytes()
    try:
        (cassette / name).write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
        notes: list[str] = []
        found = replay_session(session, warn=notes.append)
        assert found.result.steps[-1].reason == "session_stopped"
        same = found.result.journal == journal_of(session)
        assert same == (found.problems == ())
    finally:
        (cassette / name).write_bytes(whole)


@pytest.mark.parametrize(
    "head", ["", "[]", "{", '{"format":99}', '{"format":1}', '{"format":1,"clock":"x","rate_hz":1}']
)
def test_a_damaged_head_is_one_clear_error(session: Path, head: str) -> None:
    (session / "cassette" / "head.json").write_text(head, encoding="utf-8")
    with pytest.raises(BackendError, match=r"head\.json"):
        replay_session(session)


def test_damaged_lines_and_lost_sounds_are_told(session: Path) -> None:
    cassette = session / "cassette"
    lines = (cassette / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    (cassette / "calls.jsonl").write_text("\n".join([*lines[:3], '{"role":"stt"}', *lines[4:]]), encoding="utf-8")
    notes: list[str] = []
    assert replay_session(session, warn=notes.append).problems
    assert any("line 4 is damaged; read as far as line 3" in note for note in notes)
    for sound in cassette.glob("*.flac"):
        sound.write_bytes(b"fLaC")
    assert "cannot be read or is damaged" in replay_session(session).result.journal


def test_a_lost_recording_is_one_clear_error(session: Path) -> None:
    (session / "conversation.wav").write_bytes(b"RIFF")
    with pytest.raises(IS2SError, match=r"conversation\.wav"):
        replay_session(session)
    with pytest.raises(IS2SError, match=r"conversation\.wav"):
        new_scenario(session, session.parent / "new")
    assert not (session.parent / "new").exists()


def test_a_replay_never_overwrites_its_session(session: Path) -> None:
    with pytest.raises(ScenarioError, match="overwrite"):
        replay_session(session, output=session)
    assert journal_of(session)
