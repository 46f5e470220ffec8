"""Deployments: which version is live where, stopped and freed; the whole past stays."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Invalid, Missing
from ledger.rules.worded import worded
from ledger.services.entries import append_entry
from registry.models import Deployment, System, SystemVersion
from registry.rules.lifecycle import EDGES, MAY_DEPLOY
from registry.selectors.readiness import evaluation_gaps, fallback_gap
from registry.selectors.readiness_in_writing import classification_confirmed
from registry.services.access import require_system_permit
from registry.services.lifecycle import check_version, lock_system, present_state, take_step


@transaction.atomic
def deploy(
    *,
    system_id: UUID,
    environment: str,
    version_id: UUID,
    fallback_id: UUID | None,
    expected_version: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Deployment:
    """Make a version live as a person's own act: by role, not while suspended, fallback checked.

    Raises Conflict (stale version, suspended, no check of the fallback that counts), Forbidden,
    Invalid (fallback), and what `make_live` raises.
    """
    system = lock_system(system_id)
    check_version(system, expected_version)
    require_system_permit(act="deploy", system=system, actor=actor, at=at)
    if system.lifecycle == System.Lifecycle.SUSPENDED:
        raise Conflict(
            "suspended",
            worded(
                "{system_name} is suspended: what runs next is decided by the committee.",
                system_name=system.name,
            ),
            extra=present_state(system),
        )
    if fallback_id is None and _others_approved(system, version_id):
        words = "Name the version to fall back to."
        raise Invalid("fallback_missing", words, fields={"fallback": words})
    _check_classified(system, version_id, at)
    _check_fallback(system, fallback_id, environment, at)
    _check_evaluated(system, version_id, environment, at)
    return make_live(
        system_id=system_id,
        environment=environment,
        version_id=version_id,
        fallback_id=fallback_id,
        reason=reason,
        actor=actor,
        at=at,
    )


@transaction.atomic
def make_live(
    *,
    system_id: UUID,
    environment: str = "production",
    version_id: UUID,
    fallback_id: UUID | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Deployment:
    """Make an approved version live and end what was live there; who may, the caller has checked.

    While the system is suspended it stays stopped: only `resume_deployment` frees it. Doing it
    again changes nothing. Raises Missing, Conflict (not approved, lifecycle), Invalid (fallback).
    """
    system = lock_system(system_id)
    _check_may_run(system)
    version = _approved(system, version_id, "version")
    fallback = _fallback(system, version, fallback_id)
    live = live_row(system, environment)
    if live is not None and (live.version_id, live.fallback_id) == (version_id, fallback_id):
        return live
    if live is not None:
        _check_order(live, system, at)
        live.until_at, live.ended_reason = at, reason
        live.save(update_fields=["until_at", "ended_reason"], at=at)
    stopped = system.lifecycle == System.Lifecycle.SUSPENDED
    row = Deployment(
        system=system,
        environment=environment,
        version=version,
        fallback=fallback,
        suspended=stopped,
        stop_scope="everything" if stopped else "",
        from_at=at,
    )
    row.save(force_insert=True, at=at)
    _next_version(system, at)
    append_entry(
        verb="deployment.made_live",
        actor=actor,
        at=at,
        subject=("deployment", str(row.pk), f"{system.name} {version.label} in {environment}"),
        before={"version": live.version.label} if live else None,
        after={
            "version": version.label,
            "digest": version.digest,
            "identity_hash": version.identity_hash,
            "fallback": fallback.label if fallback else None,
            "environment": environment,
        },
        reason=reason,
        system_id=system.pk,
        touched=[
            f"registry_system:{system.pk}",
            *(f"registry_deployment:{each.pk}" for each in (live, row) if each),
        ],
    )
    return row


@transaction.atomic
def suspend_deployment(
    *,
    system_id: UUID,
    environment: str = "production",
    scope: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Deployment:
    """Stop what is live in an environment; with nothing left running the system is suspended.

    Who may, the caller has checked. `scope` says in words what is stopped. Doing it again changes
    nothing. Raises Missing, Conflict (nothing is live).
    """
    system = lock_system(system_id)
    live = _needed(system, environment)
    if not live.suspended or live.stop_scope != scope:
        _mark(live, system, actor, at, suspended=True, scope=scope, reason=reason)
    if system.lifecycle in EDGES["suspend"][0] and not _anything_runs(system):
        take_step(system=system, edge="suspend", reason=reason, actor=actor, at=at)
    return live


@transaction.atomic
def resume_deployment(
    *,
    system_id: UUID,
    environment: str = "production",
    reason: str,
    actor: Actor,
    at: datetime,
) -> Deployment:
    """Let what was stopped run again, and the system with it; a decision of its own orders it.

    Raises Missing, Conflict (nothing is live, or the system may not run).
    """
    system = lock_system(system_id)
    _check_may_run(system)
    live = _needed(system, environment)
    if live.suspended:
        _mark(live, system, actor, at, suspended=False, scope="", reason=reason)
    if system.lifecycle in EDGES["resume"][0]:
        take_step(system=system, edge="resume", reason=reason, actor=actor, at=at)
    return live


def live_row(system: System, environment: str) -> Deployment | None:
    """Return what is live in an environment, read after the system was locked."""
    rows = Deployment.objects.filter(system=system, environment=environment, until_at__isnull=True)
    return rows.select_related("version", "fallback").first()


def _next_version(system: System, at: datetime) -> None:
    """What is live belongs to what a page of the system showed, so its version moves on."""
    system.version += 1
    system.save(update_fields=["version"], at=at)


def _anything_runs(system: System) -> bool:
    rows = Deployment.objects.filter(system=system, until_at__isnull=True, suspended=False)
    return rows.exists()


def _needed(system: System, environment: str) -> Deployment:
    live = live_row(system, environment)
    if live is None:
        raise Conflict(
            "nothing_live",
            worded(
                "Nothing of {system_name} is live in {environment}.",
                system_name=system.name,
                environment=environment,
            ),
        )
    return live


def _mark(
    live: Deployment,
    system: System,
    actor: Actor,
    at: datetime,
    *,
    suspended: bool,
    scope: str,
    reason: str,
) -> None:
    before = {"suspended": live.suspended, "scope": live.stop_scope}
    live.suspended, live.stop_scope = suspended, scope
    live.save(update_fields=["suspended", "stop_scope"], at=at)
    _next_version(system, at)
    append_entry(
        verb="deployment.suspended" if suspended else "deployment.resumed",
        actor=actor,
        at=at,
        subject=("deployment", str(live.pk), f"{system.name} {live.version.label}"),
        before=before,
        after={"suspended": suspended, "scope": scope},
        reason=reason,
        system_id=system.pk,
        touched=[f"registry_deployment:{live.pk}", f"registry_system:{system.pk}"],
    )


def _check_may_run(system: System) -> None:
    if system.legal_class == System.LegalClass.PROHIBITED:
        raise Conflict(
            "prohibited",
            worded(
                "{system_name} is a prohibited practice (AI Act Art. 5): it may not run.",
                system_name=system.name,
            ),
            recorded=True,
            subject=("system", str(system.pk), system.name),
        )
    if system.lifecycle not in MAY_DEPLOY:
        raise Conflict(
            "state_does_not_allow",
            worded(
                "{system_name} is {lifecycle}; it must be approved before a version runs.",
                system_name=system.name,
                lifecycle=system.lifecycle,
            ),
            extra=present_state(system),
        )


def _check_classified(system: System, version_id: UUID, at: datetime) -> None:
    """A version that changes what the law sees runs only once the class is confirmed anew."""
    rows = SystemVersion.objects.filter(system=system, pk=version_id)
    if not rows.filter(Q(substantial_modification=True) | Q(significant_design_change=True)):
        return
    gaps = classification_confirmed(system, at)
    if gaps:
        raise Conflict(
            "not_classified_anew",
            worded(
                "This version changes what the law sees in {system_name}. {words}",
                system_name=system.name,
                words=gaps[0].words,
            ),
            recorded=True,
            subject=("system", str(system.pk), system.name),
            extra={"missing": [{"words": gap.words, "link": gap.link} for gap in gaps]},
        )


def _check_evaluated(system: System, version_id: UUID, environment: str, at: datetime) -> None:
    """Once it is in production, each new version passes its evaluation first (REG-9)."""
    if (system.lifecycle, environment) != (System.Lifecycle.PRODUCTION, "production"):
        return
    version = SystemVersion.objects.filter(system=system, pk=version_id).first()
    gaps = evaluation_gaps(system=system, version=version)
    if gaps:
        raise Conflict(
            "not_evaluated",
            gaps[0].words,
            recorded=True,
            subject=("system", str(system.pk), system.name),
            extra={"missing": [{"words": gap.words, "link": gap.link} for gap in gaps]},
        )


def _check_fallback(
    system: System, fallback_id: UUID | None, environment: str, at: datetime
) -> None:
    """Want a passed check of the fallback that still counts, or the manual one in writing."""
    gap = fallback_gap(system=system, fallback_id=fallback_id, environment=environment, at=at)
    if gap is not None:
        raise Conflict(
            "fallback_not_checked",
            gap.words,
            recorded=True,
            subject=("system", str(system.pk), system.name),
            fields={"fallback": gap.words},
            extra={"missing": [{"words": gap.words, "link": gap.link}]},
        )


def _check_order(live: Deployment, system: System, at: datetime) -> None:
    """What is live now began before what follows it: the past is not rewritten."""
    if at < live.from_at:
        raise Conflict(
            "before_what_is_live",
            worded(
                "Version {version_label} of {system_name} is live since a later instant.",
                version_label=live.version.label,
                system_name=system.name,
            ),
        )


def _approved(system: System, version_id: UUID, field: str) -> SystemVersion:
    version = SystemVersion.objects.filter(system=system, pk=version_id).first()
    if version is None:
        raise Missing(
            "unknown_version", worded("{system_name} has no such version.", system_name=system.name)
        )
    if version.state != SystemVersion.State.APPROVED:
        raise Conflict(
            "version_not_approved",
            worded(
                "Version {version_label} is {state}; only an approved one may run.",
                version_label=version.label,
                state=version.state,
            ),
            fields={field: worded("is {state}", state=version.state)},
        )
    return version


def _fallback(
    system: System, version: SystemVersion, fallback_id: UUID | None
) -> SystemVersion | None:
    if fallback_id is None:
        return None
    if fallback_id == version.pk:
        words = "The version to fall back to is another one."
        raise Invalid("fallback_is_itself", words, fields={"fallback": words})
    return _approved(system, fallback_id, "fallback")


def _others_approved(system: System, version_id: UUID) -> bool:
    rows = SystemVersion.objects.filter(system=system, state=SystemVersion.State.APPROVED)
    return rows.exclude(pk=version_id).exists()
