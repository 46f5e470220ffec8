"""Guards, by topic."""
