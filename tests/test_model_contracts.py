"""How the registry finds the built-in backends. Their contracts: ``tests/models/test_*_contract.py``."""

import sys

import pytest

from models import registry
from states.errors import BackendUnavailable, ConfigError

EVERY = [(role, name) for role in registry.ROLES for name in registry.BACKENDS[role]]


@pytest.mark.parametrize(("role", "name"), EVERY)
def test_readiness_is_told_without_importing(role: str, name: str) -> None:
    before = set(sys.modules)
    readiness = registry.available(role, name)
    assert readiness.ready or readiness.remedy
    assert not {"torch", "silero_vad"} & (set(sys.modules) - before)


@pytest.mark.parametrize("role", registry.ROLES)
def test_unknown_names_are_refused_with_the_nearest(role: str) -> None:
    name = next(iter(registry.BACKENDS[role]))
    with pytest.raises((ConfigError, BackendUnavailable), match=name):
        registry.create(role, name + "x")
    embedded = {"aec": "kalman", "vad": "energy", "stt": "sphinx", "llm": "companion", "tts": "espeak"}.get(role)
    if embedded is None:
        return
    with pytest.raises(ConfigError):
        registry.create(role, embedded, nonsense=1)
