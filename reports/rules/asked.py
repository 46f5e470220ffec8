"""What a pack may be asked for: its kinds, how wide it is, for whom. Pure."""

from dataclasses import dataclass
from uuid import UUID

KINDS = {
    "eu_ai_act": "EU AI Act",
    "iso_42001": "ISO/IEC 42001",
    "nist_ai_rmf": "NIST AI RMF",
    "everything": "Everything",
    "incident": "Incident file",
    "authority_request": "Request of an authority",
}
FRAMEWORK_KINDS = ("eu_ai_act", "iso_42001", "nist_ai_rmf")
BREADTHS = {
    "system": "One system",
    "unit": "A unit and all below it",
    "organisation": "The whole organisation",
    "matters": "Named matters",
}
RECIPIENTS = {
    "auditor": "An auditor",
    "authority": "An authority",
    "customer": "A customer",
    "internal": "Ourselves",
}
# Who may have a pack; 'owner' is the system's own. Many systems are nobody's own.
OF_A_SYSTEM = frozenset({"owner", "compliance", "risk", "auditor", "executive"})
OF_MANY = OF_A_SYSTEM - {"owner"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody asks a pack for. Of the ids, the one that fits the breadth or kind counts."""

    kind: str = "everything"
    breadth: str = "system"
    recipient: str = "auditor"
    system_id: UUID | None = None
    unit_id: UUID | None = None
    incident_id: UUID | None = None
    request_id: UUID | None = None
