"""Baselines: computed and drafted by one person, agreed by another, ended with a reason (KPI-6)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from ledger.rules.actors import Actor
from ledger.rules.refusals import Conflict, Forbidden, Invalid, Missing
from ledger.rules.worded import joined, term, worded
from ledger.services.entries import append_entry
from registry.models import User
from registry.rules.permits import PERMITS, in_words
from registry.selectors.setup import may_approve_own
from registry.services.access import require_system_permit
from registry.services.setup import except_setup
from telemetry.models import Baseline, Series
from telemetry.rules.baselines import LEAST_WINDOWS, doubts
from telemetry.selectors.baselines import Taken, taken_between
from telemetry.selectors.readings import Reading

State, Method = Baseline.State, Baseline.Method
MACHINES = ("system", "command", "task")
LONGEST_TEXT = 5000
NOTED = ("staffing", "freezes", "incidents", "notes")


@dataclass(frozen=True, slots=True)
class Window:
    """What a baseline is taken over, and what was unusual then, in the author's words."""

    since: datetime
    until: datetime
    method: str = Method.OWN_PAST
    comparison_id: int | None = None
    staffing: str = ""
    freezes: str = ""
    incidents: str = ""
    notes: str = ""


@transaction.atomic
def draft_baseline(
    *,
    series_id: int,
    window: Window,
    actor: Actor,
    at: datetime,
    author_id: UUID | None = None,
) -> Baseline:
    """Compute a baseline of stored readings and write it down for somebody else to agree to.

    Voided and bad readings do not count. What makes it doubtful stands beside it in words.
    `author_id` is for the product's own commands only. Raises Missing, Forbidden, Invalid.
    """
    series = _series(series_id)
    require_system_permit(act="baseline.draft", system=series.system, actor=actor, at=at)
    author = person_of(author_id, actor)
    _refuse_window(series, window, at)
    taken = taken_between(series_id=series.pk, since=window.since, until=window.until)
    baseline = _computed(series, window, taken, at)
    baseline.author, baseline.drafted_at = author, at
    if window.comparison_id is not None:
        baseline.comparison, baseline.comparison_value = _comparison(series, window)
    newest = _same(series).order_by("-number").first()
    baseline.number = 1 if newest is None else newest.number + 1
    baseline.save(force_insert=True, at=at)
    _record("baseline.drafted", baseline, actor, at, after=_said(baseline))
    return baseline


@transaction.atomic
def approve_baseline(
    *,
    baseline_id: UUID,
    actor: Actor,
    at: datetime,
    reason: str = "",
    approver_id: UUID | None = None,
) -> tuple[Baseline, Baseline | None]:
    """Agree to a drafted baseline; return it and the one that it takes the place of.

    Its author cannot, except for the first one at set-up when nobody else could (SEG-06). What
    thresholds make of it is the caller's. Raises Missing, Forbidden, Conflict.
    """
    baseline = _locked(baseline_id)
    if baseline.state != State.DRAFT:
        raise _it_is(baseline, "not_a_draft")
    require_system_permit(act="baseline.approve", system=baseline.system, actor=actor, at=at)
    approver = person_of(approver_id, actor)
    _refuse_own(baseline, approver, at)
    former = _same(baseline.series).filter(state=State.APPROVED).first()
    if former is not None:
        ground = worded("replaced by baseline {number}", number=baseline.number)
        _end(former, State.SUPERSEDED, approver, ground, at)
    baseline.set_up = baseline.author_id == approver.pk
    baseline.state = State.APPROVED
    baseline.approved_by, baseline.approved_at = approver, at
    baseline.save(at=at)
    _record(
        "baseline.approved",
        baseline,
        actor,
        at,
        before=None if former is None else {"number": former.number, "value": repr(former.value)},
        after=_said(baseline),
        reason=reason,
    )
    if baseline.set_up:
        _except(baseline, actor, at)
    return baseline, former


