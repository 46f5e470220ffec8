"""The transition table, by topic."""
