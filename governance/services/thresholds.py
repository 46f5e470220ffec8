"""Thresholds: drafted by one person, approved by another, immutable from then on."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from governance.models import Threshold, ThresholdVersion
from governance.rules.band_checks import validate
from governance.rules.bands import OPEN_END, Firing, Rule
from governance.rules.standings import BREACHED
from governance.rules.stated import LIMITS, Stated, bands_as_stated, is_looser, resolved
from governance.selectors.thresholds import bands_of, rule_of
from governance.services.threshold_reach import lock_series, put_in_force
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.services.entries import append_entry
from registry.models import System, User
from registry.rules.permits import in_words
from registry.selectors.people import roles_for_system
from registry.selectors.setup import may_approve_own
from registry.services.setup import except_setup
from telemetry.models import Kpi

OWNERS = frozenset({"owner", "deputy"})
VALIDATORS = frozenset({"compliance", "risk"})
MAY_DRAFT = OWNERS | VALIDATORS | {"engineer"}
MAY_APPROVE = OWNERS | VALIDATORS
MACHINES = ("system", "command", "task")
State = ThresholdVersion.State


@transaction.atomic
def draft_threshold(
    *,
    system_id: UUID,
    kpi_id: str,
    stated: Stated,
    actor: Actor,
    at: datetime,
    environment: str = "production",
    segment: str = "",
    name: str = "",
    valid_from: datetime | None = None,
    example: bool = False,
    author_id: UUID | None = None,
) -> ThresholdVersion:
    """Write a new version of a threshold down for somebody else to approve.

    Limits relative to a baseline are resolved here, so that the approver sees what will be judged.
    `author_id` is for the product's own commands only. Raises Forbidden, Invalid with every reason
    why the bands cannot be used, Missing.
    """
    system = System.objects.select_related("unit").get(pk=system_id)
    _refuse_without_role(system, actor, at, MAY_DRAFT, "draft thresholds")
    author = _person(author_id, actor)
    kpi = Kpi.objects.filter(pk=kpi_id).first()
    if kpi is None:
        raise Missing("unknown_kpi", f"There is no KPI {kpi_id!r} in the catalogue.")
    threshold, _ = Threshold.objects.get_or_create(
        system=system,
        kpi=kpi,
        environment=environment,
        segment=segment,
        defaults={
            "name": name or f"{kpi.name} of {system.name}",
            "created_at": at,
            "said_at": at,
        },
    )
    version = _version(threshold, stated, valid_from or at, author, example)
    version.save(force_insert=True, at=at)
    append_entry(
        verb="threshold.drafted",
        actor=actor,
        at=at,
        subject=_subject(version),
        system_id=system.pk,
        after=_said(version),
        reason=stated.reason,
        touched=[f"governance_thresholdversion:{version.pk}"],
    )
    return version


@retried
@transaction.atomic
def approve_threshold(
    *,
    version_id: UUID,
    actor: Actor,
    at: datetime,
    reason: str = "",
    approver_id: UUID | None = None,
) -> ThresholdVersion:
    """Put a version in force: it judges windows from its `valid_from` on, never earlier ones.

    The first version may reach back; then stored readings are judged by it. A later one begins
    now at the earliest (EVA-11), and no standing falls back to OK by it. Until the organisation's
    first system is live, an author may approve their own first one if nobody else can (SEG-06).
    Raises Forbidden, Conflict, Invalid.
    """
    version = _locked_draft(version_id)
    threshold, system = version.threshold, version.threshold.system
    approver = _person(approver_id, actor)
    _refuse_without_role(system, actor, at, MAY_APPROVE, "approve thresholds")
    _refuse_own(version, approver, at)
    series = lock_series(threshold)
    former = threshold.versions.filter(state=State.ACTIVE).first()
    _refuse_loosening(version, former, actor, at)
    version.set_up = version.author_id == approver.pk
    version.approved_by, version.approved_at, version.state = approver, at, State.ACTIVE
    if former is not None:
        version.valid_from = max(version.valid_from, at)
        former.state = State.SUPERSEDED
        former.save(at=at)
    version.save(at=at)
    append_entry(
        verb="threshold.approved",
        actor=actor,
        at=at,
        subject=_subject(version),
        system_id=system.pk,
        before=None if former is None else {"version": former.number},
        after=_said(version),
        reason=reason,
        details={"set_up": version.set_up},
        touched=[f"governance_thresholdversion:{version.pk}"],
    )
    if version.set_up:
        _except(version, actor, at)
    put_in_force(version=version, series=series, is_first=former is None, at=at)
    return version


def _version(
    threshold: Threshold, stated: Stated, valid_from: datetime, author: User, example: bool
) -> ThresholdVersion:
    try:
        absolute = resolved(stated)
    except ValueError as error:
        raise Invalid("no_baseline", str(error), fields={"baseline": str(error)}) from error
    _refuse_unusable(absolute, threshold.kpi)
    newest = threshold.versions.order_by("-number").first()
    return ThresholdVersion(
        threshold=threshold,
        number=1 if newest is None else newest.number + 1,
        mode=stated.mode,
        stated=stated.as_written,
        direction=absolute.direction,
        low_side=dict(absolute.low) if absolute.low else None,
        target=absolute.target,
        **{name: getattr(absolute, name) for name in LIMITS},
        baseline=stated.baseline,
        baseline_note=stated.baseline_note,
        fires_k=stated.fires_k,
        fires_n=stated.fires_n,
        least_n=stated.least_n,
        recover_windows=stated.recover_windows,
        keep_for_seconds=stated.keep_for_seconds,
        for_seconds=stated.for_seconds,
        grace_seconds=stated.grace_seconds,
        judged_by=stated.judged_by,
        valid_from=valid_from,
        author=author,
        reason=stated.reason,
        example=example,
    )


def _refuse_unusable(stated: Stated, kpi: Kpi) -> None:
    rule = Rule(
        bands=bands_as_stated(stated),
        firing=Firing(stated.fires_k, stated.fires_n, stated.for_seconds),
        least_n=stated.least_n,
        recover_windows=stated.recover_windows,
        keep_for=stated.keep_for_seconds,
        judged_by=stated.judged_by,
        neutral=kpi.neutral,
        grace=stated.grace_seconds,
        lowest=-OPEN_END if kpi.lowest is None else kpi.lowest,
        highest=OPEN_END if kpi.highest is None else kpi.highest,
    )
    problems = validate(rule)
    if problems:
        raise Invalid("unusable_bands", " ".join(problems), extra={"problems": list(problems)})


def _locked_draft(version_id: UUID) -> ThresholdVersion:
    rows = ThresholdVersion.objects.select_for_update(of=("self",)).filter(pk=version_id)
    version = rows.select_related("threshold__kpi", "threshold__system", "author").first()
    if version is None:
        raise Missing("unknown_version", "There is no such version of a threshold.")
    if version.state != State.DRAFT:
        raise Conflict(
            "not_a_draft",
            f"This version is {version.get_state_display().lower()} already.",
            extra={"state": version.state},
        )
    return version


def _person(given: UUID | None, actor: Actor) -> User:
    """Return the person who answers for the act; commands name one."""
    person = given if given is not None and actor.kind in MACHINES else actor.person
    rows = User.objects.filter(pk=person, is_active=True)
    found: User | None = None if person is None else rows.first()
    if found is None:
        raise Forbidden(
            "person_needed",
            "A threshold is drafted and approved by persons, not by a service token.",
            who_can=[in_words(MAY_DRAFT)],
        )
    return found


def _refuse_without_role(
    system: System, actor: Actor, at: datetime, roles: frozenset[str], words: str
) -> None:
    if actor.kind in MACHINES or actor.person is None:
        return
    if not roles_for_system(user_id=actor.person, system=system, at=at) & roles:
        raise Forbidden(
            "role_missing",
            f"You cannot {words} of {system.name}.",
            who_can=[in_words(roles)],
            recorded=True,
            subject=("system", str(system.pk), system.name),
        )


def _refuse_own(version: ThresholdVersion, approver: User, at: datetime) -> None:
    system = version.threshold.system
    if version.author_id != approver.pk or may_approve_own(
        act="threshold.approve",
        version=version.number,
        person_id=approver.pk,
        unit_id=system.unit_id,
        system=system,
        roles=MAY_APPROVE,
        at=at,
    ):
        return
    raise Forbidden(
        "own_threshold",
        "You cannot approve this threshold: you drafted it.",
        who_can=[in_words(MAY_APPROVE)],
        recorded=True,
        subject=_subject(version),
    )


def _except(version: ThresholdVersion, actor: Actor, at: datetime) -> None:
    """Put on record that its author approved it alone, while setting up (SEG-06)."""
    system = version.threshold.system
    kind, _threshold, label = _subject(version)
    except_setup(
        kind=kind,
        object_id=version.pk,
        label=label,
        url=f"/systems/{system.slug}/",
        unit_id=system.unit_id,
        system_id=system.pk,
        person_id=version.author_id,
        actor=actor,
        at=at,
    )


def _refuse_loosening(
    version: ThresholdVersion, former: ThresholdVersion | None, actor: Actor, at: datetime
) -> None:
    """While a breach stands, only a validator may loosen what it breaches (workflow section 4)."""
    if former is None or not is_looser(bands_of(version), bands_of(former)):
        return
    standing = version.threshold.standings.filter(state__in=[state.value for state in BREACHED])
    if standing.exists():
        system = version.threshold.system
        _refuse_without_role(system, actor, at, VALIDATORS, "loosen a breached threshold")


def _subject(version: ThresholdVersion) -> tuple[str, str, str]:
    threshold = version.threshold
    return "threshold", str(threshold.pk), f"{threshold.name}, version {version.number}"


def _said(version: ThresholdVersion) -> dict[str, Any]:
    """What the record keeps of a version; numbers as decimal text."""
    rule = asdict(rule_of(version).bands)
    return {
        "version": version.number,
        "bands": _as_text(rule),
        "fires": f"{version.fires_k}:{version.fires_n}",
        "for_seconds": version.for_seconds,
        "least_n": version.least_n,
        "recover_windows": version.recover_windows,
        "keep_for_seconds": version.keep_for_seconds,
        "judged_by": version.judged_by,
        "valid_from": version.valid_from,
        "baseline": None if version.baseline is None else repr(version.baseline),
        "example": version.example,
    }


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items() if item is not None}
    return repr(value) if isinstance(value, float | int) else value
