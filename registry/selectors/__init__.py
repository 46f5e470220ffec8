"""The reading side of the registry."""

from registry.selectors.people import (
    available,
    delegates_of,
    has_role,
    people_with_role,
    principals_of,
    roles_for_system,
    roles_for_unit,
    roles_of,
)
from registry.selectors.regimes import clock_rules_for
from registry.selectors.systems import (
    deployments_of,
    lifecycle_of,
    live_deployment,
    system_by_slug,
    systems_visible_to,
    version_by_label,
    version_live_at,
    versions_of,
)
from registry.selectors.tokens import token_allows, token_systems
from registry.selectors.units import calendar_of, units_above, units_in_scope

__all__ = [
    "available",
    "calendar_of",
    "clock_rules_for",
    "delegates_of",
    "deployments_of",
    "has_role",
    "lifecycle_of",
    "live_deployment",
    "people_with_role",
    "principals_of",
    "roles_for_system",
    "roles_for_unit",
    "roles_of",
    "system_by_slug",
    "systems_visible_to",
    "token_allows",
    "token_systems",
    "units_above",
    "units_in_scope",
    "version_by_label",
    "version_live_at",
    "versions_of",
]
