"""Recorded scenarios, replayed on a virtual clock and compared with what is expected of them."""
