"""Carrying out: what cannot be done, what is taken back, what is bound."""

from collections.abc import Mapping

from incidents.selectors.guard_facts import Guard
from incidents.selectors.promotions import nothing_promoted

GUARDS: Mapping[str, Guard] = {"bind_version": nothing_promoted}
