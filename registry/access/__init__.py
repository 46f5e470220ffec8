"""Who is at the door, what the record keeps of them, and what they may ask for."""

from registry.access.actors import (
    ANONYMOUS,
    anonymous_actor,
    commit_address,
    commit_session,
    person_actor,
    request_id,
    token_actor,
)
from registry.access.authentication import (
    SessionAuthentication,
    TokenAuthentication,
    asked_at,
)
from registry.access.documentation import SessionScheme, TokenScheme
from registry.access.instants import AS_OF, Moment, instant_of, moment_of
from registry.access.permissions import (
    HasScope,
    IsPerson,
    actor_of,
    signed_in,
    visible_system,
    visible_system_id,
    visible_systems,
)
from registry.access.preconditions import PreconditionRequired, etag, expected_version

__all__ = [
    "ANONYMOUS",
    "AS_OF",
    "HasScope",
    "IsPerson",
    "Moment",
    "PreconditionRequired",
    "SessionAuthentication",
    "SessionScheme",
    "TokenAuthentication",
    "TokenScheme",
    "actor_of",
    "anonymous_actor",
    "asked_at",
    "commit_address",
    "commit_session",
    "etag",
    "expected_version",
    "instant_of",
    "moment_of",
    "person_actor",
    "request_id",
    "signed_in",
    "token_actor",
    "visible_system",
    "visible_system_id",
    "visible_systems",
]
