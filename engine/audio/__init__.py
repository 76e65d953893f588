"""Sound files: what stands in for a microphone, and what is kept of a session."""
