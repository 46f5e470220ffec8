"""How the tables of this floor were at an instant."""

from ledger.selectors.past import known_from, register, unchanged, with_history
from registry.models import (
    ClockRule,
    LifecycleChange,
    ReferenceRelease,
    ServiceToken,
    Signature,
    User,
)

# What belongs to the request itself, not to the record.
OF_THE_READER = (
    "django_session",
    "django_content_type",
    "auth_group",
    "auth_permission",
    "auth_group_permissions",
    "registry_user_groups",
    "registry_user_user_permissions",
    "registry_servicetoken_systems",
)


def register_past() -> None:
    """Register the sources; the others have their history."""
    register(User, with_history(password="''", last_login="NULL::timestamptz"))  # noqa: S106
    register(LifecycleChange, known_from("at"))
    register(Signature, known_from("signed_at"))
    register(ReferenceRelease, known_from("loaded_at"))
    register(ClockRule, unchanged())
    register(ServiceToken, unchanged())
    for table in OF_THE_READER:
        register(table, unchanged())
