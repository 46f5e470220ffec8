"""How the tables of this floor were at an instant."""

from ledger.selectors.past import known_from, register, unchanged, with_history
from registry.models import (
    ClockRule,
    ConcernMessage,
    CrosswalkPair,
    EvaluationRun,
    FallbackCheck,
    Framework,
    Import,
    ImportRow,
    KpiDuty,
    LifecycleChange,
    Milestone,
    NoticeProduct,
    OrganisationExport,
    Provision,
    Questionnaire,
    RecordedElsewhere,
    ReferenceRelease,
    ServiceToken,
    Signature,
    Source,
    SupplierNotice,
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
    # The bell counts what the reader has not read until now, whatever page they look at.
    "outbox_message",
)


def register_past() -> None:
    """Register the sources; the others have their history."""
    register(User, with_history(password="''", last_login="NULL::timestamptz"))  # noqa: S106
    register(LifecycleChange, known_from("at"))
    register(EvaluationRun, known_from("recorded_at"))
    register(FallbackCheck, known_from("recorded_at"))
    register(Signature, known_from("signed_at"))
    register(ReferenceRelease, known_from("loaded_at"))
    register(Questionnaire, known_from("loaded_at"))
    for law in (ClockRule, CrosswalkPair, Framework, KpiDuty, Milestone, Provision, Source):
        register(law, unchanged())
    register(SupplierNotice, known_from("recorded_at"))
    register(NoticeProduct, known_from("recorded_at"))
    register(ConcernMessage, known_from("at"))
    register(Import, known_from("uploaded_at"))
    register(ImportRow, unchanged())
    register(OrganisationExport, known_from("requested_at"))
    register(RecordedElsewhere, known_from("recorded_at"))
    register(ServiceToken, unchanged())
    for table in OF_THE_READER:
        register(table, unchanged())
