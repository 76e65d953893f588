"""The command line: whatever goes wrong is one clear line and a non-zero exit, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli import COMMANDS
from tests.engine.command import Call, refused
from tests.engine.small_scenario import TOML, write_scenario

WAIT_S = 30.0
CALL = "import sys; from engine.cli import main; sys.argv[0] = 'is2s'; main()"
HEAVY = ("numpy", "onnxruntime", "torch", "pydantic", "rich", "structlog", "soundfile", "soxr", "transitions")


# Help.


def test_help_lists_the_commands(is2s: Call) -> None:
    for arguments in (["--help"], ["-h"]):
        answer = is2s(*arguments)
        assert answer.status == 0
        assert all(f"{name} " in answer.out and text in answer.out for name, text in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(is2s: Call, name: str) -> None:
    answer = is2s(name, "--help")
    assert answer.status == 0
    assert f"is2s {name}" in answer.out.partition("Example")[2]


def test_help_imports_nothing_heavy() -> None:
    code = f"""
import sys
from engine.cli import main
sys.argv = ["is2s", "--help"]
try:
    main()
except SystemExit:
    print(sorted({{*{HEAVY!r}}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=WAIT_S, check=True)
    assert done.stdout.endswith("\n[]\n")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run", "--fast"],
        ["run", "--pace", "slow"],
        ["inspect"],
        ["replay"],
        ["replay", "--latency", "x"],
    ],
)
def test_wrong_usage(is2s: Call, arguments: list[str]) -> None:
    answer = is2s(*arguments)
    assert answer.status == 2
    assert answer.out == ""
    assert answer.err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize("factor", ["nan", "inf", "-1", "1001"])
def test_a_latency_beyond_reason(is2s: Call, factor: str) -> None:
    answer = is2s("replay", "x", f"--latency={factor}")
    assert answer.status == 2
    assert "not from 0 to 1000" in answer.err


# is2s run: what cannot be used.


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"", "is an empty file"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "is not a sound file, or is damaged"),
        (b"RIFF" + bytes(200), "is not a sound file, or is damaged"),
        (b"Dear diary,\ntoday I recorded nothing.\n", "is not a sound file, or is damaged"),
    ],
    ids=["missing", "empty", "header cut off", "corrupt", "text"],
)
def test_bad_sound_files(is2s: Call, tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "bad.wav"
    if content is not None:
        path.write_bytes(content)
    refused(is2s("run", "--input", path, "--fast", "--output", "out"), path, message)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[models", "my.toml: not valid TOML: "),
        ("[modles]", "my.toml: unknown key 'modles'; did you mean 'models'?"),
        ("[endpointing]\nsilence_ms = 'long'", "my.toml: endpointing.silence_ms: Input should be a valid integer"),
        ("[playout]\nfade_ms = 5", "my.toml: playout: fade_ms must be 10 to 30, not 5"),
        ("[models]\nvad = 'enregy'", "there is no vad named 'enregy'; did you mean 'energy'?"),
        ("[options.enregy]\nx = 1", "options: there is no backend named 'enregy'; did you mean 'energy'?"),
        ("[options.energy]\nnonsense = 1\n[models]\nvad = 'energy'", "nonsense"),
    ],
)
def test_bad_settings(is2s: Call, tmp_path: Path, wav: Path, text: str, message: str) -> None:
    (tmp_path / "my.toml").write_text(text, encoding="utf-8")
    answer = is2s("run", "--input", wav, "--fast", "--output", "out", "--config", "my.toml")
    refused(answer, message)
    assert not (tmp_path / "out").exists(), "nothing is left of a session that never was"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "absent.toml"], "absent.toml: No such file or directory"),
        (["--config", "."], "Is a directory"),
        (["--set", "nonsense"], "--set nonsense: write it as section.key=value"),
        (["--set", "dialogue.stal_ms=5"], "unknown key 'stal_ms'; did you mean 'stall_ms'?"),
        (["--set", "dialogue.stall_ms=soon"], "dialogue.stall_ms: Input should be a valid integer"),
        (["--vad", "nonsense"], "there is no vad named 'nonsense'; known are "),
    ],
)
def test_bad_flags(is2s: Call, wav: Path, arguments: list[str], message: str) -> None:
    refused(is2s("run", "--input", wav, "--fast", *arguments), message)
    assert not Path("sessions").exists()


def test_a_folder_that_cannot_be_made(is2s: Call, tmp_path: Path, wav: Path) -> None:
    (tmp_path / "file").touch()
    refused(
        is2s("run", "--input", wav, "--fast", "-q", "--output", "file/out"),
        "cannot make the folder file/out: ",
    )
    refused(
        is2s("run", "--input", wav, "--fast", "-q", "--output", "file"),
        "cannot make the folder file: File exists",
    )


@pytest.mark.parametrize("name", ["config.toml", "metrics.jsonl"])
def test_a_folder_that_cannot_be_written_to(is2s: Call, tmp_path: Path, wav: Path, name: str) -> None:
    (tmp_path / "out" / name).mkdir(parents=True)
    answer = is2s("run", "--input", wav, "--fast", "-q", "--output", "out")
    refused(answer, "cannot write a session to out: Is a directory")


