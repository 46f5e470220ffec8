"""Requests that the product takes, one of each kind: who sends it, where to, with what.

Sent by their own people they go through; the attempts to climb bend them.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.faults.climbing import NOW
from tests.registry.uploads import PDF

API = "/api/v1"
LATER = (NOW + timedelta(days=20)).isoformat()
EARLIER = (NOW - timedelta(hours=3)).isoformat()
SOON = (NOW + timedelta(days=2)).isoformat()
DAY = (NOW + timedelta(days=90)).date().isoformat()


@dataclass(frozen=True)
class Asked:
    """One request: the operation's name, who may send it, its address, its body."""

    operation: str
    who: str
    path: str
    body: dict = field(default_factory=dict)
    method: str = "post"
    seen: int | None = None
    form: bool = False


def send(client, asked, body=None, **headers):
    """Send a request, as JSON or as a form with a file."""
    given = dict(asked.body if body is None else body)
    if asked.seen is not None:
        headers["If-Match"] = f'"{asked.seen}"'
    if asked.form:
        given = {key: value for key, value in given.items() if value is not None}
        given["file"] = SimpleUploadedFile("plan.pdf", PDF)
        return client.generic(
            asked.method.upper(), API + asked.path, *_multipart(given), headers=headers
        )
    return client.generic(
        asked.method.upper(), API + asked.path, json.dumps(given, default=str),
        "application/json", headers=headers,
    )  # fmt: skip


def _multipart(given):
    return encode_multipart(BOUNDARY, given), MULTIPART_CONTENT


def requests_of(world):
    """Return what may be asked in a unit, each by somebody who may."""
    return [*_of_systems(world), *_of_people(world), *_of_papers(world), *_of_cases(world)]


def _of_systems(world):
    house = world.of.house
    of = f"/systems/{house.system.slug}"
    owner, deputy, unit = str(house.owner.pk), str(house.deputy.pk), str(house.unit.pk)
    return [
        Asked("systems_register", "compliance", "/systems/", {
            "slug": f"new-{house.system.slug}", "name": "New", "kind": "predictive", "unit": unit,
            "owner": owner, "deputy": deputy, "purpose": "Sorts letters.", "risk_tier": "medium",
        }),
        Asked("systems_change", "compliance", f"{of}/",
              {"purpose": "Says more.", "reason": "as agreed"}, "patch",
              seen=house.system.version),
        Asked("systems_step", "executive", f"{of}/lifecycle",
              {"edge": "suspend", "reason": "as agreed"}, seen=house.system.version),
        Asked("versions_register", "engineer", f"{of}/versions",
              {"label": "9.9", "digest": "sha256:" + "9" * 64}),
        Asked("controls_draft", "owner", f"{of}/controls",
              {"kill_switch": "The flag.", "reason": "as agreed"}, seen=0),
        Asked("data_sources_add", "owner", f"{of}/data-sources",
              {"name": "Claims", "kind": "training"}),
        Asked("knowledge_assign", "owner", f"{of}/knowledge-owners",
              {"domain": "claims", "person": owner, "review_on": DAY}),
        Asked("classifications_start", "compliance", f"{of}/classifications"),
        Asked("assessments_start", "owner", f"{of}/assessments", {"kind": "fria"}),
        Asked("tier_propose", "owner", f"{of}/tier",
              {"to_tier": "high", "reason": "more people"}, seen=house.system.version),
        Asked("fallback_checks_record", "engineer", f"{of}/fallback-checks", {
            "version": "2.2", "how": "Switched.", "passed": True, "tested_at": EARLIER,
            "evidence": "All letters came.",
        }),
        Asked("thresholds_draft", "owner", "/thresholds/", {
            "system": house.system.slug, "kpi": "accuracy", "direction": "below", "warning": 0.9,
            "recover_warning": 0.92, "reason": "as agreed", "name": "second",
        }),
    ]  # fmt: skip


