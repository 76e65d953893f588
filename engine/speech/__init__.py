"""What the frames of the microphone say about the user: when speech starts and ends, and what it is like."""
