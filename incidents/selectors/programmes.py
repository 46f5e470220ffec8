"""Remediation programmes: their figures, and whether they are done."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from incidents.models import Action, Incident, Reconciliation, RemediationProgramme
from incidents.rules.plan import FrozenPlan, from_text
from incidents.rules.programmes import Figures, figures_of, reconciliation_record
from incidents.rules.proofs import CONTACTED_PERCENT, SETTLED_PERCENT, unfinished_programme
from ledger.rules.refusals import Missing
from ledger.rules.worded import term, word, worded
from registry.services.signatures import hash_payload

SIDES = tuple(Reconciliation.Side.values)


@dataclass(frozen=True, slots=True)
class ProgrammeRead:
    """A programme as pages and the API show it: figures, what it lacks, who has signed them.

    `lacks` is '' once it is done; `sha256` is the hash of what is signed; `signed` and `waits_for`
    are sides.
    """

    programme: RemediationProgramme
    figures: Figures
    lacks: str
    sha256: str
    signed: list[Reconciliation]
    waits_for: list[str]


def read_programme(programme: RemediationProgramme) -> ProgrammeRead:
    """Return a programme with what its batches come to."""
    incident = programme.action.incident
    figures = figures_of(programme.population, programme.batches.all())
    sha256 = hash_payload(record_of(programme, figures))
    signed = list(
        programme.reconciliations.filter(record_sha256=sha256).select_related("signed_by")
    )
    sides = {row.side for row in signed}
    return ProgrammeRead(
        programme=programme,
        figures=figures,
        lacks=lacking(from_text(incident.plan), figures, programme.rest) or "",
        sha256=sha256,
        signed=signed,
        waits_for=[side for side in SIDES if side not in sides],
    )


def programmes_of(incident: Incident) -> list[ProgrammeRead]:
    """Return the programmes of an incident in the order of their planning."""
    rows = RemediationProgramme.objects.filter(action__incident_id=incident.pk)
    found = rows.select_related("action__incident__system", "planned_by").prefetch_related(
        "batches__recorded_by"
    )
    return [read_programme(one) for one in found.order_by("planned_at", "id")]


def programme_action(*, action_id: UUID, visible: QuerySet[Incident]) -> Action:
    """Return an action that a programme proves, of an incident that the caller may see.

    Raises Missing.
    """
    rows = Action.objects.filter(proof=Action.Proof.PROGRAMME, incident__in=visible)
    action = rows.select_related("incident__system", "executor").filter(pk=action_id).first()
    if action is None:
        raise Missing("unknown_programme", "There is no such programme that you may see.")
    return action


def programme_of(action: Action) -> ProgrammeRead | None:
    """Return the programme of an action with its figures, None where none is stated yet."""
    rows = RemediationProgramme.objects.filter(action=action)
    found = rows.select_related("action__incident__system", "planned_by").prefetch_related(
        "batches__recorded_by"
    )
    programme = found.first()
    return None if programme is None else read_programme(programme)


def record_of(programme: RemediationProgramme, figures: Figures) -> dict[str, object]:
    """Return the record that finance and compliance sign."""
    return reconciliation_record(
        programme.action.incident.number,
        str(programme.action_id),
        population_sha256=programme.population_sha256,
        figures=figures,
        rest=programme.rest,
    )


def lacking(plan: FrozenPlan, figures: Figures, rest: str) -> str | None:
    """Return what a programme lacks by the shares of the incident's plan, None once it is done."""
    return unfinished_programme(
        figures.counts(rest),
        contacted_percent=int(plan.limits.get("programme_contacted", CONTACTED_PERCENT)),
        settled_percent=int(plan.limits.get("programme_settled", SETTLED_PERCENT)),
    )


def programme_fault(action: Action) -> str | None:
    """Return why an action that a programme proves is not done, None where nothing is missing."""
    if action.proof != Action.Proof.PROGRAMME:
        return None
    rows = RemediationProgramme.objects.filter(action=action)
    programme = rows.select_related("action__incident__system").first()
    if programme is None:
        return word("no remediation programme is planned for it")
    read = read_programme(programme)
    if read.lacks:
        return read.lacks
    if read.waits_for:
        return _unsigned(read.waits_for)
    return None


def _unsigned(sides: Sequence[str]) -> str:
    if len(sides) == 1:
        return worded("{side} must still sign its reconciliation", side=_side(sides[0]))
    first, last = sides
    return worded(
        "{first} and {last} must still sign its reconciliation",
        first=_side(first),
        last=_side(last),
    )


def _side(side: str) -> str:
    return term(side.capitalize(), lowered=True)
