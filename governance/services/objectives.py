"""Trend rules, error budgets and guardrail pairs: drafted by one person, approved by another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import ErrorBudget, GuardrailPair, Threshold, ThresholdVersion, TrendRule
from governance.rules.measured import better_of
from governance.rules.objectives import BudgetStated, PairStated, TrendStated, faults_of
from governance.selectors.budgets import can_be_budgeted
from governance.services.agreements import (
    APPROVE,
    Agreement,
    Kind,
    author_of,
    identity_of,
    keep_draft,
    next_number,
    person_of,
    said_of,
    subject_of,
    system_of,
)
from governance.services.kpi_switch import refuse_switched_off
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import joined, worded
from ledger.services.entries import append_entry
from registry.models import System
from registry.services.access import require_system_permit
from telemetry.models import Kpi
from telemetry.rules.kpi_words import of_kpi

NOT_COPIED = frozenset(
    {"id", "number", "enabled", "author", "created_at", "reason", "approved_by", "approved_at"}
    | {"state"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """Of what it is said: a system's series in an environment and segment."""

    environment: str = "production"
    segment: str = ""


@transaction.atomic
def draft_trend_rule(
    *,
    threshold_id: UUID,
    stated: TrendStated,
    actor: Actor,
    at: datetime,
    reason: str = "",
    author_id: UUID | None = None,
) -> TrendRule:
    """Write down how the slide under a threshold is told. Raises Forbidden, Invalid, Missing."""
    rows = Threshold.objects.select_related("system__unit", "kpi")
    threshold = rows.filter(pk=threshold_id).first()
    if threshold is None:
        raise Missing("unknown_threshold", "There is no such threshold.")
    author = author_of(threshold.system, actor, at, author_id)
    _refuse_faults(stated)
    rule = TrendRule(
        threshold=threshold,
        number=next_number(TrendRule, threshold=threshold),
        author=author,
        created_at=at,
        reason=reason.strip(),
        **asdict(stated),
    )
    return keep_draft(rule, threshold.system, actor, at)


@transaction.atomic
def draft_error_budget(
    *,
    system_id: UUID,
    kpi_id: str,
    stated: BudgetStated,
    actor: Actor,
    at: datetime,
    place: Place | None = None,
    reason: str = "",
    author_id: UUID | None = None,
) -> ErrorBudget:
    """Write down how many failures of a KPI are allowed. Raises Forbidden, Invalid, Missing."""
    system, place = _system(system_id), place or Place()
    author, kpi = author_of(system, actor, at, author_id), _kpi(kpi_id)
    _refuse_faults(stated)
    if not can_be_budgeted(unit=kpi.unit, better=kpi.better, failure_limit=stated.failure_limit):
        raise Invalid(
            "no_failures",
            worded(
                "Nobody can tell from {kpi_name} what failed: it is no share.",
                kpi_name=of_kpi(kpi.pk, kpi.name),
            ),
            fields={"failure_limit": "Say from which value on a window has failed."},
        )
    where = {"environment": place.environment, "segment": place.segment}
    budget = ErrorBudget(
        system=system,
        kpi=kpi,
        **where,
        number=next_number(ErrorBudget, system=system, kpi=kpi, **where),
        author=author,
        created_at=at,
        reason=reason.strip(),
        **asdict(stated) | {"pairs": [asdict(pair) for pair in stated.pairs]},
    )
    return keep_draft(budget, system, actor, at)


@transaction.atomic
def draft_guardrail_pair(
    *,
    system_id: UUID,
    gain_id: str,
    guardrail_id: str,
    stated: PairStated,
    actor: Actor,
    at: datetime,
    place: Place | None = None,
    reason: str = "",
    author_id: UUID | None = None,
) -> GuardrailPair:
    """Write down what a gain must not cost. Raises Forbidden, Invalid, Missing."""
    system, place = _system(system_id), place or Place()
    author = author_of(system, actor, at, author_id)
    gain, guardrail = _kpi(gain_id), _kpi(guardrail_id)
    _refuse_faults(stated)
    _refuse_unpaired(gain, guardrail)
    where = {"environment": place.environment, "segment": place.segment}
    pair = GuardrailPair(
        system=system,
        gain=gain,
        guardrail=guardrail,
        **where,
        number=next_number(GuardrailPair, system=system, gain=gain, guardrail=guardrail, **where),
        author=author,
        created_at=at,
        reason=reason.strip(),
        **asdict(stated),
    )
    return keep_draft(pair, system, actor, at)


