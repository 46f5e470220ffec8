"""Systems: registered, classified."""

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import word, worded
from ledger.services.entries import append_entry
from registry.models import System, Unit, User
from registry.selectors.permits import MACHINES
from registry.services.access import require_system_permit, require_unit_permit
from registry.services.lifecycle import check_version, lock_system, present_state

# The product's own place in the registry: what is wrong with the record itself is a case of it.
RECORD_SLUG = "countersign-record"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Words that addresses of the list of systems take for themselves.
RESERVED = frozenset({"new"})


@transaction.atomic
def register_system(
    *,
    slug: str,
    name: str,
    kind: str,
    unit_id: UUID,
    owner_id: UUID,
    deputy_id: UUID,
    purpose: str,
    risk_tier: str,
    legal_class: str = System.LegalClass.UNDECIDED,
    users_affected: str = "",
    supplier: str = "",
    data_sources: str = "",
    simulated: str = "",
    sample: bool = False,
    actor: Actor,
    at: datetime,
) -> System:
    """Register a system as proposed, with its owner and deputy.

    A person registers it unclassified: the class takes two (registry.services.classification); the
    product's own commands may give one. A `sample` counts nowhere. Raises Forbidden, Missing
    (unit), Invalid (fields by name), Conflict (slug in use).
    """
    subject = ("system", slug, name)
    require_unit_permit(act="register", unit_id=unit_id, actor=actor, at=at, subject=subject)
    if not Unit.objects.filter(pk=unit_id).exists():
        raise Missing("unknown_unit", "There is no such unit.")
    _check_names(slug, kind)
    _check_people(owner_id, deputy_id)
    _check_tier(risk_tier, legal_class)
    _check_who_classifies(legal_class, actor)
    if System.objects.filter(slug=slug).exists():
        raise Conflict("slug_in_use", worded("There is a system {slug!r} already.", slug=slug))
    system: System = System(
        slug=slug,
        name=name,
        kind=kind,
        unit_id=unit_id,
        owner_id=owner_id,
        deputy_id=deputy_id,
        purpose=purpose,
        users_affected=users_affected,
        supplier=supplier,
        data_sources=data_sources,
        simulated=simulated,
        risk_tier=risk_tier,
        legal_class=legal_class,
        sample=System.Sample.SHOWN if sample else System.Sample.NONE,
        registered_at=at,
    )
    system.save(force_insert=True, at=at)
    append_entry(
        verb="system.registered",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), name),
        after={
            "slug": slug,
            "kind": kind,
            "unit": unit_id,
            "owner": owner_id,
            "deputy": deputy_id,
            "purpose": purpose,
            "risk_tier": risk_tier,
            "legal_class": legal_class,
            **({"sample": True} if sample else {}),
        },
        system_id=system.pk,
        touched=[f"registry_system:{system.pk}"],
    )
    return system


@transaction.atomic
def keep_record_system(
    *, unit_id: UUID, owner_id: UUID, deputy_id: UUID, actor: Actor, at: datetime
) -> System:
    """Return the system that stands for the record itself, with these as its owner and deputy.

    Made the first time; handed over where others kept it before. The caller lets one at a time in.
    """
    known: System | None = System.objects.filter(kind=System.Kind.RECORD).first()
    if known is not None and (known.owner_id, known.deputy_id) == (owner_id, deputy_id):
        return known
    system: System = known or _record_system(unit_id, at)
    before = {"owner": known.owner_id, "deputy": known.deputy_id} if known else {}
    system.version += 1 if known else 0
    system.owner_id, system.deputy_id = owner_id, deputy_id
    system.save(at=at)
    append_entry(
        verb="system.handed_over" if before else "system.registered",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        before=before,
        after={"owner": owner_id, "deputy": deputy_id, "kind": system.kind, "unit": system.unit_id},
        reason=word("a case about the record itself needs somebody who answers for it"),
        system_id=system.pk,
    )
    return system


