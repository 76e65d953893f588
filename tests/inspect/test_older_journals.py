"""Journals of older versions stay readable, and what does not re-execute any more is said to be so."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.codec import FORMAT, event_of, settings_of
from engine.inspect.reader import read_log, stream_log
from engine.inspect.schema import checker
from engine.inspect.verify import verify
from states.errors import JournalError
from states.events import UtteranceTranscribed
from tests.engine.command import Call, refused

SAMPLES = sorted((Path(__file__).parent / "journals").glob("format_*.jsonl"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_journal_of_an_older_version(is2s: Call, sample: Path) -> None:
    log = read_log(sample)
    assert (log.note, log.head["format"]) == ("", 1)
    wrong = checker(1)
    assert [found for line in (log.head, *log.lines) if (found := wrong(line))] == []
    shown = is2s("inspect", sample)
    assert (shown.status, shown.err) == (0, "")
    assert 'user: "' in shown.out
    found = verify(log, wrong)
    assert found.older
    answer = is2s("inspect", sample, "--verify")
    assert answer.status == (1 if found.mismatch else 0)
    assert "format 1" in answer.out


def test_what_came_later_takes_its_default() -> None:
    on = {"type": "utterance_transcribed", "utterance": 2, "confidence_pct": 80, "voiced_ms": 400}
    event = event_of({"on": on, "text.text": "hello"})
    assert isinstance(event, UtteranceTranscribed)
    assert event.doubt == ""
    with pytest.raises(JournalError, match="text"):
        event_of({"on": on})  # words have no default: they were left out


def test_what_is_gone_is_dropped_where_an_older_version_wrote_it() -> None:
    line: dict[str, Any] = {"on": {"type": "speech_started", "utterance": 2, "mood": 1}}
    assert event_of(line, older=True) == event_of({"on": {"type": "speech_started", "utterance": 2}})
    with pytest.raises(JournalError, match="mood"):
        event_of(line)
    settings = {"min_voiced_ms": 170, "mood": 1}
    assert settings_of({"format": FORMAT - 1, "settings": settings}).min_voiced_ms == 170
    with pytest.raises(JournalError, match="mood"):
        settings_of({"format": FORMAT, "settings": settings})


def test_an_older_journal_that_does_not_re_execute(is2s: Call, tmp_path: Path) -> None:
    # An older version may have done anything for other reasons than today.
    log = tmp_path / "transitions.jsonl"
    old = SAMPLES[0].read_bytes().replace(b'"reason":"speech"', b'"reason":"noise"')
    log.write_bytes(old)
    found = verify(stream_log(log))
    assert found.older
    assert "reason: logged 'noise', now 'speech'" in found.mismatch
    answer = is2s("inspect", log, "--verify")
    assert answer.status == 1
    assert answer.out.startswith("an older version wrote this log (format 1; this is 2): line 2 differs: ")
    assert json.loads(is2s("inspect", log, "--verify", "--json").out)["older"] is True
    log.write_bytes(old.replace(b'"voiced_ms":160', b'"voiced_ms":-7', 1).replace(b'"noise"', b'"speech"'))
    assert "line 3 cannot be re-executed" in is2s("inspect", log, "--verify").out
    assert is2s("inspect", log).status == 0


@pytest.mark.parametrize("version", [0, FORMAT + 1, "1", True, None, 1.0])
def test_a_version_that_is_not_known(is2s: Call, log: Path, journal: bytes, version: object) -> None:
    log.write_bytes(journal.replace(b'"format":2', b'"format":' + json.dumps(version).encode(), 1))
    refused(is2s("inspect", log), f"format {version} is not known; this version reads 1 to 2")
