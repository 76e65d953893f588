"""The instrument for floor control: a corpus of labelled trials, the engine run on them, and scores from the sound."""