@transaction.atomic
def withdraw_baseline(*, baseline_id: UUID, reason: str, actor: Actor, at: datetime) -> Baseline:
    """End a baseline that turned out wrong, or drop a draft. Raises as above; Invalid."""
    baseline = _locked(baseline_id)
    if baseline.state not in (State.DRAFT, State.APPROVED):
        raise _it_is(baseline, "ended_already")
    act = "baseline.draft" if baseline.state == State.DRAFT else "baseline.withdraw"
    require_system_permit(act=act, system=baseline.system, actor=actor, at=at)
    if not reason.strip():
        words = "Say why it is withdrawn."
        raise Invalid("reason_needed", words, fields={"reason": words})
    refuse_text("reason", reason)
    before = baseline.state
    _end(baseline, State.WITHDRAWN, person_of(None, actor), reason.strip(), at)
    _record("baseline.withdrawn", baseline, actor, at, before={"state": before}, reason=reason)
    return baseline


def _series(series_id: int) -> Series:
    rows = Series.objects.filter(pk=series_id).select_related("system", "kpi")
    found = rows.first()
    if found is None:
        raise Missing(
            "unknown_series",
            worded("There is no series {series_id} that you may see.", series_id=series_id),
        )
    return found


def _same(series: Series) -> Any:
    """The baselines of what a series measures, locked: one at a time is drafted or agreed to."""
    rows = Baseline.objects.select_for_update(no_key=True, of=("self",))
    return rows.filter(
        system_id=series.system_id,
        kpi_id=series.kpi_id,
        environment=series.environment,
        segment=series.segment,
    )


def _locked(baseline_id: UUID) -> Baseline:
    rows = Baseline.objects.select_for_update(no_key=True, of=("self",)).filter(pk=baseline_id)
    related = ("system__owner", "system__deputy", "system__unit", "series__kpi", "author")
    found = rows.select_related(*related).first()
    if found is None:
        raise Missing("unknown_baseline", "There is no such baseline that you may see.")
    return found


def _refuse_window(series: Series, window: Window, at: datetime) -> None:
    faults = _time_faults(window, at) | _method_faults(series, window)
    for name in NOTED:
        if "\x00" in getattr(window, name) or len(getattr(window, name)) > LONGEST_TEXT:
            faults[name] = worded(
                "At most {longest_text} characters, without NUL.", longest_text=LONGEST_TEXT
            )
    if faults:
        raise Invalid("invalid_baseline", joined(" ", faults.values()), fields=faults)


def _time_faults(window: Window, at: datetime) -> dict[str, str]:
    if window.until <= window.since:
        return {"until": "The window ends before it begins."}
    if window.until > at:
        return {"until": "A baseline is what was: the window ends now at the latest."}
    return {}


def _method_faults(series: Series, window: Window) -> dict[str, str]:
    if window.method not in Method.values:
        return {"method": "There is no such method."}
    if (window.method == Method.CONTROL_GROUP) != (window.comparison_id is not None):
        words = "A control group, and only that, names the series it compares with."
        return {"comparison": words}
    if window.comparison_id == series.pk:
        return {"comparison": "A series is not its own control group."}
    return {}


def refuse_text(name: str, text: str) -> None:
    """Raise Invalid for a text that is too long, or that the database cannot hold."""
    if "\x00" in text or len(text) > LONGEST_TEXT:
        words = worded("At most {longest_text} characters, without NUL.", longest_text=LONGEST_TEXT)
        raise Invalid("invalid_text", words, fields={name: words})


def _computed(series: Series, window: Window, taken: Taken, at: datetime) -> Baseline:
    level = taken.level
    if level is None:
        words = worded(
            "A baseline needs {least_windows} windows with a valid reading in its time.",
            least_windows=LEAST_WINDOWS,
        )
        raise Invalid("too_few_readings", words, fields={"since": words})
    warnings = doubts(
        method=window.method,
        since=window.since,
        until=window.until,
        at=at,
        windows=level.n,
        window_seconds=series.window_seconds,
        excluded=taken.excluded,
    )
    return Baseline(
        system=series.system,
        kpi=series.kpi,
        environment=series.environment,
        segment=series.segment,
        series=series,
        method=window.method,
        since_at=window.since,
        until_at=window.until,
        excluded=taken.excluded,
        readings_sha256=_digest(taken.readings),
        warnings=warnings,
        **{name: getattr(window, name).strip() for name in NOTED},
        **asdict(level),
    )


