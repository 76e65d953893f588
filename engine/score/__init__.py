"""The instrument for floor control: labelled trials, the engine run on them, and scores from the sound."""
