"""Errors say how to mend what they are about."""

from states.errors import BackendError, BackendUnavailable, IS2SError, ReplayMismatch, ScenarioError


def test_an_unavailable_backend_carries_its_remedy() -> None:
    error = BackendUnavailable("ollama is not running", remedy="ollama serve")
    assert (str(error), error.remedy) == ("ollama is not running; mend it with: ollama serve", "ollama serve")
    assert str(BackendUnavailable("nothing to be done")) == "nothing to be done"


def test_one_root_catches_all() -> None:
    assert issubclass(BackendUnavailable, BackendError)
    assert issubclass(ReplayMismatch, ScenarioError)
    assert issubclass(BackendError, IS2SError)