def _comparison(series: Series, window: Window) -> tuple[Series, float]:
    found = Series.objects.filter(
        pk=window.comparison_id or 0, kpi_id=series.kpi_id, window_seconds=series.window_seconds
    ).first()
    words = "The control group is a series of the same KPI by the same windows."
    if found is None:
        raise Invalid("invalid_baseline", words, fields={"comparison": words})
    level = taken_between(series_id=found.pk, since=window.since, until=window.until).level
    if level is None:
        words = "The control group has too few valid readings in this time."
        raise Invalid("too_few_readings", words, fields={"comparison": words})
    return found, level.value


def _digest(readings: list[Reading]) -> str:
    rows = [[one.window_end.isoformat(), one.revision, one.value, one.n] for one in readings]
    return sha256(orjson.dumps(rows)).hexdigest()


def _it_is(baseline: Baseline, code: str) -> Conflict:
    state = term(baseline.get_state_display(), lowered=True)
    return Conflict(code, worded("This baseline is {state}.", state=state))


def _end(baseline: Baseline, state: str, person: User, reason: str, at: datetime) -> None:
    baseline.state = state
    baseline.ended_by, baseline.ended_at, baseline.ended_reason = person, at, reason
    baseline.save(update_fields=["state", "ended_by", "ended_at", "ended_reason"], at=at)


def person_of(given: UUID | None, actor: Actor) -> User:
    """Return the person who answers for an act; commands name one. Raises Forbidden."""
    person = given if given is not None and actor.kind in MACHINES else actor.person
    found: User | None = User.objects.filter(pk=person, is_active=True).first() if person else None
    if found is None:
        raise Forbidden("person_needed", "A baseline is agreed between persons, not by a token.")
    return found


def _refuse_own(baseline: Baseline, approver: User, at: datetime) -> None:
    if baseline.author_id != approver.pk or may_approve_own(
        act="baseline.approve",
        version=baseline.number,
        person_id=approver.pk,
        unit_id=baseline.system.unit_id,
        system=baseline.system,
        at=at,
    ):
        return
    raise Forbidden(
        "own_baseline",
        "You cannot agree to this baseline: you drafted it.",
        who_can=[in_words(PERMITS["baseline.approve"].roles)],
        recorded=True,
        subject=_subject(baseline),
    )


def _except(baseline: Baseline, actor: Actor, at: datetime) -> None:
    kind, _id, label = _subject(baseline)
    except_setup(
        kind=kind,
        object_id=baseline.pk,
        label=label,
        url=f"/systems/{baseline.system.slug}/kpis/{baseline.series_id}/baseline/",
        unit_id=baseline.system.unit_id,
        system_id=baseline.system_id,
        person_id=baseline.author_id,
        actor=actor,
        at=at,
    )


def _subject(baseline: Baseline) -> tuple[str, str, str]:
    return "baseline", str(baseline.pk), f"{baseline.series.label}, baseline {baseline.number}"


def _record(
    verb: str,
    baseline: Baseline,
    actor: Actor,
    at: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    append_entry(
        verb=verb,
        actor=actor,
        at=at,
        subject=_subject(baseline),
        system_id=baseline.system_id,
        before=before,
        after=after or {"state": baseline.state},
        reason=reason,
        touched=[f"telemetry_baseline:{baseline.pk}"],
    )


def _said(baseline: Baseline) -> dict[str, Any]:
    """What the record keeps of a baseline; numbers as decimal text."""
    numbers = ("value", "low", "high", "comparison_value")
    values = {name: getattr(baseline, name) for name in numbers}
    return {
        "number": baseline.number,
        "method": baseline.method,
        "since": baseline.since_at,
        "until": baseline.until_at,
        **{name: repr(value) for name, value in values.items() if value is not None},
        "windows": baseline.n,
        "samples": baseline.samples,
        "readings_sha256": baseline.readings_sha256,
        "warnings": baseline.warnings,
    }
