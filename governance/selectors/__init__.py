"""Reads of this floor; each takes `at`."""
