"""Drafts of reports to authorities: what a case already says, the versions, who may write them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from incidents.models import Findings, Incident, RegulatoryClock, ReportDraft
from incidents.rules.report_templates import TEMPLATES, Template, clean_values
from incidents.selectors.clock_facts import facts_of
from incidents.selectors.reviews import answers_of, newest_findings
from ledger.rules.refusals import Missing
from registry.models import User
from registry.selectors.people import roles_for_system

LARGEST = 2**31 - 1
MAY_WRITE = frozenset({"owner", "deputy", "compliance", "risk"})
CLASSES = {
    "person_died": "death of a person",
    "person_harmed": "serious harm to health",
    "rights_affected": "breach of duties that protect fundamental rights",
    "irreversible_outage": "serious and irreversible disruption of critical infrastructure",
    "critical_service": "a critical service is involved",
    "personal_data": "personal data are concerned",
}


@dataclass(frozen=True, slots=True)
class RegimeDrafts:
    """A regime of a case: its template, its clocks, and the newest draft of its report."""

    template: Template
    clocks: list[RegulatoryClock]
    newest: ReportDraft | None


def regimes_of(incident: Incident) -> list[RegimeDrafts]:
    """Return the regimes under which clocks were armed or drafts made."""
    clocks = list(
        RegulatoryClock.objects.filter(incident=incident).select_related("rule").order_by("due_at")
    )
    drafts = {row.regime: row for row in drafts_of(incident).order_by("version")}
    found = []
    for template in TEMPLATES:
        own = [clock for clock in clocks if clock.rule.regime == template.regime]
        if own or template.regime in drafts:
            found.append(RegimeDrafts(template, own, drafts.get(template.regime)))
    return found


def drafts_of(incident: Incident) -> QuerySet[ReportDraft]:
    """Return every version of every draft of a case."""
    rows: QuerySet[ReportDraft] = ReportDraft.objects.filter(incident=incident)
    return rows.select_related("made_by")


def newest_draft(*, incident: Incident, template: Template) -> ReportDraft | None:
    """Return the last version of a report, None before any."""
    return drafts_of(incident).filter(template=template.id).order_by("-version").first()


def draft_of_version(*, incident: Incident, template: Template, version: int) -> ReportDraft:
    """Return one version of a report. Raises Missing."""
    found = None
    if version <= LARGEST:
        rows = drafts_of(incident).filter(template=template.id, version=version)
        found = rows.first()
    if found is None:
        raise Missing("unknown_draft", "There is no such version of this report.")
    return found


def may_draft(*, incident: Incident, user: User, at: datetime) -> bool:
    """Whether a person may write reports of a case: the owner's side, compliance, risk."""
    if user.pk in (incident.owner_id, incident.deputy_id):
        return True
    return bool(roles_for_system(user_id=user.pk, system=incident.system, at=at) & MAY_WRITE)


def prefilled(
    *, incident: Incident, template: Template, user: User, at: datetime
) -> dict[str, str]:
    """Return the template's fields as far as the case can fill them; the rest stays empty."""
    findings = newest_findings(incident)
    known = {
        **_administrative(incident, template, user, at),
        **_system(incident),
        **_course(incident, findings),
    }
    return clean_values(template, known)


def _administrative(
    incident: Incident, template: Template, user: User, at: datetime
) -> dict[str, str]:
    clocks = RegulatoryClock.objects.filter(incident=incident, rule__regime=template.regime)
    first = clocks.exclude(state=RegulatoryClock.State.ENDED).order_by("due_at").first()
    aware_at = first.aware_at if first is not None else incident.aware_at
    return {
        "report_type": "initial",
        "awareness_date": _when(aware_at),
        "due_date": _when(first.due_at) if first is not None else "",
        "case_number": incident.number,
        "submitter_contact": f"{user.name}, {user.email}",
        "incident_class": "; ".join(_classes(incident)),
        "other_regimes": "\n".join(_told_elsewhere(incident, template)),
        "late_reasons": _late(incident, first, at),
    }


def _classes(incident: Incident) -> Iterable[str]:
    answers, facts = answers_of(incident), facts_of(incident)
    for name, words in CLASSES.items():
        said = facts[name].answer if name in facts else getattr(answers, name, "")
        if said in ("yes", "unknown"):
            yield words if said == "yes" else f"{words} (not known yet)"


def _told_elsewhere(incident: Incident, template: Template) -> Iterable[str]:
    for row in incident.submissions.prefetch_related("clocks__rule").order_by("submitted_at"):
        regimes = {clock.rule.regime for clock in row.clocks.all()}
        for regime in sorted(regimes - {template.regime}):
            yield f"{regime}: {row.authority}, {_when(row.submitted_at)}, {row.reference or '-'}"


def _late(incident: Incident, clock: RegulatoryClock | None, at: datetime) -> str:
    if clock is None or at <= clock.due_at:
        return ""
    return f"{incident.number}: the 72 hours ended {_when(clock.due_at)}."


def _system(incident: Incident) -> dict[str, str]:
    system, version = incident.system, incident.live_version
    named = f"{version.label}, {version.named_by}" if version is not None else ""
    return {
        "system_name": system.name,
        "system_version": named,
        "system_description": system.purpose,
        "operator_type": system.users_affected,
        "services": system.name,
        "provider_contact": system.supplier,
    }


def _course(incident: Incident, findings: Findings | None) -> dict[str, str]:
    occurred = incident.occurred_at or incident.onset_at
    found = {
        "what_happened": f"{incident.title}\n{incident.summary}",
        "occurred": _when(occurred),
        "reporter_contact": incident.aware_by,
        "preliminary_analysis": _assessment(incident),
        "likely_causality": _causal(incident),
    }
    if findings is None:
        return found
    affected = "" if findings.affected is None else str(findings.affected)
    return found | {
        "effects": findings.harm,
        "affected_number": ", ".join(filter(None, (affected, findings.affected_note))),
        "containment": findings.containment,
        "root_cause": f"{findings.get_cause_display()}. {findings.narrative}",
        "corrective_action": findings.proposed_action,
    }


def _assessment(incident: Incident) -> str:
    newest = incident.assessments.order_by("-written_at").first()
    return "" if newest is None else f"{newest.seen}\n{newest.next_step}"


def _causal(incident: Incident) -> str:
    likely = incident.causal_link_likely_at
    return f"Held to be likely since {_when(likely)}." if likely else ""


def _when(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else ""