def _of_people(world):
    house = world.of.house
    unit, slug = str(house.unit.pk), house.system.slug
    them = f"/people/{world.people['employee'].pk}"
    delegate = str(world.people["engineer"].pk)
    return [
        Asked("people_invite", "administrator", "/people/",
              {"email": f"new.{slug}@example.org", "name": "New Person", "unit": unit}),
        Asked("people_change", "administrator", f"{them}/",
              {"name": "Other Name", "unit": unit, "zone": "UTC"}, "put"),
        Asked("people_roles_grant", "administrator", f"{them}/roles",
              {"role": "engineer", "unit": unit, "reason": "as agreed"}),
        Asked("people_leaves_record", "administrator", f"{them}/leaves",
              {"from_at": SOON, "until_at": LATER}),
        Asked("people_delegations_record", "administrator", f"{them}/delegations", {
            "delegate": delegate, "unit": unit, "from_at": SOON, "until_at": LATER,
            "reason": "away",
        }),
        Asked("units_create", "administrator", "/units/", {
            "name": f"Below {slug}", "parent": unit, "calendar": str(house.unit.calendar_id),
        }),
        Asked("units_rename", "administrator", f"/units/{unit}/name",
              {"name": f"Called {slug}", "reason": "as agreed"}, "put"),
        Asked("tokens_issue", "administrator", "/tokens", {
            "name": "pipe", "new_account": f"pipe {slug}", "unit": unit, "scopes": ["read"],
            "systems": [slug], "expires_at": LATER,
        }),
        Asked("glasses_break", "emergency", "/break-glass/",
              {"unit": unit, "hours": 1, "reason": "the gateway is down and nobody answers"}),
        Asked("roles_end", "administrator", f"/roles/{world.role.pk}/end",
              {"reason": "as agreed"}),
        Asked("people_let_go", "administrator", f"{them}/leaving",
              {"reason": "left", "successors": {}}),
    ]  # fmt: skip


def _of_papers(world):
    house = world.of.house
    slug, owner = house.system.slug, str(house.owner.pk)
    paper = {"kind": "policy", "title": "Plan", "owner": owner,
             "reviewer": str(house.compliance.pk)}  # fmt: skip
    return [
        Asked("system_documents_add", "owner", f"/systems/{slug}/documents", paper, form=True),
        Asked("legal_holds_set", "compliance", "/retention/holds",
              {"system": slug, "reason": "a court asks"}),
        Asked("erasures_ask", "compliance", "/erasures/", {
            "person": str(world.people["employee"].pk), "basis": "request",
            "reason": "they asked",
        }),
        Asked("packs_request", "auditor", "/packs/", {
            "system": slug, "since": (NOW - timedelta(days=30)).isoformat(),
            "until": NOW.isoformat(),
        }),
        Asked("suppliers_register", "compliance", "/suppliers/",
              {"slug": f"maker-{slug}", "name": f"Maker {slug}", "keeper": owner}),
    ]  # fmt: skip


def _of_cases(world):
    case = f"/incidents/{world.incident.number}"
    motion = f"/motions/{world.decision.number}"
    return [
        Asked("incident_notes_write", "compliance", f"{case}/notes", {"text": "Privileged."}),
        Asked("incidents_report", "owner", "/incident-reports",
              {"system": world.of.house.system.slug, "title": "It erred", "seen": "Wrong."}),
        Asked("motions_withdraw", "member", f"{motion}/withdraw", {"reason": "no longer"},
              seen=world.decision.version),
        Asked("motions_recuse", "member", f"{motion}/recusals", {"reason": "I know them"}),
        Asked("motions_close", "secretary", f"{motion}/close", {"certify": False},
              seen=world.decision.version),
        Asked("motions_vote", "member", f"{motion}/ballots", {
            "vote": "for", "motion_sha256": world.decision.motion_sha256, "final": True,
            "reason": "fine",
        }),
    ]  # fmt: skip
