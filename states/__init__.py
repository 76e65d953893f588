"""The mind: a pure dialogue state machine. Facts in, requests out; nothing else is touched."""
