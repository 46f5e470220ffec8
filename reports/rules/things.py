"""What a pack says of the systems and the people: value types, as they are written to JSON."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace


class SystemRef(Struct, frozen=True, kw_only=True):
    """A system that a pack is about. `incidents` (ids) where it is about these alone."""

    id: str
    slug: str
    name: str
    incidents: list[str] = []


class Scope(Struct, frozen=True, kw_only=True):
    """What was asked for: systems, [since, until), as of the request or of an instant before.

    `kind`, `breadth` and `recipient` are words of reports.rules.asked; `subject` is the printed
    name of what it is about. `newest_entry` is the last ledger number of that instant; the request
    itself lies outside. `incident` and `request` are ids, '' where it is about none.
    """

    number: str
    organisation: str
    kind: str
    breadth: str
    recipient: str
    subject: str
    systems: list[SystemRef]
    incident: str = ""
    request: str = ""
    since: datetime
    until: datetime
    as_of: datetime
    newest_entry: int
    request_entry: int
    requested_by: str
    requested_by_title: str
    zone: str
    generator: str

    @property
    def only(self) -> SystemRef:
        """The one system. Raises ValueError where there are several, or none."""
        if len(self.systems) != 1:
            raise ValueError(f"{self.number} is of {len(self.systems)} systems")
        return self.systems[0]

    @property
    def system_id(self) -> str:
        """The id of the one system. Raises ValueError."""
        return self.only.id

    @property
    def slug(self) -> str:
        """The short name of the one system. Raises ValueError."""
        return self.only.slug

    @property
    def system(self) -> str:
        """The name of the one system, of several what they are together."""
        return self.systems[0].name if len(self.systems) == 1 else self.subject

    @property
    def everything(self) -> bool:
        """Whether simply everything of the period is in it."""
        return self.breadth == "organisation"

    @property
    def streams(self) -> list[str]:
        """The systems (ids) whose every line of the period is in it."""
        return [item.id for item in self.systems if not item.incidents]

    def of(self, ref: SystemRef) -> "Scope":
        """Return the same of one of its systems."""
        return replace(self, systems=[ref])


class SystemRecord(Struct, frozen=True, kw_only=True):
    """The registry's record of the system."""

    id: str
    slug: str
    name: str
    kind: str
    unit: str
    owner: str
    deputy: str
    purpose: str
    users_affected: str
    supplier: str
    data_sources: str
    simulated: str
    risk_tier: str
    legal_class: str
    lifecycle: str
    record_version: int
    registered_at: datetime


class VersionRecord(Struct, frozen=True, kw_only=True):
    """A version: what it is, who wrote it, who approved it."""

    label: str
    digest: str
    changelog: str
    author: str
    state: str
    approved_by: str
    approved_at: datetime | None
    created_at: datetime


class DeploymentRecord(Struct, frozen=True, kw_only=True):
    """Which version ran where, from when until when, with what to fall back on."""

    environment: str
    version: str
    fallback: str
    suspended: bool
    stop_scope: str
    from_at: datetime
    until_at: datetime | None
    ended_reason: str


class LifecycleRecord(Struct, frozen=True, kw_only=True):
    """One step of the system's life: from where to where, by whom, why."""

    edge: str
    from_state: str
    to_state: str
    person: str
    at: datetime
    reason: str
    entry: int


class RoleRecord(Struct, frozen=True, kw_only=True):
    """Who held which role in the period, over what, and who gave it."""

    person: str
    title: str
    role: str
    over: str
    from_at: datetime | None
    until_at: datetime | None
    granted_by: str


class AbsenceRecord(Struct, frozen=True, kw_only=True):
    """A leave, or a delegation and to whom."""

    person: str
    kind: str
    delegate: str
    from_at: datetime
    until_at: datetime
    reason: str


class PolicyRecord(Struct, frozen=True, kw_only=True):
    """A version of the unit's rules that was in force in the period."""

    unit: str
    number: int
    profile: str
    sha256: str
    state: str
    example: bool
    set_up: bool
    author: str
    approved_by: str
    valid_from: datetime
    body: dict[str, Any]
