"""Things and people: units, roles, systems, versions, deployments, signatures."""

from registry.models.law import ClockRule, ReferenceRelease
from registry.models.people import (
    Delegation,
    Leave,
    RoleAssignment,
    ServiceToken,
    Unit,
    User,
    WorkCalendar,
)
from registry.models.retention import ErasureRequest, LegalHold, RetentionRule
from registry.models.signatures import Signature
from registry.models.systems import Deployment, LifecycleChange, System, SystemVersion

__all__ = [
    "ClockRule",
    "Delegation",
    "Deployment",
    "ErasureRequest",
    "Leave",
    "LegalHold",
    "LifecycleChange",
    "ReferenceRelease",
    "RetentionRule",
    "RoleAssignment",
    "ServiceToken",
    "Signature",
    "System",
    "SystemVersion",
    "Unit",
    "User",
    "WorkCalendar",
]
