"""The writing side of the registry."""

from registry.services.delegations import (
    end_delegation,
    end_leave,
    record_delegation,
    record_leave,
)
from registry.services.deployments import (
    deploy,
    make_live,
    resume_deployment,
    suspend_deployment,
)
from registry.services.lifecycle import change_lifecycle
from registry.services.people import create_calendar, create_unit, create_user, deactivate_user
from registry.services.reference import Loaded, load_reference
from registry.services.roles import confirm_role, end_role, grant_role
from registry.services.signatures import Ceremony, hash_payload, is_valid, sign
from registry.services.systems import classify_system, keep_record_system, register_system
from registry.services.tokens import issue_first_token, issue_token, revoke_token, rotate_token
from registry.services.versions import approve_version, register_version, revoke_version

__all__ = [
    "Ceremony",
    "Loaded",
    "approve_version",
    "change_lifecycle",
    "classify_system",
    "confirm_role",
    "create_calendar",
    "create_unit",
    "create_user",
    "deactivate_user",
    "deploy",
    "end_delegation",
    "end_leave",
    "end_role",
    "grant_role",
    "hash_payload",
    "is_valid",
    "issue_first_token",
    "issue_token",
    "keep_record_system",
    "load_reference",
    "make_live",
    "record_delegation",
    "record_leave",
    "register_system",
    "register_version",
    "resume_deployment",
    "revoke_token",
    "revoke_version",
    "rotate_token",
    "sign",
    "suspend_deployment",
]
