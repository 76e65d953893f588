"""Hypothesis without its clock: a busy machine is no failure."""

from hypothesis import settings

unhurried = settings(deadline=None)