def test_a_folder_that_holds_a_session(is2s: Call, tmp_path: Path, wav: Path, log: Path) -> None:
    before = log.read_bytes()
    answer = is2s("run", "--input", wav, "--fast", "--output", tmp_path)
    refused(answer, f"{tmp_path} holds a session already; choose another --output")
    assert log.read_bytes() == before


# is2s replay.


def test_replay(is2s: Call, tmp_path: Path) -> None:
    folder = write_scenario(tmp_path / "some" / "small")
    missing = is2s("replay", "some")
    assert missing.status == 1
    assert "no golden log yet; write it with: is2s replay --update some/small" in missing.out
    assert "0 of 1 scenarios passed" in missing.out
    assert is2s("replay", "some", "--update").status == 0
    answer = is2s("replay", "some", "--output", "kept")
    assert (answer.status, answer.err) == (0, "")
    assert "1 of 1 scenarios passed" in answer.out
    kept = (tmp_path / "kept" / "small" / "transitions.jsonl").read_bytes()
    assert kept == (folder / "expected.jsonl").read_bytes()
    assert is2s("replay", "some", "-q").out == ""
    report = json.loads(is2s("replay", "some", "--json").out)
    assert (report["scenario"], report["ok"], report["problems"]) == ("small", True, [])
    assert report["history"] == [["user", "what time is it"], ["assistant", "It is late, my friend."]]
    assert is2s("replay", "some", "--set", "playout.fade_ms=10", "--latency", "2").status == 0, "no golden check"


def test_replay_of_one_that_fails(is2s: Call, tmp_path: Path) -> None:
    write_scenario(tmp_path / "some" / "a", TOML.replace("barge_ins = 0", "barge_ins = 1"))
    write_scenario(tmp_path / "some" / "b", "title = 5")
    answer = is2s("replay", "some", "--update", "-q")
    assert answer.status == 1
    assert "FAIL a" in answer.out
    assert "barge_ins: expected 1, got 0" in answer.out
    assert f"{Path('some', 'b', 'scenario.toml')}: title: " in answer.out
    assert not (tmp_path / "some" / "a" / "expected.jsonl").exists(), "what a person demands comes first"


def test_replay_of_a_changed_golden_log(is2s: Call, tmp_path: Path) -> None:
    folder = write_scenario(tmp_path / "small")
    assert is2s("replay", folder, "--update").status == 0
    golden = folder / "expected.jsonl"
    golden.write_text(golden.read_text(encoding="utf-8").replace('"short_pause"', '"end"', 1), encoding="utf-8")
    answer = is2s("replay", folder)
    assert answer.status == 1
    assert "differs" in answer.out
    assert "Traceback" not in answer.out + answer.err


def test_replay_of_a_path_without_scenarios(is2s: Call, tmp_path: Path) -> None:
    refused(is2s("replay", tmp_path), tmp_path, "no scenario here")
    refused(is2s("replay", "absent"), "absent: no scenario here")


def test_replay_into_a_folder_that_cannot_be_made(is2s: Call, tmp_path: Path) -> None:
    folder = write_scenario(tmp_path / "small")
    (tmp_path / "file").touch()
    refused(is2s("replay", folder, "--output", "file/x"), "Not a directory")


# is2s doctor and is2s diagram.


def test_doctor(is2s: Call) -> None:
    answer = is2s("doctor", "--quick")
    found = json.loads(is2s("doctor", "--quick", "--json").out)["backends"]
    assert set(found) == {"aec", "vad", "stt", "turn", "llm", "tts"}
    for role, backends in found.items():
        for name, readiness in backends.items():
            assert f"{role}  {name} " in answer.out
            assert readiness["detail"]
    ready = all(any(one["ready"] for one in backends.values()) for role, backends in found.items() if role != "turn")
    assert answer.status == (0 if ready else 1)


def test_diagram(is2s: Call) -> None:
    answer = is2s("diagram")
    assert answer.status == 0
    assert answer.out.startswith("stateDiagram-v2\n")
    assert "thinking --> speaking" in answer.out


# Where the output goes.


def in_process_of_its_own(*arguments: object, **keywords: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", CALL, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **keywords)  # type: ignore[call-overload, no-any-return]


def long_log(path: Path, journal: bytes) -> None:
    """More than a pipe holds. Nobody minds that the same steps come again and again."""
    head, *lines = journal.splitlines(keepends=True)
    path.write_bytes(head + b"".join(lines) * 40)


def test_a_reader_that_has_gone(log: Path, journal: bytes) -> None:
    long_log(log, journal)
    with in_process_of_its_own("inspect", log, "--all", "--json", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(WAIT_S) in (0, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full on this system")
def test_a_full_disk_below_the_output(log: Path) -> None:
    with Path("/dev/full").open("wb") as full, in_process_of_its_own("inspect", log, stdout=full) as process:
        _, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert err.decode() == "is2s: output: No space left on device\n"


def test_a_terminal_that_knows_few_letters(log: Path) -> None:
    environment = {"PYTHONIOENCODING": "latin-1"}
    with in_process_of_its_own("inspect", log, stdout=subprocess.PIPE, env=environment) as process:
        out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err) == (0, b"")
    assert r"It is \u201cspät\u201d, \u65e5\u672c, my friend.".encode("latin-1") in out