def _record_system(unit_id: UUID, at: datetime) -> System:
    system: System = System(
        slug=RECORD_SLUG,
        name="Countersign, the record itself",
        kind=System.Kind.RECORD,
        unit_id=unit_id,
        purpose="Keeps who did what to which AI system, when and why, so that others can check it.",
        risk_tier=System.Tier.MEDIUM,
        legal_class=System.LegalClass.MINIMAL,
        registered_at=at,
    )
    return system


@transaction.atomic
def classify_system(
    *,
    system_id: UUID,
    legal_class: str,
    risk_tier: str,
    expected_version: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> System:
    """Write down the legal class and the risk tier as set-up or an import gives them.

    For the product's own commands: people classify by the questionnaire, two of them
    (registry.services.classification). What runs is not made prohibited. Raises Forbidden, Invalid,
    Conflict.
    """
    system: System = lock_system(system_id)
    _check_machine(actor)
    check_version(system, expected_version)
    require_system_permit(act="classify", system=system, actor=actor, at=at)
    _check_tier(risk_tier, legal_class)
    _check_running(system, legal_class)
    if not reason.strip():
        raise Invalid("reason_missing", "Say why.", fields={"reason": "needed"})
    before = {"legal_class": str(system.legal_class), "risk_tier": str(system.risk_tier)}
    system.legal_class, system.risk_tier = legal_class, risk_tier
    system.version += 1
    system.save(at=at)
    append_entry(
        verb="system.classified",
        actor=actor,
        at=at,
        subject=("system", str(system.pk), system.name),
        before=before,
        after={"legal_class": legal_class, "risk_tier": risk_tier, "version": system.version},
        reason=reason,
        system_id=system.pk,
        touched=[f"registry_system:{system.pk}"],
    )
    return system


def _check_names(slug: str, kind: str) -> None:
    if not SLUG.fullmatch(slug) or slug in RESERVED:
        words = "Small letters, digits and single hyphens only, such as claims-approval."
        raise Invalid("bad_slug", words, fields={"slug": words})
    if kind not in System.Kind.values or kind == System.Kind.RECORD:
        raise Invalid(
            "unknown_kind",
            worded("There is no kind {kind!r}.", kind=kind),
            fields={"kind": "unknown"},
        )


def _check_people(owner_id: UUID, deputy_id: UUID) -> None:
    if owner_id == deputy_id:
        words = "The deputy is somebody else than the owner."
        raise Invalid("deputy_is_owner", words, fields={"deputy": words})
    active = User.objects.filter(
        pk__in=[owner_id, deputy_id], is_active=True, kind=User.Kind.PERSON
    ).values_list("pk", flat=True)
    missing = {"owner": owner_id, "deputy": deputy_id}
    fields = {
        name: word("no active person") for name, pk in missing.items() if pk not in set(active)
    }
    if fields:
        raise Invalid("unknown_person", "Owner and deputy are active people.", fields=fields)


def _check_tier(risk_tier: str, legal_class: str) -> None:
    if risk_tier not in System.Tier.values:
        raise Invalid(
            "unknown_tier", worded("There is no tier {risk_tier!r}.", risk_tier=risk_tier)
        )
    if legal_class not in System.LegalClass.values:
        raise Invalid(
            "unknown_class",
            worded("There is no legal class {legal_class!r}.", legal_class=legal_class),
        )
    if legal_class == "high_risk" and risk_tier != "high":
        words = "A high-risk system has the tier high; the Act sets that floor."
        raise Invalid("tier_below_floor", words, fields={"risk_tier": words})


def _check_who_classifies(legal_class: str, actor: Actor) -> None:
    """Refuse a class that one person gives alone."""
    if legal_class != System.LegalClass.UNDECIDED:
        _check_machine(actor)


def _check_machine(actor: Actor) -> None:
    if actor.kind not in MACHINES:
        words = "The class comes from the questionnaire, and a second person confirms it."
        raise Forbidden("two_persons_classify", words, fields={"legal_class": words}, recorded=True)


def _check_running(system: System, legal_class: str) -> None:
    if legal_class == "prohibited" and system.lifecycle in ("pilot", "production"):
        raise Conflict(
            "prohibited_runs",
            worded(
                "{system_name} runs: suspend it first. What is prohibited may not run.",
                system_name=system.name,
            ),
            extra=present_state(system),
        )
