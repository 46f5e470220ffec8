"""Carrying out: what cannot be done, what is taken back."""

from collections.abc import Mapping

from incidents.selectors.guard_facts import Guard

GUARDS: Mapping[str, Guard] = {}
