"""What would have been: two sessions held against each other, other settings tried on recorded ones, and the best."""
