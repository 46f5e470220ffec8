"""Thresholds: drafted by one person, approved by another, immutable from then on."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.models import Threshold, ThresholdVersion
from governance.rules.stated import Stated, is_loosened
from governance.selectors.backtests import newest_backtests, series_of_threshold
from governance.selectors.thresholds import rule_of
from governance.services.backtests import ask_backtest
from governance.services.kpi_switch import refuse_switched_off
from governance.services.threshold_baselines import (
    over_baseline,
    stands_in_breach,
    words_of,
)
from governance.services.threshold_reach import lock_series, put_in_force
from governance.services.threshold_rows import new_version, said_of, stated_of, subject_of
from ledger.retries import retried
from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Missing
from ledger.rules.worded import of_machine, term, worded
from ledger.services.entries import append_entry
from registry.models import System, User
from registry.rules.permits import in_words
from registry.selectors.people import roles_for_system
from registry.selectors.setup import may_approve_own
from registry.services.setup import except_setup
from telemetry.models import Baseline, Kpi

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

    Limits relative to a baseline are resolved here, over the approved one unless a number is
    stated by hand, so that the approver sees what will be judged; a back-test over the stored past
    is asked for. `author_id` is for the product's own commands only. Raises Forbidden, Invalid with
    every reason why the bands cannot be used, Missing.
    """
    system = System.objects.select_related("unit").get(pk=system_id)
    _refuse_without_role(system, actor, at, MAY_DRAFT, "draft thresholds")
    author = _person(author_id, actor)
    kpi = Kpi.objects.filter(pk=kpi_id).first()
    if kpi is None:
        raise Missing(
            "unknown_kpi", worded("There is no KPI {kpi_id!r} in the catalogue.", kpi_id=kpi_id)
        )
    refuse_switched_off(kpi)
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
    over, baseline = over_baseline(threshold=threshold, stated=stated, at=at)
    version = new_version(
        threshold=threshold,
        stated=over,
        valid_from=valid_from or at,
        author=author,
        example=example,
        baseline=baseline,
    )
    version.save(force_insert=True, at=at)
    append_entry(
        verb="threshold.drafted",
        actor=actor,
        at=at,
        subject=subject_of(version),
        system_id=system.pk,
        after=said_of(version),
        reason=stated.reason,
        touched=[f"governance_thresholdversion:{version.pk}"],
    )
    _try_on_the_past(version, over, actor, at)
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
    A loosening takes a second person always, and a finished back-test (KPI-9). Raises Forbidden,
    Conflict, Invalid.
    """
    version = _locked_draft(version_id)
    threshold, system = version.threshold, version.threshold.system
    approver = _person(approver_id, actor)
    _refuse_without_role(system, actor, at, MAY_APPROVE, "approve thresholds")
    _refuse_own(version, approver, at)
    series = lock_series(threshold)
    former = threshold.versions.filter(state=State.ACTIVE).first()
    _refuse_changed_baseline(version)
    if former is not None and is_loosened(rule_of(version), rule_of(former)):
        _refuse_loosening(version, approver, actor, at)
    version.set_up = version.author_id == approver.pk
    _put(version, former, approver, at)
    append_entry(
        verb="threshold.approved",
        actor=actor,
        at=at,
        subject=subject_of(version),
        system_id=system.pk,
        before=None if former is None else {"version": former.number},
        after=said_of(version),
        reason=reason,
        details={"set_up": version.set_up},
        touched=[f"governance_thresholdversion:{version.pk}"],
    )
    if version.set_up:
        _except(version, actor, at)
    put_in_force(version=version, series=series, is_first=former is None, at=at)
    return version


@transaction.atomic
def follow_baseline(
    *, version: ThresholdVersion, baseline: Baseline, why: str, actor: Actor, at: datetime
) -> ThresholdVersion:
    """Write the next version of a threshold over another baseline, agreed to just now.

    It is in force at once, by the two persons who agreed to the baseline, unless it would loosen
    anything: then it is a draft. Raises Invalid where the limits cannot be used over it.
    """
    threshold = version.threshold
    series = lock_series(threshold)
    stated = stated_of(version).against(baseline.value, words_of(baseline))
    following = new_version(
        threshold=threshold,
        stated=stated,
        valid_from=at,
        author=baseline.author,
        example=version.example,
        baseline=baseline,
    )
    following.reason = why
    following.save(force_insert=True, at=at)
    loosened = is_loosened(rule_of(following), rule_of(version))
    if not loosened:
        following.set_up = baseline.set_up
        _put(following, version, baseline.approved_by, at)
    append_entry(
        verb="threshold.drafted" if loosened else "threshold.approved",
        actor=actor,
        at=at,
        subject=subject_of(following),
        system_id=threshold.system_id,
        before={"version": version.number},
        after=said_of(following),
        reason=why,
        details={"set_up": following.set_up},
        touched=[f"governance_thresholdversion:{following.pk}"],
    )
    if loosened:
        _try_on_the_past(following, stated, actor, at)
    else:
        put_in_force(version=following, series=series, is_first=False, at=at)
    return following


def _put(
    version: ThresholdVersion, former: ThresholdVersion | None, approver: User | None, at: datetime
) -> None:
    """Write that a version is in force in place of the former one; a wait is over."""
    version.approved_by, version.approved_at, version.state = approver, at, State.ACTIVE
    if former is not None:
        version.valid_from = max(version.valid_from, at)
        former.state = State.SUPERSEDED
        former.save(at=at)
    version.save(at=at)
    threshold = version.threshold
    if threshold.waits_for:
        threshold.waits_for = ""
        threshold.save(update_fields=["waits_for"], at=at)


def _try_on_the_past(version: ThresholdVersion, stated: Stated, actor: Actor, at: datetime) -> None:
    """Ask for the back-test that the approver sees; a mere set-up by a command has none to show."""
    threshold = version.threshold
    former = threshold.versions.filter(state=State.ACTIVE).first()
    loosens = former is not None and is_loosened(rule_of(version), rule_of(former))
    by_person = actor.kind not in MACHINES
    if not loosens and not (by_person and _is_measured(threshold)):
        return
    ask_backtest(
        system_id=threshold.system_id,
        kpi_id=threshold.kpi_id,
        environment=threshold.environment,
        segment=threshold.segment,
        stated=stated,
        version=version,
        actor=actor,
        at=at,
    )


def _is_measured(threshold: Threshold) -> bool:
    series = series_of_threshold(
        system_id=threshold.system_id,
        kpi_id=threshold.kpi_id,
        environment=threshold.environment,
        segment=threshold.segment,
    )
    return bool(series)


def _locked_draft(version_id: UUID) -> ThresholdVersion:
    rows = ThresholdVersion.objects.select_for_update(of=("self",)).filter(pk=version_id)
    version = rows.select_related("threshold__kpi", "threshold__system", "author").first()
    if version is None:
        raise Missing("unknown_version", "There is no such version of a threshold.")
    if version.state != State.DRAFT:
        raise Conflict(
            "not_a_draft",
            worded(
                "This version is {state} already.",
                state=term(version.get_state_display(), lowered=True),
            ),
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
            worded(
                "You cannot {words} of {system_name}.", words=term(words), system_name=system.name
            ),
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
        subject=subject_of(version),
    )


def _except(version: ThresholdVersion, actor: Actor, at: datetime) -> None:
    """Put on record that its author approved it alone, while setting up (SEG-06)."""
    system = version.threshold.system
    kind, _threshold, label = subject_of(version)
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


def _refuse_changed_baseline(version: ThresholdVersion) -> None:
    """What was resolved over a baseline that is gone is not what its author meant."""
    baseline = version.agreed_baseline
    if baseline is not None and baseline.state != Baseline.State.APPROVED:
        raise Conflict(
            "baseline_changed",
            worded(
                "{words_of} is in force no more: draft the threshold again.",
                words_of=of_machine(words_of(baseline)),
            ),
            extra={"baseline": baseline.state},
        )


def _refuse_loosening(
    version: ThresholdVersion, approver: User, actor: Actor, at: datetime
) -> None:
    """A second person loosens, who can see what it would have missed (KPI-9).

    While a breach stands, only a validator may loosen what it breaches (workflow section 4).
    """
    if version.author_id == approver.pk:
        raise Forbidden(
            "own_threshold",
            "You cannot loosen this threshold alone: you drafted it.",
            who_can=[in_words(MAY_APPROVE)],
            recorded=True,
            subject=subject_of(version),
        )
    backtest = newest_backtests(version_ids=[version.pk]).get(version.pk)
    if backtest is None or backtest.state != "done":
        raise Conflict(
            "backtest_needed",
            "This loosens the threshold: it is approved beside its back-test, which is not done "
            "yet.",
            extra={"backtest": None if backtest is None else str(backtest.pk)},
        )
    if stands_in_breach(version.threshold):
        system = version.threshold.system
        _refuse_without_role(system, actor, at, VALIDATORS, "loosen a breached threshold")
