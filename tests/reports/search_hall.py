"""One of every kind that the search finds, made by hand where its service asks for much more."""

import datetime as dt
from dataclasses import dataclass, field

from governance.models import Policy
from incidents.models import RiskAcceptance
from ledger.context import acting_as
from registry.models import Document, Provision, Supplier
from registry.models.provisions import Framework
from reports.models import Pack, Report
from telemetry.models import Kpi
from tests.governance import meetings
from tests.governance import organisation as org
from tests.incidents import factory as cases
from tests.incidents.factory import AT, SETUP
from tests.net import told

DAY = dt.timedelta(days=1)


@dataclass
class Hall:
    """The organisation, and of each kind the words that find it with its address."""

    of: org.Organisation
    found_by: dict = field(default_factory=dict)

    @property
    def house(self):
        """The house."""
        return self.of.house


def hall():
    """An organisation with one of every kind."""
    of = org.organised()
    house, made = of.house, Hall(of)
    incident = org.decided(of, segment="kestrel")
    motion = org.moved(of, incident, title="Roll back for the kestrel", reason="It read badly.")
    meeting = meetings.meeting(of, motion, ("free", "Kestrel budget"), title="Kestrel meeting")
    accepted = acceptance(org.decided(of, segment="heron"))
    document, supplier, kpi = papers(house)
    pack, report = proof(house)
    policy = Policy.objects.get(unit=house.unit)
    made.found_by = {
        "systems": ("claims approval", f"/systems/{house.system.slug}/"),
        "incidents": (incident.number, f"/incidents/{incident.number}/"),
        "motions": ("roll kestrel", f"/committee/{motion.number}/"),
        "acceptances": ("paid late", f"/acceptances/{accepted.number}/"),
        "meetings": ("kestrel meeting", f"/meetings/{meeting.number}/"),
        "minutes": ("kestrel budget", f"/meetings/{meeting.number}/"),
        "people": (house.owner.name, f"/people/{house.owner.pk}/"),
        "kpis": ("kestrels counted", f"/kpis/{kpi.pk}/"),
        "suppliers": ("kestrel models", f"/suppliers/{supplier.slug}/"),
        "documents": ("kestrel card", f"/documents/{document.pk}/"),
        "packs": (pack.number, f"/packs/{pack.number}/"),
        "reports": (report.number, f"/reports/{report.number}/"),
        "policies": (policy.unit.name, "/workflow/"),
    }
    return made


def acceptance(incident):
    """An accepted risk of an incident."""
    cases.do(incident, "accept_risk", cases.EVALUATOR)
    return RiskAcceptance.objects.get(incident=incident)


@told
def papers(house):
    """A document, a supplier and an own KPI."""
    with acting_as(SETUP):
        document = Document(
            system=house.system, kind="model_card", title="Kestrel card",
            owner=house.owner, reviewer=house.deputy, created_at=AT,
        )  # fmt: skip
        document.save(force_insert=True, at=AT)
        Document(
            kind="policy", title="Rules of the house",
            owner=house.owner, reviewer=house.deputy, created_at=AT,
        ).save(force_insert=True, at=AT)  # fmt: skip
        supplier = Supplier(
            slug=cases.unique("kestrel"), name=cases.unique("Kestrel models "),
            about="Hosts a model.", keeper=house.risk, created_at=AT,
        )  # fmt: skip
        supplier.save(force_insert=True, at=AT)
    kpi = Kpi.objects.create(
        id=cases.unique("own").replace("-", "_"), name="Kestrels counted", category="business",
        unit="count", better="higher", formula="n", window="day", timing="lagging",
        catalogue_version="own", own=True, of_unit=house.unit, author=house.owner,
        approved_by=house.deputy, approved_at=AT, explanation="How many were seen.",
    )  # fmt: skip
    return document, supplier, kpi


@told
def proof(house):
    """A pack and a report of the system."""
    pack = Pack.objects.create(
        number=cases.unique("PK-"), system=house.system, since=AT - DAY, until=AT,
        requested_by=house.auditor, requested_at=AT,
    )  # fmt: skip
    report = Report(
        number=cases.unique("RV-"), kind="review", system=house.system, year=2026, quarter=4,
        author=house.compliance, begun_at=AT, figures="{}", drawn_at=AT,
    )  # fmt: skip
    with acting_as(SETUP):
        report.save(force_insert=True, at=AT)
    return pack, report


@told
def provisions():
    """Two provisions of a framework."""
    law = {"file": "ai_act", "sources": [], "checked": "yes"}
    act = Framework.objects.create(id="the-act", name="The Act", edition="2024", kind="law", **law)
    rows = [("ACT-9", "Art. 9", "Risk management system"), ("ACT-14", "Art. 14", "Human oversight")]
    return [
        Provision.objects.create(
            id=pk, framework=act, kind="article", reference=reference, title=title, **law
        )
        for pk, reference, title in rows
    ]
