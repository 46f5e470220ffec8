"""Drafts of reports: every saving is a further version with a hash of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max

from incidents.models import Incident, ReportDraft
from incidents.rules.report_templates import BY_ID, Template, clean_values
from incidents.selectors.report_drafts import may_draft
from incidents.services.commands import lock_incident
from ledger.rules.actors import Actor
from ledger.rules.refusals import Forbidden, Invalid
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import User
from registry.services.signatures import hash_payload

LONGEST = 20_000
WHO = "the owner's side, or a compliance or risk officer"


@transaction.atomic
def save_draft(
    *,
    incident_id: UUID,
    template_id: str,
    kind: str,
    values: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> ReportDraft:
    """Save a version of a report; by the owner's side, compliance or risk. Earlier ones stay.

    Raises Missing, Forbidden, Invalid.
    """
    incident = lock_incident(incident_id)
    person = _writer(incident, actor, at)
    template = _template(template_id, kind)
    texts = clean_values(template, values)
    _check(texts)
    known = ReportDraft.objects.filter(incident=incident, regime=template.regime)
    version = (known.aggregate(last=Max("version"))["last"] or 0) + 1
    draft_id = uuid4()
    sha256 = hash_payload(
        {
            "incident": incident.number,
            "template": template.id,
            "kind": kind,
            "version": version,
            "values": texts,
        }
    )
    number = append_entry(
        verb="incident.report_drafted",
        actor=actor,
        at=at,
        subject=("incident", str(incident.pk), incident.number),
        after={"regime": template.regime, "version": version, "record_sha256": sha256},
        incident_id=incident.pk,
        system_id=incident.system_id,
        touched=[f"incidents_reportdraft:{draft_id}"],
    )
    return ReportDraft.objects.create(
        id=draft_id,
        incident=incident,
        regime=template.regime,
        template=template.id,
        kind=kind,
        version=version,
        values=texts,
        record_sha256=sha256,
        made_by=person,
        made_at=at,
        entry_number=number,
    )


def _writer(incident: Incident, actor: Actor, at: datetime) -> User:
    person: User | None = User.objects.filter(pk=actor.person, is_active=True).first()
    if person is not None and may_draft(incident=incident, user=person, at=at):
        return person
    raise Forbidden(
        "role_missing",
        worded(
            "You cannot write a report on {number}: that takes {who}.",
            number=incident.number,
            who=WHO,
        ),
        who_can=[WHO],
        recorded=True,
        subject=("incident", str(incident.pk), incident.number),
    )


def _template(template_id: str, kind: str) -> Template:
    template = BY_ID.get(template_id)
    if template is None:
        words = worded("This is one of: {by_id}.", by_id=", ".join(BY_ID))
        raise Invalid("unknown_template", words, fields={"template": words})
    if kind not in ReportDraft.Kind.values:
        words = worded("This is one of: {values}.", values=", ".join(ReportDraft.Kind.values))
        raise Invalid("unknown_kind", words, fields={"kind": words})
    return template


def _check(texts: Mapping[str, str]) -> None:
    faults = {}
    for name, text in texts.items():
        if len(text) > LONGEST:
            faults[name] = worded("This has at most {longest} characters.", longest=LONGEST)
        elif "\x00" in text:
            faults[name] = "This is a text."
    if faults:
        raise Invalid("draft_not_right", next(iter(faults.values())), fields=faults)
