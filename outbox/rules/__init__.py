"""Pure rules of durations, business time and repeats."""