@transaction.atomic
def approve_objective(
    *,
    kind: Kind,
    version_id: UUID,
    actor: Actor,
    at: datetime,
    reason: str = "",
    approver_id: UUID | None = None,
) -> Agreement:
    """Put a draft in force in the place of the version before it; never by its author.

    What a series of it comes to needs a standing that carries it, so an approved threshold must
    stand. Raises Missing, Conflict, Forbidden, Invalid.
    """
    draft = _locked(kind, version_id)
    system = system_of(draft)
    require_system_permit(act=APPROVE, system=system, actor=actor, at=at)
    approver = person_of(actor, approver_id)
    if approver.pk == draft.author_id:
        raise Forbidden(
            "own_objective",
            "You cannot approve this: you drafted it.",
            who_can=["another owner, deputy, compliance officer or risk officer"],
            recorded=True,
            subject=subject_of(draft),
        )
    _refuse_uncarried(draft)
    former = _former(draft)
    if former is not None:
        former.state = former.State.SUPERSEDED
        former.save(update_fields=["state"], at=at)
    draft.state, draft.approved_by, draft.approved_at = draft.State.ACTIVE, approver, at
    draft.save(update_fields=["state", "approved_by", "approved_at"], at=at)
    append_entry(
        verb="objective.approved",
        actor=actor,
        at=at,
        subject=subject_of(draft),
        system_id=system.pk,
        before=None if former is None else said_of(former),
        after=said_of(draft),
        reason=reason.strip(),
        touched=[f"{draft._meta.db_table}:{draft.pk}"],
    )
    return draft


@transaction.atomic
def end_objective(*, row: Agreement, reason: str, actor: Actor, at: datetime) -> Agreement:
    """Draft the end of what is in force: the same, but disabled, for a second person to approve.

    Raises Forbidden, Conflict for what is not in force, Invalid without a reason.
    """
    if row.state != row.State.ACTIVE or not row.enabled:
        raise Conflict("not_in_force", "Only what is in force can be ended.")
    if not reason.strip():
        raise Invalid("reason_needed", "Say why.", fields={"reason": "This is required."})
    system = system_of(row)
    author = author_of(system, actor, at, None)
    kept = [one.name for one in row._meta.concrete_fields if one.name not in NOT_COPIED]
    ended = type(row)(
        **{name: getattr(row, name) for name in kept},
        number=next_number(type(row), **identity_of(row)),
        enabled=False,
        author=author,
        created_at=at,
        reason=reason.strip(),
    )
    return keep_draft(ended, system, actor, at)


def _system(system_id: UUID) -> System:
    found: System | None = System.objects.select_related("unit").filter(pk=system_id).first()
    if found is None:
        raise Missing("unknown_system", "There is no such system.")
    return found


def _kpi(kpi_id: str) -> Kpi:
    found: Kpi | None = None if "\x00" in kpi_id else Kpi.objects.filter(pk=kpi_id).first()
    if found is None:
        raise Missing(
            "unknown_kpi",
            worded("There is no KPI {kpi_id!r} in the catalogue.", kpi_id=kpi_id[:60]),
        )
    refuse_switched_off(found)
    return found


def _refuse_faults(stated: TrendStated | BudgetStated | PairStated) -> None:
    faults: Mapping[str, str] = faults_of(stated)
    if faults:
        raise Invalid("unusable_objective", joined(" ", faults.values()), fields=dict(faults))


def _refuse_unpaired(gain: Kpi, guardrail: Kpi) -> None:
    if gain.pk == guardrail.pk:
        raise Invalid(
            "own_guardrail",
            worded("{gain_name} is no guardrail of itself.", gain_name=of_kpi(gain.pk, gain.name)),
            fields={"guardrail": "Choose another KPI."},
        )
    for name, kpi in (("gain", gain), ("guardrail", guardrail)):
        if better_of(kpi.better) is None:
            raise Invalid(
                "no_direction",
                worded(
                    "Whether {kpi_name} is better high or low depends on the context.",
                    kpi_name=of_kpi(kpi.pk, kpi.name),
                ),
                fields={name: "Choose a KPI with one better direction."},
            )


def _refuse_uncarried(draft: Agreement) -> None:
    if isinstance(draft, TrendRule) or not draft.enabled:
        return
    kpi = draft.kpi if isinstance(draft, ErrorBudget) else draft.guardrail
    stands = ThresholdVersion.objects.filter(
        state=ThresholdVersion.State.ACTIVE,
        threshold__system=draft.system,
        threshold__kpi=kpi,
        threshold__environment=draft.environment,
        threshold__segment=draft.segment,
    )
    if not stands.exists():
        raise Conflict(
            "no_threshold",
            worded(
                "Approve a threshold of {kpi_name} first: its standing carries what is opened.",
                kpi_name=of_kpi(kpi.pk, kpi.name),
            ),
        )


def _locked(kind: Kind, version_id: UUID) -> Agreement:
    related = {
        TrendRule: ("threshold__system__unit", "threshold__kpi"),
        ErrorBudget: ("system__unit", "kpi"),
        GuardrailPair: ("system__unit", "gain", "guardrail"),
    }[kind]
    rows = kind._default_manager.select_for_update(of=("self",)).filter(pk=version_id)
    found: Agreement | None = rows.select_related(*related, "author").first()
    if found is None:
        raise Missing("unknown_objective", "There is no such draft.")
    if found.state != found.State.DRAFT:
        raise Conflict("not_a_draft", worded("This version is {state} already.", state=found.state))
    return found


def _former(draft: Agreement) -> Agreement | None:
    active = type(draft)._default_manager.filter(state=draft.State.ACTIVE, **identity_of(draft))
    found: Agreement | None = active.first()
    return found
