"""Recorded sessions: kept with all that the models answered and when, replayed, compared, made into scenarios."""
