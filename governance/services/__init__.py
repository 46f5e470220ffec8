"""Writes of this floor: verb_noun functions that take `actor` and `at`."""
