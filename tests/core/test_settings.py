"""Settings out of range are refused."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from states.settings import DialogueSettings

NUMBERS = [f.name for f in fields(DialogueSettings) if isinstance(getattr(DialogueSettings(), f.name), int)]
DEADLINES = ["onset_ms", "verification_ms", "utterance_ms", "transcription_ms", "reply_ms", "stall_ms"]


@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_may_be_negative(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        replace(DialogueSettings(), **{name: -1})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", DEADLINES)
def test_no_deadline_may_be_zero(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        replace(DialogueSettings(), **{name: 0})  # type: ignore[arg-type]


def test_a_confidence_is_a_percentage() -> None:
    assert DialogueSettings(min_confidence_pct=100).min_confidence_pct == 100
    with pytest.raises(ValueError, match="min_confidence_pct"):
        DialogueSettings(min_confidence_pct=101)


@pytest.mark.parametrize("name", sorted(set(NUMBERS) - set(DEADLINES)))
def test_a_threshold_may_be_zero(name: str) -> None:
    assert getattr(replace(DialogueSettings(), **{name: 0}), name) == 0  # type: ignore[arg-type]


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        DialogueSettings().stall_ms = 1  # type: ignore[misc]
