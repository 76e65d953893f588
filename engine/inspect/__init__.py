"""Reading a transition log: what happened, when, why, and why something did not happen."""
